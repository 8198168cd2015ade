/**
 * What a reader cannot see but a program reads: controls, format characters (bidi, zero width, tags), default
 * ignorables (variation selectors, fillers), private use and lone surrogates. Tab and line ends are not among them.
 */
const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu

/** Longest run of combining marks that a written language needs on one letter; more of them only cover other text. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu

/** The text without characters that a reader cannot see; line ends become `\n`. */
export function stripHidden(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(HIDDEN, '')
    .replace(STACKED_MARKS, '$1')
}

/** The text on one line: hidden characters gone, every run of white space one space. */
export function oneLine(text: string): string {
  return stripHidden(text).replace(/\s+/g, ' ').trim()
}

/** The first `max` UTF-16 units, never half a character; a cut ends in `…`. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const kept = text.slice(0, Math.max(0, max - 1))
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}…`
}
