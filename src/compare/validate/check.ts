import type { Path, Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { child, equal, isList, text } from '../data.ts'
import { shown } from '../schema/change.ts'
import { typeOf } from '../schema/types.ts'
import { checkBounds } from './bounds.ts'
import { type Findings, refuse, skip, work } from './issue.ts'
import { isPlaceholder } from './placeholder.ts'

/** Checks a prepared resource against its schema. */
export function check(value: Value, schema: ValueMap, findings: Findings): void {
  part({ value, schema, path: [], findings, whole: true })
}

/** One value at one place; `whole`: it is a resource with apiVersion, kind and metadata. */
export type Place = {
  readonly value: Value
  readonly schema: ValueMap
  readonly path: Path
  readonly findings: Findings
  readonly whole: boolean
}

function part(place: Place): void {
  const { value, path, findings } = place
  const inner: Findings = isPlaceholder(value) ? { ...findings, issues: [] } : findings
  checked({ ...place, findings: inner })
  if (inner === findings) return
  const certain = inner.issues.find(issue => issue.certain)
  if (certain) skip(findings, 'placeholder', path, certain.kind, 'the value is filled in by a template or a variable')
}

function checked(place: Place): void {
  const { value, schema, path, findings } = place
  work(findings)
  if (value === null && child(schema, 'nullable') === true) return
  const type = typeOf(schema)
  if (!Object.hasOwn(TYPES, type)) skip(findings, 'type-not-known', path, `the type ${type}`, 'it is not known')
  if (!hasType(value, type)) {
    refuse(findings, 'type', path, `must be ${type}, and is ${typeName(value)}`)
    return
  }
  if (child(schema, '$ref') !== undefined)
    skip(findings, '$ref', path, 'a schema elsewhere', 'the API server refuses such a CRD')
  checkEnum(place)
  checkBounds(value, schema, path, findings)
  if (isMap(value)) checkMap(value, place)
  if (isList(value)) checkList(value, place)
  combinations(place)
}

function typeName(value: Value): string {
  if (value === null) return 'null'
  if (isList(value)) return 'array'
  return isMap(value) ? 'object' : typeof value
}

const TYPES: Readonly<Record<string, (value: Value) => boolean>> = {
  any: () => true,
  object: isMap,
  array: isList,
  string: value => typeof value === 'string',
  boolean: value => typeof value === 'boolean',
  number: value => typeof value === 'number',
  integer: value => Number.isInteger(value),
  'int-or-string': value => typeof value === 'string' || Number.isInteger(value),
}

function hasType(value: Value, type: string): boolean {
  return TYPES[type]?.(value) ?? true
}

function checkEnum({ value, schema, path, findings }: Place): void {
  const allowed = child(schema, 'enum')
  if (!isList(allowed) || allowed.some(one => equal(one, value))) return
  refuse(findings, 'enum', path, `${shown(value)} is not one of ${allowed.map(shown).join(', ')}`)
}

function checkMap(value: ValueMap, { schema, path, findings, whole }: Place): void {
  const required = child(schema, 'required')
  for (const name of isList(required) ? required : []) {
    if (typeof name !== 'string' || Object.hasOwn(value, name)) continue
    refuse(findings, 'required', [...path, name], 'must be given')
  }
  const embedded = child(schema, 'x-kubernetes-embedded-resource') === true
  if (embedded) for (const name of ['apiVersion', 'kind'] as const) checkIdentity(value, name, path, findings)
  const [properties, free] = [child(schema, 'properties'), child(schema, 'additionalProperties')]
  for (const [key, one] of Object.entries(value)) {
    if (whole && ['apiVersion', 'kind', 'status'].includes(key)) continue
    const own = child(properties, key)
    const field = isMap(own) ? own : isMap(free) ? free : null
    if (field) part({ value: one, schema: field, path: [...path, key], findings, whole: false })
  }
}

function checkIdentity(value: ValueMap, name: string, path: Path, findings: Findings): void {
  if (text(child(value, name)) === '') refuse(findings, 'required', [...path, name], 'must be given')
}

function checkList(value: readonly Value[], { schema, path, findings }: Place): void {
  const items = child(schema, 'items')
  if (isMap(items))
    for (const [i, one] of value.entries())
      part({ value: one, schema: items, path: [...path, i], findings, whole: false })
  unique(value, schema, path, findings)
}

/** Items of a set, and the keys of a map of items, stand once. */
function unique(value: readonly Value[], schema: ValueMap, path: Path, findings: Findings): void {
  const type = child(schema, 'x-kubernetes-list-type')
  const keys = child(schema, 'x-kubernetes-list-map-keys')
  if (type !== 'set' && type !== 'map' && child(schema, 'uniqueItems') !== true) return
  const seen = new Set<string>()
  for (const [i, item] of value.entries()) {
    const told = type === 'map' && isList(keys) ? keys.map(key => child(item, text(key)) ?? null) : item
    const key = JSON.stringify(sorted(told))
    work(findings, key.length / 20)
    if (seen.has(key))
      refuse(findings, 'duplicate', [...path, i], `${shown(told)} stands twice in a list where it may stand once`)
    seen.add(key)
  }
}

/** A value with its keys in order, so that equal ones look equal. */
function sorted(value: Value): Value {
  if (isList(value)) return value.map(sorted)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key] ?? null)]),
  )
}

/** How a value does against one part of a combination: `null` when that cannot be told. */
function meets(place: Place, schema: Value): boolean | null {
  if (!isMap(schema)) return true
  const inner: Findings = { ...place.findings, issues: [] }
  part({ ...place, schema, findings: inner })
  if (inner.issues.some(({ certain }) => certain)) return false
  return inner.issues.length > 0 ? null : true
}

function combinations(place: Place): void {
  const { schema, findings, path } = place
  const all = child(schema, 'allOf')
  for (const one of isList(all) ? all : []) if (isMap(one)) part({ ...place, schema: one })
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const ways = child(schema, keyword)
    if (!isList(ways) || ways.length === 0) continue
    const met = ways.map(way => meets(place, way))
    conclude(keyword, met, ways, place)
  }
  const not = child(schema, 'not')
  if (not === undefined) return
  const met = meets(place, not)
  if (met === null) skip(findings, 'not', path, 'what it must not be', 'a part of it cannot be checked')
  if (met) refuse(findings, 'not', path, `must not be as ${shown(not)} says`)
}

function conclude(
  keyword: 'anyOf' | 'oneOf',
  met: readonly (boolean | null)[],
  ways: readonly Value[],
  { path, findings }: Place,
): void {
  const [sure, maybe] = [met.filter(one => one === true).length, met.filter(one => one === null).length]
  const wanted = keyword === 'anyOf' ? sure > 0 : sure === 1
  const open = keyword === 'anyOf' ? sure === 0 && maybe > 0 : maybe > 0 && sure < 2
  if (open) skip(findings, keyword, path, 'its alternatives', 'a part of them cannot be checked')
  else if (!wanted)
    refuse(findings, keyword, path, `must be ${keyword === 'anyOf' ? 'at least' : 'exactly'} one of ${shown(ways)}`)
}
