import type { Path, Value } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'

/** Text that helm's `--set` would refuse, or that means more than one parameter. */
export class SetSyntaxError extends Error {
  override readonly name = 'SetSyntaxError'
}

/** Helm refuses larger list indexes (helm pkg/strvals, MaxIndex). */
const MAX_INDEX = 65536
/** Helm refuses deeper keys (helm pkg/strvals, MaxNestedNameLevel). */
const MAX_LEVELS = 30

// One key (a backslash takes the next character literally) or one list index, and what must follow it.
const KEY = /((?:\\[\s\S]|[^\\.[=,])+)(?=[.[]|$)/y
const INDEX = /\[(\d+)\](?=[.[]|$)/y

function unescaped(text: string): string {
  return text.replace(/\\([\s\S]?)/g, '$1')
}

/**
 * Reads the key of a `--set` parameter, `a.b\.c[0].d`, into a path.
 * Throws SetSyntaxError for keys that helm refuses, and for `=` and `,` outside an escape: they would start another parameter.
 */
export function parseSetKey(key: string): Path {
  const path: (string | number)[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(key)
    at = found ? pattern.lastIndex : at
    return found?.[1]
  }
  const name = () => {
    const text = take(KEY)
    if (text === undefined) throw new SetSyntaxError(`"${key}" is not a key at character ${at + 1}`)
    path.push(unescaped(text))
  }
  name()
  while (at < key.length) {
    const index = take(INDEX)
    if (index !== undefined) path.push(Number(index))
    else if (key[at++] === '.') name()
    else throw new SetSyntaxError(`"${key}" has no list index at character ${at}`)
  }
  if (path.some(part => typeof part === 'number' && part > MAX_INDEX)) {
    throw new SetSyntaxError(`"${key}" has a list index above ${MAX_INDEX}`)
  }
  if (path.length > MAX_LEVELS) throw new SetSyntaxError(`"${key}" has more than ${MAX_LEVELS} levels`)
  return path
}

function typed(text: string, asString: boolean): Value {
  if (asString) return text
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  if (lower === 'null') return null
  if (!/^(?:0|[-+]\d{1,19}|[1-9]\d{0,18})$/.test(text)) return text
  const integer = BigInt(text.replace('+', ''))
  if (BigInt.asIntN(64, integer) !== integer) return text
  if (!Number.isSafeInteger(Number(text))) {
    throw new SetSyntaxError(`the integer ${text} has more digits than can be passed on exactly; give it as a string`)
  }
  return Number(text)
}

/**
 * Reads the value of a parameter as Argo CD hands it to `--set`: commas are literal, except in `{a,b}`, which is a list; a
 * backslash takes the next character literally; `true`, `false`, `null` and integers are typed unless `asString`.
 * Source: argo-cd util/helm/cmd.go cleanSetParameters, helm pkg/strvals typedVal.
 */
export function parseSetValue(value: string, asString: boolean): Value {
  if (!value.startsWith('{') || !value.endsWith('}')) return typed(unescaped(value), asString)
  const items = value.slice(1, -1).match(/(?:\\[\s\S]|[^\\,])+|(?<=^|,)(?=,|$)/g) ?? ['']
  return items.map(item => typed(unescaped(item), asString))
}

/**
 * The values with `value` at `path`; lists grow with null, as in helm. Nothing is changed in place.
 * Throws SetSyntaxError when the path goes through something that is no list or no map.
 */
export function setAt(base: Value, path: Path, value: Value): Value {
  const [head, ...rest] = path
  if (head === undefined) return value
  if (typeof head === 'number') {
    if (base !== null && !Array.isArray(base)) throw new SetSyntaxError(`[${head}] is set where there is no list`)
    const list: Value[] = [...((base as readonly Value[] | null) ?? [])]
    while (list.length <= head) list.push(null)
    list[head] = setAt(list[head] ?? null, rest, value)
    return list
  }
  if (base !== null && !isMap(base)) throw new SetSyntaxError(`"${head}" is set where there is no map`)
  const map = base ?? {}
  // A computed key makes an own property even for `__proto__`.
  return { ...map, [head]: setAt(Object.hasOwn(map, head) ? (map[head] ?? null) : null, rest, value) }
}
