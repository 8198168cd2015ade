import type { Looked, Value, ValueMap } from '../../model.ts'
import { readEmbeddedSchema, readRootSchema, type SchemaDocument, SchemaRefused } from './schema-refs.ts'

/** Fetches the text of a schema through the guarded client. */
export type FetchSchema = (url: string) => Promise<Looked<string>>

/** The address under which helm compiles a chart's schema (helm pkg/chart/common/util/jsonschema.go). */
const ROOT = 'file:///values.schema.json'
/** The schemas that helm validates with: the chart's own and those of unpacked subcharts, at any depth. */
const SCHEMA_FILE = /^(?:charts\/[^/]+\/)*values\.schema\.json$/

const MAX_DOCUMENTS = 200
const MAX_BYTES = 5 * 2 ** 20
const MAX_TOTAL_BYTES = 20 * 2 ** 20
const MAX_LEVELS = 10
const AT_ONCE = 8

type Embedded = Map<string, SchemaDocument>

/** A schema that could not be fetched: keeps whether asking later can help. */
class SchemaMissing extends Error {
  override readonly name = 'SchemaMissing'
  readonly retry: boolean
  constructor(message: string, retry: boolean) {
    super(message)
    this.retry = retry
  }
}

/** Remembers answers for one chart, and stops at the limits on number and size. Throws SchemaRefused and SchemaMissing. */
function limited(fetch: FetchSchema): (url: string) => Promise<string> {
  const asked = new Map<string, Promise<string>>()
  let total = 0
  const ask = async (url: string): Promise<string> => {
    if (!/^https?:\/\//.test(url)) throw new SchemaRefused(`it refers to ${url}, and only https and http are fetched`)
    if (asked.size >= MAX_DOCUMENTS) throw new SchemaRefused(`it refers to more than ${MAX_DOCUMENTS} other schemas`)
    const answer = await fetch(url)
    if (!answer.ok)
      throw new SchemaMissing(`it needs ${url}, which could not be fetched: ${answer.reason}`, answer.retry)
    const size = Buffer.byteLength(answer.value)
    total += size
    if (size > MAX_BYTES) throw new SchemaRefused(`the schema ${url} is larger than ${MAX_BYTES / 2 ** 20} MiB`)
    if (total > MAX_TOTAL_BYTES) {
      throw new SchemaRefused(`the schemas it refers to are larger than ${MAX_TOTAL_BYTES / 2 ** 20} MiB together`)
    }
    return answer.value
  }
  return url => {
    const answer = asked.get(url) ?? ask(url)
    asked.set(url, answer)
    return answer
  }
}

async function embedLevel(
  urls: readonly string[],
  into: Embedded,
  get: (url: string) => Promise<string>,
): Promise<void> {
  for (let start = 0; start < urls.length; start += AT_ONCE) {
    const batch = urls.slice(start, start + AT_ONCE)
    const documents = await Promise.all(batch.map(async url => readEmbeddedSchema(await get(url), url)))
    documents.forEach((document, index) => {
      into.set(batch[index] ?? '', document)
    })
  }
}

/** Everything that a schema refers to, directly or not, level by level. */
async function closure(root: SchemaDocument, get: (url: string) => Promise<string>): Promise<Embedded> {
  const embedded: Embedded = new Map()
  let wanted = [...root.refersTo]
  for (let level = 0; wanted.length > 0; level++) {
    if (level === MAX_LEVELS)
      throw new SchemaRefused(`its references go through more than ${MAX_LEVELS} schemas in a row`)
    await embedLevel(wanted, embedded, get)
    const next = wanted.flatMap(url => [...(embedded.get(url)?.refersTo ?? [])])
    wanted = [...new Set(next)].filter(url => !embedded.has(url) && !root.ids.has(url))
  }
  return embedded
}

/**
 * The schema with everything it refers to inside it, as resources with their own `$id` (JSON Schema, "bundling"). All drafts
 * that helm knows look for such resources under `definitions`.
 */
async function bundle(text: string, get: (url: string) => Promise<string>): Promise<string> {
  const root = readRootSchema(text, ROOT)
  const embedded = await closure(root, get)
  if (embedded.size === 0) return text
  const schema = root.schema as ValueMap
  const schemas = [...embedded].map(([url, document]): [string, Value] => [url, document.schema])
  const definitions = { ...(schema.definitions as ValueMap | undefined), ...Object.fromEntries(schemas) }
  return JSON.stringify({ ...schema, definitions })
}

/**
 * A chart's files, in which every values.schema.json that points at other documents carries them inside, so that helm
 * validates as with a network and needs none. Schemas without such references stay as they are, byte for byte.
 */
export async function bundleSchemas(
  files: ReadonlyMap<string, Buffer>,
  fetch: FetchSchema,
): Promise<Looked<ReadonlyMap<string, Buffer>>> {
  const get = limited(fetch)
  const bundled = new Map(files)
  for (const path of [...files.keys()].filter(path => SCHEMA_FILE.test(path))) {
    const text = files.get(path)?.toString('utf8') ?? ''
    try {
      const whole = await bundle(text, get)
      if (whole !== text) bundled.set(path, Buffer.from(whole))
    } catch (error) {
      if (!(error instanceof SchemaRefused) && !(error instanceof SchemaMissing)) throw error
      const retry = error instanceof SchemaMissing && error.retry
      return { ok: false, reason: `${path} cannot be used to check the values: ${error.message}`, retry }
    }
  }
  return { ok: true, value: bundled }
}
