import type { Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { suggest } from '../text/suggest.ts'
import { at, child, equal, isList } from './data.ts'

export type Shape = 'map' | 'list' | 'scalar' | 'nothing'

/** What a value is made of; null stands for anything. */
export function shapeOf(value: Value | undefined): Shape {
  if (value === undefined || value === null) return 'nothing'
  return isMap(value) ? 'map' : isList(value) ? 'list' : 'scalar'
}

/**
 * Where a key that is gone from the defaults probably went, null when nothing speaks for one place. Only keys that are
 * new count: beside the old one under a similar name, or with the same telling default; else the only new key of that
 * name, if the name was unique before too.
 */
export function renamedTo(path: readonly string[], old: ValueMap, next: ValueMap): readonly string[] | null {
  return besides(path, old, next) ?? deeper(path, old, next) ?? elsewhere(path, old, next)
}

/** The map around the key has maps in it that are new and hold a key of that name with the same default: the first counts. */
function deeper(path: readonly string[], old: ValueMap, next: ValueMap): readonly string[] | null {
  const [parent, name = ''] = [path.slice(0, -1), path.at(-1)]
  const [was, is] = [at(old, path), at(next, parent)]
  const found = Object.entries(isMap(is) ? is : {}).find(
    ([key, inner]) => at(old, [...parent, key]) === undefined && equal(child(inner, name), was),
  )
  return was === undefined || !found ? null : [...parent, found[0], name]
}

/** The outermost key that is gone may have a new name; what stood in it is then looked for under that. */
function besides(path: readonly string[], old: ValueMap, next: ValueMap): readonly string[] | null {
  const depth = path.findIndex((_, i) => at(next, path.slice(0, i + 1)) === undefined)
  const [parent, name = '', rest] = [path.slice(0, depth), path[depth], path.slice(depth + 1)]
  const [was, is] = [at(old, parent), at(next, parent)]
  const before = child(was, name)
  const fits = Object.keys(isMap(is) ? is : {}).filter(key => {
    const after = child(is, key)
    return (
      child(was, key) === undefined &&
      shapeOf(after) === shapeOf(before) &&
      (rest.length === 0 || at(after, rest) !== undefined)
    )
  })
  const found = suggest(name, fits) ?? only(fits.filter(key => alike(name, before, key, child(is, key))))
  return found === null ? null : [...parent, found, ...rest]
}

function only<T>(found: readonly T[]): T | null {
  return found.length === 1 ? (found[0] ?? null) : null
}

/** Same default: telling by itself, or under names that share a word. Maps: most keys of the old are in the new. */
function alike(name: string, before: Value | undefined, key: string, after: Value | undefined): boolean {
  if (isMap(before) && isMap(after)) {
    const keys = Object.keys(before)
    if (keys.length === 0) return equal(before, after) && sharesWord(name, key)
    return keys.length > 1 && keys.filter(inner => Object.hasOwn(after, inner)).length > keys.length / 2
  }
  return equal(before, after) && (isTelling(before) || sharesWord(name, key))
}

/** Values that many keys have by chance prove nothing. */
function isTelling(value: Value | undefined): boolean {
  if (isList(value)) return value.length > 0
  return (typeof value === 'string' && value.length > 2) || (typeof value === 'number' && Math.abs(value) > 10)
}

function sharesWord(a: string, b: string): boolean {
  const known = new Set(words(a))
  return words(b).some(word => known.has(word))
}

function words(name: string): string[] {
  return (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [])
    .map(word => word.toLowerCase())
    .filter(word => word.length > 2)
}

function elsewhere(path: readonly string[], old: ValueMap, next: ValueMap): readonly string[] | null {
  const name = path.at(-1) ?? ''
  const isUnique = leavesOf(old).get(name)?.length === 1
  const added = (leavesOf(next).get(name) ?? []).filter(leaf => at(old, leaf) === undefined)
  const found = isUnique ? only(added) : null
  const [from, to] = [shapeOf(at(old, path)), found ? shapeOf(at(next, found)) : null]
  return from === to || from === 'nothing' || to === 'nothing' ? found : null
}

type Leaves = ReadonlyMap<string, readonly (readonly string[])[]>

const known = new WeakMap<ValueMap, Leaves>()

/** Every key that holds no further keys, by its last name; looked up for many keys of one chart. */
function leavesOf(values: ValueMap): Leaves {
  const found = known.get(values) ?? Map.groupBy(leaves(values, []), leaf => leaf.at(-1) ?? '')
  known.set(values, found)
  return found
}

function leaves(value: Value, path: readonly string[]): (readonly string[])[] {
  if (!isMap(value) || (path.length > 0 && Object.keys(value).length === 0)) return [path]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
}
