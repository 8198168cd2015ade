import type { Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'

/** Whether a value is a list; `Array.isArray` does not narrow readonly arrays. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

/** An own key of a map, undefined when it is none or not there. */
export function child(value: Value | undefined, key: string): Value | undefined {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** What stands at a path of keys, undefined when nothing does. */
export function at(value: Value | undefined, path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>((here, key) => child(here, key), value)
}

/** A value as text, '' when it is none. */
export function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** Whether two values are the same; the order of keys means nothing, the order of lists does. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]))
  if (!isMap(a) || !isMap(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && equal(a[key], b[key]))
}

/** Deeper than any document that is read (`text/yaml.ts`) or any CRD that is written. */
const DEEPEST = 200

/** Whether a value is nested deeper than can be walked safely; looks without recursion. */
export function isDeep(value: Value | undefined): boolean {
  let level: Value[] = value === undefined ? [] : [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true
    level = level.flatMap(one => (isList(one) ? [...one] : isMap(one) ? Object.values(one) : []))
  }
  return false
}
