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

/** What happens to fields of a CRD, worst first. Other changes of fields let through all that went through before. */
export const FIELD_WORDS: ReadonlyMap<CrdChangeKind, string> = new Map([
  ['field-removed', 'fields go away'],
  ['field-required-added', 'fields must be given'],
  ['field-type-changed', 'fields have another type'],
  ['preserve-lost', 'unknown fields are dropped'],
  ['enum-narrowed', 'fields allow fewer values'],
  ['validation-tightened', 'fields are checked more strictly'],
  ['field-default-changed', 'fields have another default'],
] as const)

const HARMLESS: ReadonlySet<CrdChangeKind> = new Set([
  'conversion-unused-changed',
  'field-removed-but-preserved',
  'field-type-widened',
  'field-default-rewritten',
  'required-removed',
  'schema-loosened',
  'list-type-changed',
] as const)

/** Whether a change costs nothing. */
export function isHarmless(kind: CrdChangeKind): boolean {
  return HARMLESS.has(kind)
}
