import type { Fact, Finding, ObjectId, Risk } from '../model.ts'

/** A fact with the id of its evidence, `E1` is the first. */
export type Numbered<F extends Fact = Fact> = { readonly id: string; readonly fact: F }

/** The facts of a kind. */
export type FactOf<K extends Fact['kind']> = Fact extends infer F
  ? F extends { readonly kind: infer Own }
    ? [Extract<Own, K>] extends [never]
      ? never
      : F & { readonly kind: K }
    : never
  : never

/** A finding about no line of the repository in particular. */
export function finding(rule: string, severity: Risk, says: string, evidence: readonly string[]): Finding {
  return { rule, severity, says, file: null, line: null, evidence }
}

/** An object as people name it: `Deployment/web in shop`. */
export function named({ kind, namespace, name }: ObjectId): string {
  return `${kind}/${name}${namespace === null ? '' : ` in ${namespace}`}`
}

const MOST_NAMED = 5

/** Things in one phrase: the first few by name, then how many more. */
export function list(names: readonly string[]): string {
  const left = names.length - MOST_NAMED
  const shown = names.slice(0, left > 0 ? MOST_NAMED : names.length)
  if (left > 0) return `${shown.join(', ')} and ${left} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** The facts of some kinds, in their order. */
export function ofKind<K extends Fact['kind']>(
  facts: readonly Numbered[],
  ...kinds: readonly K[]
): Numbered<FactOf<K>>[] {
  return facts.filter((one): one is Numbered<FactOf<K>> => (kinds as readonly string[]).includes(one.fact.kind))
}
