import type { Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { child, isList, text } from '../data.ts'
import { attempt } from './evaluate.ts'
import { duration, timestamp } from './times.ts'
import { CelFailure, type CelValue, LISTS } from './values.ts'

/** Words that CEL keeps for itself (its language definition); a field of that name is written `__word__`. */
const RESERVED = new Set([
  ...[
    'true',
    'false',
    'null',
    'in',
    'as',
    'break',
    'const',
    'continue',
    'else',
    'for',
    'function',
    'if',
    'import',
    'let',
  ],
  ...['loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
])

const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/** The name by which a rule reaches a field. */
export function escaped(name: string): string {
  return RESERVED.has(name) ? `__${name}__` : name.replace(/__|[.\-/]/g, found => ESCAPES[found] ?? found)
}

/** A value of a resource as rules see it, by the schema of its field; `whole` is one with apiVersion, kind and metadata. */
export function toCel(value: Value, schema: ValueMap, whole = false): CelValue {
  if (isList(value)) return list(value, schema)
  if (isMap(value)) return map(value, schema, whole || child(schema, 'x-kubernetes-embedded-resource') === true)
  if (typeof value === 'string') return string(value, text(child(schema, 'format')))
  if (typeof value !== 'number') return value
  return Number.isInteger(value) && child(schema, 'type') !== 'number' ? BigInt(value) : value
}

function list(value: readonly Value[], schema: ValueMap): CelValue {
  const items = child(schema, 'items')
  const found = value.map(item => toCel(item, isMap(items) ? items : {}))
  const type = child(schema, 'x-kubernetes-list-type')
  const keys = child(schema, 'x-kubernetes-list-map-keys')
  if (type === 'set' || type === 'map')
    LISTS.set(found, { type, keys: isList(keys) ? keys.map(key => escaped(text(key))) : [] })
  return found
}

function map(value: ValueMap, schema: ValueMap, whole: boolean): CelValue {
  const [properties, free] = [child(schema, 'properties'), child(schema, 'additionalProperties')]
  const entries = Object.entries(value).map(([key, part]): [CelValue, CelValue] => {
    const field = child(properties, key)
    if (whole && key === 'metadata') return [key, metadata(part)]
    return [
      isMap(properties) || whole ? escaped(key) : key,
      toCel(part, isMap(field) ? field : isMap(free) ? free : {}),
    ]
  })
  return new Map(entries)
}

/** Rules see the name of a whole resource, and nothing else of its metadata. */
function metadata(value: Value): CelValue {
  const names = ['name', 'generateName'].flatMap((key): [CelValue, CelValue][] => {
    const found = child(value, key)
    return typeof found === 'string' ? [[key, found]] : []
  })
  return new Map(names)
}

/** Texts of some formats are other values for a rule; what cannot be read so stays a text, and its format is refused elsewhere. */
function string(value: string, format: string): CelValue {
  const read = FORMATS[format]
  const found = read ? attempt(() => read(value)) : value
  return found instanceof CelFailure ? value : found
}

const FORMATS: Readonly<Record<string, (text: string) => CelValue>> = {
  date: value => timestamp(`${value}T00:00:00Z`),
  'date-time': timestamp,
  datetime: timestamp,
  duration,
  byte: value => Buffer.from(value, 'base64'),
}
