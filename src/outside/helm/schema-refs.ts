import type { Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'

/** A schema that is not handed to helm, and why. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused'
}

/** A schema document whose references are absolute, the other documents it refers to, and the resources inside it. */
export type SchemaDocument = {
  readonly schema: Value
  readonly refersTo: ReadonlySet<string>
  readonly ids: ReadonlySet<string>
}

/** The drafts that helm's validator carries with it (santhosh-tekuri/jsonschema v6, draft.go); any other it would fetch. */
const BUILT_IN = /^https?:\/\/json-schema\.org\/(?:draft-0[467]\/|draft\/20(?:19-09|20-12)\/|schema(?:$|#))/
const OLD_DRAFT = /\/draft-0[467]\//
const LATEST = 'https://json-schema.org/draft/2020-12/schema'
const MAX_DEPTH = 200

const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef'])
const DATA = new Set(['const', 'enum', 'default', 'example', 'examples'])
const MAPS_OF_SCHEMAS = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependentSchemas',
  'dependencies',
])

function parse(text: string, url: string): Value {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SchemaRefused(`the schema ${url} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

function withoutFragment(url: URL): string {
  return url.href.replace(/#.*$/s, '')
}

function resolveRef(ref: string, base: string): URL {
  try {
    return new URL(ref, base)
  } catch {
    throw new SchemaRefused(`"${ref.slice(0, 200)}" in the schema ${base} is no reference`)
  }
}

function draftOf(schema: Value, inherited: string): string {
  const draft = isMap(schema) && typeof schema.$schema === 'string' ? schema.$schema : inherited
  if (!BUILT_IN.test(draft)) throw new SchemaRefused(`"$schema": "${draft.slice(0, 200)}" is no draft that helm knows`)
  return draft
}

function idKey(draft: string): string {
  return draft.includes('/draft-04/') ? 'id' : '$id'
}

/** The `$id` of a schema. Up to draft 7, what stands beside a `$ref` is ignored, the id too. */
function idOf(schema: ValueMap, draft: string): string | null {
  const id = schema[idKey(draft)]
  if (typeof id !== 'string' || id.startsWith('#')) return null
  return OLD_DRAFT.test(draft) && typeof schema.$ref === 'string' ? null : id
}

type Walk = {
  readonly refersTo: Set<string>
  readonly ids: Set<string>
  /** The document's own `$id` and the address it was fetched from, by which the others know it. */
  readonly own: { readonly id: string; readonly url: string } | null
}

function absoluteRef(ref: string, base: string, walk: Walk): string {
  if (ref.startsWith('#')) return ref
  const url = resolveRef(ref, base)
  const document = withoutFragment(url)
  if (walk.own && document === walk.own.id) return walk.own.url + url.hash
  walk.refersTo.add(document)
  return url.href
}

function rewriteAll(map: Value, base: string, draft: string, walk: Walk, depth: number): Value {
  if (!isMap(map)) return map
  return Object.fromEntries(
    Object.entries(map).map(([name, schema]) => [name, rewrite(schema, base, draft, walk, depth)]),
  )
}

function rewrite(schema: Value, outer: string, outerDraft: string, walk: Walk, depth: number): Value {
  if (depth > MAX_DEPTH) throw new SchemaRefused(`the schema ${outer} is nested deeper than ${MAX_DEPTH} levels`)
  if (Array.isArray(schema)) return schema.map(item => rewrite(item, outer, outerDraft, walk, depth + 1))
  if (!isMap(schema)) return schema
  const draft = draftOf(schema, outerDraft)
  const id = idOf(schema, draft)
  const base = id === null ? outer : withoutFragment(resolveRef(id, outer))
  if (id !== null) walk.ids.add(base)
  const entries = Object.entries(schema).map(([key, value]): [string, Value] => {
    if (REFERENCES.has(key) && typeof value === 'string') return [key, absoluteRef(value, base, walk)]
    if (id !== null && key === idKey(draft)) return [key, base]
    if (DATA.has(key)) return [key, value]
    if (MAPS_OF_SCHEMAS.has(key)) return [key, rewriteAll(value, base, draft, walk, depth + 1)]
    return [key, rewrite(value, base, draft, walk, depth + 1)]
  })
  return Object.fromEntries(entries)
}

function outside(walk: Walk): ReadonlySet<string> {
  const external = [...walk.refersTo].filter(url => !walk.ids.has(url) && !BUILT_IN.test(url))
  // Helm takes a urn: that it cannot resolve as "anything goes" and warns; that is its meaning of the chart.
  return new Set(external.filter(url => !url.startsWith('urn:')))
}

/** Reads a chart's own schema. `url` is the address that helm gives it. Throws SchemaRefused. */
export function readRootSchema(text: string, url: string): SchemaDocument {
  const walk: Walk = { refersTo: new Set(), ids: new Set([url]), own: null }
  const schema = rewrite(parse(text, url), url, LATEST, walk, 0)
  return { schema, refersTo: outside(walk), ids: walk.ids }
}

/**
 * Reads a document that was fetched from `url`, ready to be embedded: its `$id` becomes `url` whatever it was, its draft is
 * said, and up to draft 7 a `$ref` at its root moves into an `allOf`, where it cannot hide the `$id`. Throws SchemaRefused.
 */
export function readEmbeddedSchema(text: string, url: string): SchemaDocument {
  const parsed = parse(text, url)
  const document: ValueMap = isMap(parsed) ? parsed : { allOf: [parsed] }
  const draft = draftOf(document, LATEST)
  const said = idOf(document, draft)
  const id = said === null ? url : withoutFragment(resolveRef(said, url))
  const walk: Walk = { refersTo: new Set(), ids: new Set(), own: { id, url } }
  const body = rewrite(document, url, LATEST, walk, 0)
  const { $ref, ...rest } = body as ValueMap
  const hides = OLD_DRAFT.test(draft) && $ref !== undefined
  const schema = hides ? { definitions: rest.definitions ?? {}, allOf: [{ $ref }] } : (body as ValueMap)
  return {
    schema: { ...schema, $schema: draft, [idKey(draft)]: url },
    refersTo: outside(walk),
    ids: new Set([...walk.ids, url]),
  }
}
