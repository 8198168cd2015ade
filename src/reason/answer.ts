import type { Assessment } from '../model.ts'
import { assessmentSchema } from './schema.ts'

/** Longer answers are not read, in UTF-16 units; a full document has about 60,000. */
const LONGEST = 200_000

/** How many places of an answer are tried as the start of the document. */
const STARTS = 20

/** A document that fits the schema, or what is wrong with the answer, without quoting it. */
export type Read =
  | { readonly ok: true; readonly document: Assessment }
  | { readonly ok: false; readonly reason: string }

/** Reads the answer of a model: leniently where the document stands (alone, in a code block, in prose), strictly what it is. */
export function readAnswer(text: string): Read {
  if (text.length > LONGEST)
    return { ok: false, reason: `the answer has ${text.length} characters, more than ${LONGEST}` }
  let reason = 'the answer is not JSON'
  for (const candidate of candidates(text)) {
    const value = parse(candidate)
    if (value === undefined) continue
    const read = assessmentSchema.safeParse(value)
    if (read.success) return { ok: true, document: read.data }
    const [issue] = read.error.issues
    reason = `the answer does not fit assessment.v1 at ${issue?.path.join('.') || 'its root'}: ${issue?.code ?? 'invalid'}`
  }
  return { ok: false, reason }
}

/** The whole text, then every object that starts outside of those tried before. */
function* candidates(text: string): Generator<string> {
  yield text
  let from = 0
  for (let tried = 0; tried < STARTS; tried++) {
    const start = text.indexOf('{', from)
    if (start < 0) return
    const end = closing(text, start)
    if (end > 0) yield text.slice(start, end)
    from = end > 0 ? end : start + 1
  }
}

/** The offset behind the object that starts at `start`, 0 when it never ends. */
function closing(text: string, start: number): number {
  let depth = 0
  let quoted = false
  for (let i = start; i < text.length; i++) {
    const character = text[i]
    if (quoted && character === '\\') i++
    else if (character === '"') quoted = !quoted
    else if (!quoted && character === '{') depth++
    else if (!quoted && character === '}' && --depth === 0) return i + 1
  }
  return 0
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
