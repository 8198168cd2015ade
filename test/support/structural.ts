import type { Value, ValueMap } from '../../src/model.ts'

type Schema = { readonly [key: string]: unknown }

function isMap(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** What a structural schema says against a value, one line each: a second opinion, written apart from the product's own validator. */
export function violations(value: unknown, schema: unknown, path = ''): string[] {
  if (!isMap(schema)) return []
  const { type, enum: values, pattern, properties, items, additionalProperties, required, minLength } = schema as Schema
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true
  const actual = typeOf(value)
  if (value === null && schema.nullable === true) return []
  if (!intOrString && typeof type === 'string' && type !== actual && !(type === 'number' && actual === 'integer'))
    return [`${path} type ${actual}, not ${type}`]
  const found: string[] = []
  if (Array.isArray(values) && !values.includes(value)) found.push(`${path} enum ${JSON.stringify(value)}`)
  if (typeof pattern === 'string' && typeof value === 'string' && !new RegExp(pattern).test(value))
    found.push(`${path} pattern ${value}`)
  if (typeof minLength === 'number' && typeof value === 'string' && value.length < minLength)
    found.push(`${path} minLength`)
  if (Array.isArray(value)) return [...found, ...value.flatMap((item, i) => violations(item, items, `${path}[${i}]`))]
  if (!isMap(value)) return found
  const known = isMap(properties) ? properties : {}
  for (const name of Array.isArray(required) ? required : [])
    if (!(String(name) in value)) found.push(`${path}.${String(name)} required`)
  for (const [key, child] of Object.entries(value)) {
    const at = `${path}.${key}`
    if (Object.hasOwn(known, key)) found.push(...violations(child, known[key], at))
    else if (isMap(additionalProperties)) found.push(...violations(child, additionalProperties, at))
    else if (additionalProperties !== true && !preserve) found.push(`${at} unknown-field`)
  }
  return found
}

/** The CRDs of a folder, as far as a test looks at them. */
export type TestCrd = { readonly group: string; readonly kind: string; readonly versions: readonly TestVersion[] }
type TestVersion = {
  readonly name: string
  readonly served: boolean
  readonly deprecated: boolean
  readonly schema: ValueMap
}

export function testCrd(body: ValueMap): TestCrd {
  const spec = body.spec as ValueMap
  return {
    group: String(spec.group),
    kind: String((spec.names as ValueMap).kind),
    versions: (spec.versions as ValueMap[]).map(version => ({
      name: String(version.name),
      served: version.served === true,
      deprecated: version.deprecated === true,
      schema: ((version.schema as ValueMap | undefined)?.openAPIV3Schema ?? {}) as ValueMap,
    })),
  }
}

/** What is wrong with an object by the CRDs; null when none of them is about it. */
export function wrongWith(body: ValueMap, crds: readonly TestCrd[]): string[] | null {
  const [group, version] = String(body.apiVersion).split('/')
  const crd = crds.find(each => each.group === group && each.kind === body.kind)
  if (!crd) return null
  const served = crd.versions.find(({ name, served: is }) => name === version && is)
  if (!served) return [`${String(body.apiVersion)} is not served`]
  const { properties } = served.schema as { properties?: ValueMap }
  const { apiVersion: _, kind: __, metadata: ___, status: ____, ...rest } = body
  const own = Object.fromEntries(Object.entries(properties ?? {}).filter(([key]) => key in rest)) as ValueMap
  return violations(rest as Value, { ...served.schema, properties: own, required: [] })
}
