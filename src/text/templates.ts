/** Stands where a template stood: a character of Unicode's private use, which YAML takes as any other letter. */
export const MASK = '\uE000'

/** What `nindent` makes is a block of lines of its own: what is written around it must not become part of a scalar. */
const BLOCK = /\bn?indent\b/
const ONLY_TEMPLATES = /^([ \t]*)\uE000([\uE000 \t]*\r?)$/gm

/** Every template blotted out; one that is never closed stays as it is. */
function blotted(text: string): string {
  const pieces: string[] = []
  let at = 0
  for (let start = text.indexOf('{{'); start >= 0; start = text.indexOf('{{', at)) {
    const end = text.indexOf('}}', start + 2)
    if (end < 0) break
    const template = text.slice(start, end + 2)
    pieces.push(text.slice(at, start), template.replace(/[^\r\n]/g, BLOCK.test(template) ? ' ' : MASK))
    at = end + 2
  }
  return pieces.join('') + text.slice(at)
}

/**
 * The same text with Go templates (`{{ … }}`) made harmless, so that a YAML parser accepts what stands around them.
 * Every offset and line stays. A line of nothing but templates becomes a comment, others keep `MASK` in their place.
 */
export function maskTemplates(text: string): string {
  if (!text.includes('{{')) return text
  return blotted(text).replace(ONLY_TEMPLATES, (_, indent, rest) => `${indent}#${rest}`)
}
