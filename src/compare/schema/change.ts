import type { CrdChangeKind, Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { isList } from '../data.ts'

/** One difference of two schemas of a field; `path` is a version and a field path, `v1.spec.foo[].bar`. */
export type Change = { readonly kind: CrdChangeKind; readonly path: string; readonly detail: string }

/** The schemas of one field before and after. */
export type Pair = { readonly old: ValueMap; readonly next: ValueMap; readonly path: string }

/** Looks at some keywords of a schema. What it names in `keywords` is judged by it and by nobody else. */
export type Comparer = { readonly keywords: readonly string[]; readonly compare: (pair: Pair) => readonly Change[] }

const LONGEST = 160

/** A value in the words of a fact, cut when long; no more of it is looked at than is shown. */
export function shown(value: Value | undefined): string {
  if (value === undefined) return 'none'
  const text = json(value, LONGEST)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** JSON that ends soon after `room` characters. */
function json(value: Value, room: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room + 1))
  if (!isList(value) && !isMap(value)) return JSON.stringify(value)
  const [open, close] = isList(value) ? ['[', ']'] : ['{', '}']
  let text: string = open
  for (const key of Object.keys(value)) {
    if (text.length > room) return text
    const part = isList(value) ? value[Number(key)] : value[key]
    const name = isList(value) ? '' : `${JSON.stringify(key)}:`
    text += `${text.length > 1 ? ',' : ''}${name}${json(part ?? null, room - text.length)}`
  }
  return text + close
}

/** `minLength none -> 1`. */
export function fromTo(keyword: string, from: Value | undefined, to: Value | undefined): string {
  return `${keyword} ${shown(from)} -> ${shown(to)}`
}
