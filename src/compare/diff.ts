import type { FieldChange, KubeObject, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { equal, isList } from './data.ts'
import { isSecretKey, maskChange } from './mask.ts'

/** A change with the keys it stands under; items of a list are a number. */
export type Change = FieldChange & { readonly keys: readonly (string | number)[] }

/** Where the walk is. `secret`: everything below is. */
type Spot = { readonly keys: readonly (string | number)[]; readonly path: string; readonly secret: boolean }

/**
 * The fields that differ between two renders of an object, secrets hidden. Items of lists are matched by `name` where
 * all have one, as Kubernetes does; other lists are one field.
 */
export function diff(before: KubeObject, after: KubeObject): Change[] {
  const secret = before.kind === 'Secret'
  return maps(
    before,
    after,
    { keys: [], path: '', secret: false },
    key => secret && (key === 'data' || key === 'stringData'),
  )
}

function maps(a: ValueMap, b: ValueMap, spot: Spot, isSecretMap: (key: string) => boolean = () => false): Change[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.flatMap(key => {
    const [from, to] = [own(a, key), own(b, key)]
    const secret = spot.secret || isSecretMap(key) || isSecretKey(key, to ?? from, to === undefined ? a : b)
    return values(from, to, { ...below(spot, key), secret })
  })
}

function own(map: ValueMap, key: string): Value | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined
}

function below({ keys, path, secret }: Spot, key: string): Spot {
  const plain = /^[\w-]+$/.test(key) ? `${path === '' ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`
  return { keys: [...keys, key], path: path + plain, secret }
}

function values(from: Value | undefined, to: Value | undefined, spot: Spot): Change[] {
  if (equal(from, to)) return []
  if (isMap(from) && isMap(to)) return maps(from, to, spot)
  if (isList(from) && isList(to)) {
    const [a, b] = [byName(from), byName(to)]
    if (a && b) return named(a, b, spot)
  }
  return [change(from, to, spot)]
}

function change(from: Value | undefined, to: Value | undefined, { keys, path, secret }: Spot): Change {
  return { ...maskChange({ path, from, to }, secret), keys }
}

type Named = ReadonlyMap<string, { readonly index: number; readonly item: ValueMap }>

/** The items of a list by name; null when one has none or two have the same. */
function byName(list: readonly Value[]): Named | null {
  const found = list.flatMap((item, index) =>
    isMap(item) && typeof item.name === 'string' ? [[item.name, { index, item }] as const] : [],
  )
  const names = new Map(found)
  return list.length > 0 && names.size === list.length ? names : null
}

function named(a: Named, b: Named, spot: Spot): Change[] {
  const names = [...new Set([...b.keys(), ...a.keys()])]
  const changes = names.flatMap(name => {
    const [from, to] = [a.get(name), b.get(name)]
    const index = (to ?? from)?.index ?? 0
    return values(from?.item, to?.item, { ...spot, keys: [...spot.keys, index], path: `${spot.path}[${index}]` })
  })
  const [was, is] = [[...a.keys()].filter(name => b.has(name)), [...b.keys()].filter(name => a.has(name))]
  return equal(was, is) ? changes : [...changes, change(was, is, spot)]
}
