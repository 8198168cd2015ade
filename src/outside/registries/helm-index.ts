import { FAILSAFE_SCHEMA, load, YAMLException } from 'js-yaml'
import { z } from 'zod'
import type { Looked, Release } from '../../model.ts'
import { type Egress, type Fetched, shown } from '../net/egress.ts'

/** Bytes of an index.yaml. Flux's source-controller refuses larger ones too (`helm-index-max-size`, 50 MiB). */
const MAX_INDEX_BYTES = 50 * 1024 * 1024
/** Large indexes come from slow hosts. */
const INDEX_TIMEOUT_MS = 60_000
/** Indexes that are remembered; only versions, dates, digests and addresses of each. */
const REMEMBERED = 100

/** What an index says: the releases of each chart. */
type Index = ReadonlyMap<string, readonly Release[]>
export type Known = {
  readonly index: Index
  readonly etag: string | null
  readonly modified: string | null
}

/** Indexes by their address, with what it takes to ask whether they have changed. Outlives passes. */
export type IndexMemory = Map<string, Known>

/** The versions that HTTP chart repositories offer. */
export type HelmIndexes = {
  /** Releases of one chart; `url` is the folder of index.yaml. */
  releases(url: string, chart: string): Promise<Looked<readonly Release[]>>
}

/**
 * Indexes for one pass: each is asked for once, with the ETag or Last-Modified of an earlier pass, so that a release that was
 * announced a second ago is seen and an unchanged index costs no body.
 */
export function createHelmIndexes(egress: Egress, memory: IndexMemory = new Map()): HelmIndexes {
  const asked = new Map<string, Promise<Looked<Index>>>()

  async function look(url: string): Promise<Looked<Index>> {
    const before = memory.get(url)
    const headers = before === undefined ? {} : conditions(before)
    const answer = await egress.fetch(url, { maxBytes: MAX_INDEX_BYTES, timeoutMs: INDEX_TIMEOUT_MS, headers })
    if (!answer.ok) return answer
    const unchanged = answer.value.status === 304 && before !== undefined
    const index = unchanged ? { ok: true as const, value: before.index } : parseIndex(answer.value.body, url)
    if (index.ok) remember(memory, url, { ...validators(answer.value, before), index: index.value })
    return index
  }

  function shared(url: string): Promise<Looked<Index>> {
    const looking = asked.get(url) ?? look(url)
    asked.set(url, looking)
    return looking
  }

  return {
    async releases(url, chart) {
      const address = indexUrl(url)
      if (address === null) return { ok: false, reason: `${url} is no URL of a chart repository`, retry: false }
      const index = await shared(address)
      if (!index.ok) return index
      const releases = index.value.get(chart)
      if (releases !== undefined) return { ok: true, value: releases }
      return { ok: false, reason: `${shown(address)} has no chart named ${chart}`, retry: false }
    },
  }
}

/** The address of the index of a repository; the query stays, as Helm keeps it. Null when the repository is no URL. */
export function indexUrl(repository: string): string | null {
  if (!URL.canParse(repository)) return null
  const url = new URL(repository)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/index.yaml`
  return url.href
}

function remember(known: IndexMemory, url: string, entry: Known): void {
  known.delete(url)
  known.set(url, entry)
  const [oldest] = known.keys()
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
}

function conditions({ etag, modified }: Known): Record<string, string> {
  if (etag !== null) return { 'if-none-match': etag }
  return modified === null ? {} : { 'if-modified-since': modified }
}

function validators({ headers }: Fetched, before: Known | undefined): Pick<Known, 'etag' | 'modified'> {
  const etag = headers.etag ?? before?.etag ?? null
  return { etag, modified: headers['last-modified'] ?? before?.modified ?? null }
}

const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
/** Every scalar of a YAML index arrives as it is written, its nulls too. */
const Optional = Text.nullish().transform(text => (text === undefined || /^(~|null|)$/i.test(text ?? '') ? null : text))
const Entry = z.object({
  version: Text,
  digest: Optional,
  created: Optional,
  appVersion: Optional,
  urls: z.array(z.string()).nullish(),
  deprecated: Optional,
})

/** Reads an index.yaml (or JSON). Entries that make no sense are left out, as Helm leaves them out. `url` is where the index stands. */
export function parseIndex(body: Buffer, url: string): Looked<Index> {
  try {
    const text = body.toString('utf8')
    // Every scalar as it is written: `version: 1.10` must not become the number 1.1, and no date a Date.
    const root: unknown = /^\s*\{/.test(text) ? JSON.parse(text) : load(text, { schema: FAILSAFE_SCHEMA, json: true })
    const { entries } = z.object({ entries: z.record(z.string(), z.unknown()) }).parse(root)
    return { ok: true, value: new Map(Object.entries(entries).map(([chart, list]) => [chart, releasesOf(list, url)])) }
  } catch (error) {
    return { ok: false, reason: `${shown(url)} is no chart repository index: ${summary(error)}`, retry: false }
  }
}

function summary(error: unknown): string {
  if (error instanceof YAMLException) return `line ${(error.mark?.line ?? 0) + 1}: ${error.reason}`
  if (error instanceof z.ZodError) return 'it has no map named entries'
  return error instanceof SyntaxError ? 'it is not valid JSON' : 'it cannot be parsed'
}

function releasesOf(list: unknown, url: string): Release[] {
  const releases = new Map<string, Release>()
  for (const item of Array.isArray(list) ? list : []) {
    const entry = Entry.safeParse(item)
    if (entry.success && !releases.has(entry.data.version)) releases.set(entry.data.version, release(entry.data, url))
  }
  return [...releases.values()]
}

function release(entry: z.infer<typeof Entry>, url: string): Release {
  return {
    version: entry.version,
    digest: digest(entry.digest),
    publishedAt: published(entry.created),
    appVersion: entry.appVersion,
    urls: (entry.urls ?? []).filter(file => URL.canParse(file, url)).map(file => resolve(file, url)),
    deprecated: entry.deprecated === 'true',
    prerelease: false,
  }
}

/** Relative addresses stand below the repository and keep its query, as Helm resolves them. */
function resolve(file: string, index: string): string {
  const url = new URL(file, index)
  if (!URL.canParse(file)) url.search = new URL(index).search
  return url.href
}

/** `sha256:<hex>`. A digest in another form stays as it is: it will match no archive and so be refused, loudly. */
function digest(text: string | null): string | null {
  if (text === null || text.trim() === '') return null
  const hex = text
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '')
  return /^[0-9a-f]{64}$/.test(hex) ? `sha256:${hex}` : text.trim()
}

/** ISO 8601; null for what is no date, and for Go's zero time, which repositories write when they do not know. */
function published(text: string | null): string | null {
  const at = new Date(text ?? '')
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1971 ? null : at.toISOString()
}
