import type { Evidence, Finding } from '../model.ts'
import { cut } from '../text/hidden.ts'

/** What of the evidence a model is shown, and what is not, in words. */
export type Selection = { readonly shown: readonly Evidence[]; readonly left: readonly string[] }

/** 16,000 tokens, estimated at 3.5 characters each with a margin of 30 %. */
const BUDGET = Math.floor((16_000 * 3.5) / 1.3)

/** No record takes more than this, so that one long note cannot push out the others. */
const RECORD = 4_000

/** Less than this of a record would mislead. */
const PIECE = 200

/** How many records that were left out are named one by one. */
const NAMED = 20

/** The evidence that fits, most telling first: what findings cite, then facts, then notes that speak of breaking changes. Same input, same answer. */
export function select(
  evidence: readonly Evidence[],
  findings: readonly Finding[],
  budget: number = BUDGET,
): Selection {
  const cited = new Set(findings.flatMap(finding => finding.evidence))
  const ranked = evidence.toSorted((a, b) => weight(b, cited) - weight(a, cited))
  const shown = new Map<string, Evidence>()
  const left: string[] = []
  let room = budget
  for (const record of ranked) {
    const text = portion(record.text, Math.min(RECORD, room))
    if (text === '') left.push(`${record.id} was not read: no room for it (${record.origin})`)
    else {
      shown.set(record.id, { ...record, text })
      room -= text.length + record.id.length + 2
      if (text !== record.text)
        left.push(`${record.id} was read up to ${text.length} of ${record.text.length} characters (${record.origin})`)
    }
  }
  const more = left.length - NAMED
  const named = left.slice(0, NAMED).map(line => cut(line, 200))
  return {
    shown: evidence.flatMap(({ id }) => shown.get(id) ?? []),
    left: more > 0 ? [...named, `${more} more records of evidence were not read whole`] : named,
  }
}

function weight({ id, kind, text }: Evidence, cited: ReadonlySet<string>): number {
  if (cited.has(id)) return 3
  if (kind === 'fact') return 2
  return /break|remov|renam|deprecat|migrat|upgrad|must|require|CRD|incompatib|no longer/i.test(text) ? 1 : 0
}

/** The text, or its first whole lines that fit, or nothing when hardly any would. */
function portion(text: string, room: number): string {
  if (text.length <= room) return text
  if (room < PIECE) return ''
  const end = text.lastIndexOf('\n', room)
  return end < PIECE ? cut(text, room) : text.slice(0, end)
}
