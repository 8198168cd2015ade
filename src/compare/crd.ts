import type { KubeObject, Looked, Side, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { type Comparison, chartOf, isChart, type Part, rendered } from './comparison.ts'
import { child, isDeep, isList, text } from './data.ts'

/** One version of a CRD. `schema` is without words for people and without the status that controllers own. */
export type CrdVersion = {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated: boolean
  readonly schema: Value
  /** What nobody else looks at. */
  readonly rest: ValueMap
}

/**
 * A CRD, whether `apiextensions.k8s.io/v1` or `v1beta1`, whatever of it makes sense. `keepsUnknown`: fields that no schema names
 * are kept everywhere, as the old API does unless it is told otherwise. `deep`: nested deeper than anybody looks.
 */
export type Crd = {
  readonly name: string
  readonly keepsUnknown: boolean
  readonly legacy: boolean
  readonly deep: boolean
  readonly group: string
  readonly kind: string
  readonly scope: string
  readonly versions: readonly CrdVersion[]
  readonly conversion: { readonly strategy: string; readonly rest: ValueMap }
  readonly rest: ValueMap
}

/** The CRDs of both sides by name. A side's set is only complete when all of it rendered, hence `complete`. */
export type Crds = {
  readonly before: ReadonlyMap<string, Crd>
  readonly after: ReadonlyMap<string, Crd>
  readonly complete: boolean
}

/**
 * Every CRD of a side: of the `crds/` folder of every chart that moves, and rendered. So a CRD that moves from one of them to
 * another is neither new nor removed. `complete` is false when an install did not render on one side: then a CRD that only
 * the other side has proves nothing. Read once for all comparers.
 */
export function crdsOf(input: Comparison): Crds {
  const known = kept.get(input)
  if (known) return known
  const read = readCrds(input)
  kept.set(input, read)
  return read
}

const kept = new WeakMap<Comparison, Crds>()

function readCrds(input: Comparison): Crds {
  const parts = chartsOf(input)
  const complete = parts.every(({ before, after }) => isComplete(before) && isComplete(after))
  return { before: ofSides(parts.map(part => part.before)), after: ofSides(parts.map(part => part.after)), complete }
}

/** What leads, and the followers that are charts: where CRDs can come from. */
export function chartsOf(input: Comparison): readonly Part[] {
  return [input, ...input.followers.filter(isChart)]
}

function ofSides(sides: readonly Looked<Side>[]): ReadonlyMap<string, Crd> {
  const objects = sides.flatMap(side => [
    ...(chartOf(side)?.crds ?? []),
    ...rendered(side).flatMap(render => (render.ok ? render.objects : [])),
  ])
  return new Map(objects.filter(isCrd).map(object => [object.metadata.name, readCrd(object)]))
}

function isComplete(side: Looked<Side>): boolean {
  return side.ok && side.value.renders.every(({ ok }) => ok)
}

/** Whether an object is a CRD. */
export function isCrd({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'CustomResourceDefinition' && apiVersion.startsWith('apiextensions.k8s.io/')
}

function readCrd(object: KubeObject): Crd {
  const deep = isDeep(object)
  const legacy = object.apiVersion === 'apiextensions.k8s.io/v1beta1'
  const spec = deep ? headOf(child(object, 'spec')) : child(object, 'spec')
  const { conversion, scope, versions, version, validation, subresources, names, preserveUnknownFields, ...rest } =
    isMap(spec) ? spec : {}
  const { strategy, ...webhook } = isMap(conversion) ? conversion : {}
  const shared = { schema: validation ?? null, subresources: subresources ?? null }
  return {
    name: object.metadata.name,
    keepsUnknown: preserveUnknownFields === true || (legacy && preserveUnknownFields !== false),
    legacy,
    deep,
    group: text(child(spec, 'group')),
    kind: text(child(names, 'kind')),
    scope: text(scope),
    versions: listed(versions, version).map(one => readVersion(one, shared)),
    conversion: { strategy: text(strategy) || 'None', rest: webhook },
    rest: {
      ...without(rest, ['additionalPrinterColumns', 'group']),
      names: without(names, ['categories', 'shortNames']),
    },
  }
}

/** What can be said of a CRD that is nested too deep: everything but its schemas. */
function headOf(spec: Value | undefined): ValueMap {
  const [group, scope, names] = [child(spec, 'group'), child(spec, 'scope'), child(spec, 'names')]
  const versions = child(spec, 'versions')
  const heads = (isList(versions) ? versions : []).map(version => ({
    name: text(child(version, 'name')),
    served: child(version, 'served') === true,
    storage: child(version, 'storage') === true,
    deprecated: child(version, 'deprecated') === true,
  }))
  return { group: text(group), scope: text(scope), names: { kind: text(child(names, 'kind')) }, versions: heads }
}

/** Before `versions` there was one `version`, served and stored. */
function listed(versions: Value | undefined, version: Value | undefined): readonly Value[] {
  if (isList(versions)) return versions
  return typeof version === 'string' ? [{ name: version, served: true, storage: true }] : []
}

function readVersion(version: Value, shared: { readonly schema: Value; readonly subresources: Value }): CrdVersion {
  const { name, served, storage, deprecated, schema, subresources, ...rest } = isMap(version) ? version : {}
  const own = schema ?? shared.schema
  return {
    name: text(name),
    served: served === true,
    storage: storage === true,
    deprecated: deprecated === true,
    schema: withoutStatus(withoutWords(own === null ? null : (child(own, 'openAPIV3Schema') ?? own))),
    rest: {
      ...without(rest, ['additionalPrinterColumns', 'deprecationWarning']),
      subresources: subresources ?? shared.subresources ?? null,
    },
  }
}

function without(value: Value | undefined, keys: readonly string[]): ValueMap {
  return isMap(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) : {}
}

const WORDS = new Set(['description', 'title', 'example', 'externalDocs'])
const MAPS_OF_SCHEMAS = new Set(['properties', 'patternProperties', 'definitions'])
const RAW = new Set(['default', 'enum'])

/** A schema without what does not validate. A field may be called `description`: only keywords are dropped. */
function withoutWords(schema: Value): Value {
  if (isList(schema)) return schema.map(part => withoutWords(part))
  if (!isMap(schema)) return schema
  const kept = Object.entries(schema).filter(([keyword]) => !WORDS.has(keyword))
  return Object.fromEntries(
    kept.map(([keyword, value]) => {
      if (RAW.has(keyword)) return [keyword, value]
      if (!MAPS_OF_SCHEMAS.has(keyword) || !isMap(value)) return [keyword, withoutWords(value)]
      return [keyword, Object.fromEntries(Object.entries(value).map(([field, part]) => [field, withoutWords(part)]))]
    }),
  )
}

/** The schema of a whole resource without the status, whether or not it is a subresource on this side. */
function withoutStatus(schema: Value): Value {
  if (!isMap(schema)) return schema
  const { properties, required, ...rest } = schema
  return {
    ...rest,
    ...(properties === undefined
      ? {}
      : { properties: isMap(properties) ? without(properties, ['status']) : properties }),
    ...(required === undefined
      ? {}
      : { required: isList(required) ? required.filter(name => name !== 'status') : required }),
  }
}
