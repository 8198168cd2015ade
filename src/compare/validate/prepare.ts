import type { Path, Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { child, isList } from '../data.ts'
import { preserves, typeOf } from '../schema/types.ts'
import { type Findings, refuse, work, written } from './issue.ts'
import { isPlaceholder } from './placeholder.ts'

/** What a resource always may have, whatever its schema says. `status` belongs to its controller. */
const WHOLE = new Set(['apiVersion', 'kind', 'metadata'])

/** How unknown fields are taken: kept everywhere (the old API), told when dropped. */
export type Pruning = { readonly keepsUnknown: boolean }

/**
 * A resource as the API server stores it: fields that no schema names are dropped and told as `unknown-field`, defaults are
 * filled in, and nulls of fields that may not be null are taken for not given.
 */
export function prepare(value: Value, schema: ValueMap, pruning: Pruning, findings: Findings): Value {
  return part(value, schema, [], { ...pruning, findings }, true)
}

type Context = Pruning & { readonly findings: Findings }

function part(value: Value, schema: ValueMap, path: Path, context: Context, root = false): Value {
  work(context.findings)
  if (isList(value)) {
    const items = child(schema, 'items')
    return isMap(items) ? value.map((item, i) => part(item, items, [...path, i], context)) : value
  }
  return isMap(value) ? map(value, schema, path, context, root) : value
}

function map(value: ValueMap, schema: ValueMap, path: Path, context: Context, root: boolean): ValueMap {
  const kept = Object.entries(value).flatMap(([key, one]): [string, Value][] => {
    if (isExempt(key, schema, root)) return [[key, one]]
    const field = fieldOf(schema, key)
    if (!field) return unknown(key, one, schema, path, context)
    if (one === null && child(field, 'nullable') !== true) return []
    return [[key, part(one, field, [...path, key], context)]]
  })
  return plain([...kept, ...defaults(new Set(kept.map(([key]) => key)), schema, path, context)])
}

/** A map that any key is safe in. */
function plain(entries: readonly (readonly [string, Value])[]): ValueMap {
  return Object.fromEntries(entries)
}

function isExempt(key: string, schema: ValueMap, root: boolean): boolean {
  if (root) return WHOLE.has(key) || key === 'status'
  return WHOLE.has(key) && child(schema, 'x-kubernetes-embedded-resource') === true
}

/** The schema of a key: its own, or the one of a map whose keys are free. */
function fieldOf(schema: ValueMap, key: string): ValueMap | null {
  const own = child(child(schema, 'properties'), key)
  if (isMap(own)) return own
  const free = child(schema, 'additionalProperties')
  if (free === true) return { 'x-kubernetes-preserve-unknown-fields': true }
  return isMap(free) ? free : null
}

/** A schema that says nothing about its content takes any; what is no object by its schema is refused for that. */
function isOpen(schema: ValueMap): boolean {
  return preserves(schema) || typeOf(schema) !== 'object'
}

function unknown(key: string, value: Value, schema: ValueMap, path: Path, context: Context): [string, Value][] {
  if (context.keepsUnknown || isOpen(schema) || isPlaceholder(key)) return [[key, value]]
  refuse(
    context.findings,
    'unknown-field',
    [...path, key],
    'the schema does not have this field: it is dropped in silence, or refused where fields are checked strictly',
  )
  return []
}

function defaults(given: ReadonlySet<string>, schema: ValueMap, path: Path, context: Context): [string, Value][] {
  const properties = child(schema, 'properties')
  return Object.entries(isMap(properties) ? properties : {}).flatMap(([key, field]): [string, Value][] => {
    const value = child(field, 'default')
    if (value === undefined || given.has(key) || !isMap(field)) return []
    context.findings.defaults.set(written([...path, key]), value)
    return [[key, part(value, field, [...path, key], { ...context, keepsUnknown: true })]]
  })
}
