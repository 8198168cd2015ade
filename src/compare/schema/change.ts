import type { CrdChangeKind, Value, ValueMap } from '../../model.ts'

/** One difference of two schemas of a field; `path` is a version and a field path, `v1.spec.foo[].bar`. */
export type Change = { readonly kind: CrdChangeKind; readonly path: string; readonly detail: string }

/** The schemas of one field before and after. */
export type Pair = { readonly old: ValueMap; readonly next: ValueMap; readonly path: string }

/** Looks at some keywords of a schema. What it names in `keywords` is judged by it and by nobody else. */
export type Comparer = { readonly keywords: readonly string[]; readonly compare: (pair: Pair) => readonly Change[] }

const LONGEST = 160

/** A value in the words of a fact, cut when long. */
export function shown(value: Value | undefined): string {
  if (value === undefined) return 'none'
  const text = JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** `minLength none -> 1`. */
export function fromTo(keyword: string, from: Value | undefined, to: Value | undefined): string {
  return `${keyword} ${shown(from)} -> ${shown(to)}`
}
