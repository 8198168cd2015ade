import type { CrdChangeKind } from '../model.ts'

/** Kinds that are finer inside than what is said outside: the contract of `compare --json` and `plan --json` has the coarser word. */
const SAID: Readonly<Partial<Record<CrdChangeKind, string>>> = {
  'conversion-unused-changed': 'conversion-changed',
  'field-type-widened': 'field-type-changed',
  'field-default-changed': 'default-changed',
  'field-default-rewritten': 'default-changed',
}

/** A change of a CRD in the words of the contract. */
export function saidKind(kind: CrdChangeKind): string {
  return SAID[kind] ?? kind
}

/** Changes after which everything that was accepted is accepted still. */
const HARMLESS: ReadonlySet<CrdChangeKind> = new Set([
  'conversion-unused-changed',
  'field-removed-but-preserved',
  'field-type-widened',
  'field-default-rewritten',
  'required-removed',
  'schema-loosened',
  'list-type-changed',
] as const)

export function isHarmless(kind: CrdChangeKind): boolean {
  return HARMLESS.has(kind)
}
