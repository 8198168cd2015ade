import type { Evidence, Fact, Note } from '../model.ts'
import { cut, oneLine, stripHidden } from '../text/hidden.ts'
import { redact } from '../text/secrets.ts'
import { sentence } from './describe.ts'

/** Longest text of a fact, in UTF-16 units. */
const FACT = 1_200

/** A fact in one line of plain words, without secrets and hidden characters. */
export function describe(fact: Fact): string {
  return cut(oneLine(redact(stripHidden(sentence(fact)))), FACT)
}

/** The ledger of one upgrade: `E1 … En` are the facts in their order, the notes follow. Never changed once written. */
export function evidence(facts: readonly Fact[], notes: readonly Note[]): readonly Evidence[] {
  const records = [
    ...facts.map(fact => ({
      kind: 'fact' as const,
      origin: origin(fact),
      trust: fact.kind === 'note' ? ('upstream' as const) : ('tool' as const),
      text: describe(fact),
    })),
    ...notes.map(({ origin, text }) => ({ kind: 'note' as const, origin, trust: 'upstream' as const, text })),
  ]
  return records.map((record, i) => ({ id: `E${i + 1}`, ...record }))
}

function origin(fact: Fact): string {
  if (fact.kind === 'note') return fact.origin
  if (fact.kind === 'resource') return `${fact.resource.file}:${fact.resource.line}`
  return fact.kind === 'value' ? `${fact.file}:${fact.line}` : 'comparison'
}
