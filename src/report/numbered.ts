import type { Fact, FactOf } from '../model.ts'

/** A fact with the id of its evidence: `E1` is the first fact. */
export type Numbered<K extends Fact['kind'] = Fact['kind']> = { readonly id: string; readonly fact: FactOf<K> }

/** The facts of one kind, each with the id of its evidence. */
export function ofKind<K extends Fact['kind']>(facts: readonly Fact[], kind: K): readonly Numbered<K>[] {
  return facts.flatMap((fact, i) => (fact.kind === kind ? [{ id: `E${i + 1}`, fact: fact as FactOf<K> }] : []))
}

/** The fact that an id of evidence stands for; undefined when it stands for a note. */
export function factOf(facts: readonly Fact[], id: string | undefined): Fact | undefined {
  return facts[Number(id?.slice(1)) - 1]
}

const MOST_REFS = 6

/** Ids of evidence as a reader finds them again; a claim about thousands of facts names the first few. */
export function refs(ids: readonly string[]): string {
  const left = ids.length - MOST_REFS
  const shown = ids.slice(0, MOST_REFS).map(id => `\`${id}\``)
  return [...shown, ...(left > 0 ? [`+${left}`] : [])].join(' ')
}
