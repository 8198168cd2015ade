import type { AssessmentItem, Cite, Evidence } from '../model.ts'
import { oneLine, stripHidden } from '../text/hidden.ts'
import { QUOTE } from './schema.ts'

/** What a claim may lean on: the text of each record by its id, normalised, and what the rules found. */
export type Ground = { readonly texts: ReadonlyMap<string, string>; readonly found: string }

/** Prepares evidence and the sentences of the findings for the check. */
export function ground(evidence: readonly Evidence[], says: readonly string[]): Ground {
  return { texts: new Map(evidence.map(({ id, text }) => [id, normalise(text)])), found: normalise(says.join('\n')) }
}

/** Text as both sides of the check see it: NFKC, nothing hidden, no emphasis and bullets, one kind of quotes, single spaces. */
export function normalise(text: string): string {
  return stripHidden(text.normalize('NFKC'))
    .replace(/^\s*[-+•*]\s+/gm, '')
    .replace(/[*_`~]/g, '')
    .replace(/[‘’‚‛]/g, "'")
    .replace(/[“”„«»]/g, '"')
    .replace(/\s+/g, ' ')
    .trim()
}

const STOP = new Set(
  'the and for are was were with this that from has have had not but you your can will all any its into been when which there here than then them they use used using new see also more'.split(
    ' ',
  ),
)

/** Whether the quote stands, to the letter, in the very record it names. */
export function holds({ e, quote }: Cite, { texts }: Ground): boolean {
  const sought = normalise(quote.replace(/^\s*E\d+\|/gm, ''))
  if (Math.min(length(sought), length(oneLine(quote))) < QUOTE.min || sought.length > QUOTE.max) return false
  const words = sought.toLowerCase().split(/[^\p{L}\p{N}]+/u)
  return words.some(word => word.length > 2 && !STOP.has(word)) && (texts.get(e)?.includes(sought) ?? false)
}

/** The cites that hold, each quote on one line without hidden characters. */
export function proven(cites: readonly Cite[], base: Ground): readonly Cite[] {
  return cites.filter(cite => holds(cite, base)).map(({ e, quote }) => ({ e, quote: oneLine(quote) }))
}

function length(text: string): number {
  return [...text].length
}

/** What a name looks like that must not be invented: versions, paths, flags, kinds, fields, anything in backticks. */
const NAMES: readonly RegExp[] = [
  /(?<![\w.])v?\d+(?:\.\d+)+(?:-[\w.]*\w)?/g,
  /\bv\d+(?:(?:alpha|beta)\d+)?\b/g,
  /--[a-zA-Z][\w-]*/g,
  /\b[A-Za-z_][\w-]*(?:[./][A-Za-z_][\w-]*)+\b/g,
  /\b[A-Z]?[a-z0-9]+(?:[A-Z][a-z0-9]*)+\b/g,
  /\b[A-Za-z0-9]+_\w+\b/g,
  /(?<=`)[^`]{1,100}(?=`)/g,
]

/** The names in a statement that stand in none of its proven quotes and in no finding. */
function invented(statement: string, cites: readonly Cite[], { found }: Ground): readonly string[] {
  const known = [...cites.map(({ quote }) => normalise(quote)), found].join('\n')
  const names = NAMES.flatMap(shape => statement.match(shape) ?? []).filter(name => !/^[a-z](?:\.[a-z])+$/i.test(name))
  return names.filter(name => !occurs(normalise(name), known) && !occurs(normalise(name).replace(/s$/, ''), known))
}

/** Whether the name stands there as a whole: `1.1.1` is not in `1.1.10`, nor `Pool` in `NodePool`. */
function occurs(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at)
    const after = text.slice(at + name.length, at + name.length + 2)
    if (!/[\p{L}\p{N}]$|\d\.$/u.test(before) && !/^[\p{L}\p{N}]|^\.\d/u.test(after)) return true
  }
  return false
}

/** Claims that nothing is to be feared: no quote can prove them, and believing one is what an attacker wants. */
const REASSURING: readonly RegExp[] = [
  /\b(?:no|nothing|none|zero|without)\b(?! longer)[^.;,]{0,40}\b(?:break|breaking|impact|risks?|concerns?|problems?|issues?|actions?|migrations?|danger|changes?)\b/i,
  /\b(?:not|never)\b[^.;,]{0,30}\b(?:break|affect(?:ed|s)?|impact(?:ed|s)?)\b/i,
  /(?<!\b(?:not|longer|un) ?|-)\b(?:safe|safely|harmless|risk-free|low[- ]risk|backwards?[- ]compatible|drop-in|approved|routine)\b/i,
]

/** One claim of a model with the quotes that hold, or the reason why it is left out. */
export type Checked =
  | { readonly ok: true; readonly item: AssessmentItem }
  | { readonly ok: false; readonly why: string }

/** Checks one claim: a quote must hold, no name may be invented, and it must not be a reassurance. */
export function check(item: AssessmentItem, base: Ground): Checked {
  const cites = proven(item.cites, base)
  if (cites.length === 0) return { ok: false, why: `${item.id}: none of its quotes stands in the evidence it names` }
  if (REASSURING.some(shape => shape.test(normalise(item.statement))))
    return { ok: false, why: `${item.id}: a reassurance, which no quote can prove` }
  const names = invented(item.statement, cites, base)
  if (names.length > 0)
    return { ok: false, why: `${item.id}: names ${names.slice(0, 3).join(', ')}, which stands in none of its quotes` }
  return { ok: true, item: { ...item, cites } }
}
