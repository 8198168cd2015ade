import type { Chart, Looked, Release, Source } from '../model.ts'
import type { Registries } from '../world.ts'
import { ARCHIVE_LIMITS } from './archive.ts'
import { readChart, sha256 } from './chart.ts'
import { type ChartCache, createChartCache } from './chart-cache.ts'
import { type Egress, shown } from './egress.ts'
import { createHelmIndexes, type HelmIndexes, type IndexMemory, indexUrl } from './helm-index.ts'
import { createOciRegistry, type OciRegistry } from './oci.ts'
import { type OciRepository, readOciRepository, tagOf, versionOf } from './oci-reference.ts'

/** What the answers are made of. */
type Parts = {
  readonly egress: Egress
  readonly indexes: HelmIndexes
  readonly oci: OciRegistry
  readonly charts: ChartCache
}

type HelmSource = Extract<Source, { type: 'helm' }>

/** What outlives a pass: indexes with their validators, and charts by the digest of their archive. */
export type RegistryMemory = { readonly indexes: IndexMemory; readonly charts: ChartCache }

/** An empty memory. */
export function createRegistryMemory(): RegistryMemory {
  return { indexes: new Map(), charts: createChartCache() }
}

/** Registries for one pass, through the guarded client. */
export function createRegistries(egress: Egress, memory: RegistryMemory = createRegistryMemory()): Registries {
  const indexes = createHelmIndexes(egress, memory.indexes)
  const parts: Parts = { egress, indexes, oci: createOciRegistry(egress), charts: memory.charts }
  return {
    async releases(source) {
      if (source.type === 'helm') return await indexes.releases(source.url, source.chart)
      const repository = repositoryOf(parts, source)
      if (repository === null) return notOci(source.url)
      const tags = await parts.oci.tags(repository)
      const version = source.type === 'oci' ? versionOf : (tag: string) => tag
      return tags.ok ? { ok: true, value: tags.value.map(tag => tagged(version(tag))) } : tags
    },
    async publishedAt(source, release) {
      if (source.type === 'helm' || release.publishedAt !== null) return release.publishedAt
      const repository = repositoryOf(parts, source)
      const manifest = repository === null ? null : await parts.oci.manifest(repository, tagOf(release.version))
      return manifest?.ok ? manifest.value.created : null
    },
    digest: (source, version) => digestOf(parts, source, version),
    async chart(source, version, digest) {
      if (source.type === 'helm') return await helmChart(parts, source, version, digest)
      if (source.type === 'oci') return await ociChart(parts, source.url, version, digest)
      return no(`${source.url} is a container image: it has no chart`)
    },
  }
}

/** A tag says nothing but its name; when it was made is asked for only where it matters (`publishedAt`). */
function tagged(version: string): Release {
  return { version, digest: null, publishedAt: null, appVersion: null, urls: [], deprecated: false }
}

function repositoryOf({ egress }: Parts, source: Exclude<Source, { type: 'helm' | 'unknown' }>): OciRepository | null {
  return readOciRepository(source.type === 'oci' ? source.url : `oci://${source.url}`, egress.locate)
}

async function digestOf(
  parts: Parts,
  source: Exclude<Source, { type: 'unknown' }>,
  version: string,
): Promise<Looked<string>> {
  if (source.type === 'helm') {
    const releases = await parts.indexes.releases(source.url, source.chart)
    const digest = releases.ok ? findRelease(releases.value, version)?.digest : undefined
    if (!releases.ok) return releases
    return digest ? { ok: true, value: digest } : no(`the index of ${shown(source.url)} has no digest for ${version}`)
  }
  const repository = repositoryOf(parts, source)
  if (repository === null) return notOci(source.url)
  const manifest = await parts.oci.manifest(repository, source.type === 'oci' ? tagOf(version) : version)
  return manifest.ok ? { ok: true, value: manifest.value.digest } : manifest
}

async function helmChart(parts: Parts, source: HelmSource, version: string, pinned: string | null) {
  const releases = await parts.indexes.releases(source.url, source.chart)
  if (!releases.ok) return releases
  const release = findRelease(releases.value, version)
  const what = `chart ${source.chart} ${version}`
  if (release === undefined) return no(`${what} is not in the index of ${shown(source.url)}`)
  if (pinned !== null && release.digest !== null && pinned !== release.digest) {
    return no(`${what}: the index of ${shown(source.url)} says digest ${release.digest}, pinned is ${pinned}: refused`)
  }
  const [url] = release.urls
  if (url === undefined) return no(`${what} has no address in the index of ${shown(source.url)}`)
  const chart = await fetchReleased(parts, source, url, expectation(release.digest, pinned), what)
  return chart.ok ? samePackage(chart.value, source.chart, release.version, what) : chart
}

/** Helm takes `1.2.3` and `v1.2.3` for the same version; the one that is written wins. */
function findRelease(releases: readonly Release[], version: string): Release | undefined {
  const bare = (text: string) => text.replace(/^v/, '')
  return releases.find(one => one.version === version) ?? releases.find(one => bare(one.version) === bare(version))
}

/** The digest that an archive must have, and how that is known. */
type Expected = { readonly digest: string; readonly by: string }

function expectation(indexed: string | null, pinned: string | null): Expected | null {
  if (indexed !== null) return { digest: indexed, by: 'the index says' }
  return pinned === null ? null : { digest: pinned, by: 'pinned is' }
}

/** The chart behind an address of the index, which may also stand in an OCI registry. */
async function fetchReleased(parts: Parts, source: HelmSource, url: string, expected: Expected | null, what: string) {
  const download = async (): Promise<Looked<Chart>> => {
    const archive = await fetchArchive(parts, source, url)
    if (!archive.ok) return archive
    const found = sha256(archive.value)
    if (expected === null || found === expected.digest) return await read(archive.value, what)
    const differs = `has digest ${found}, ${expected.by} ${expected.digest}: refused`
    return no(
      `${what} from ${shown(url)} ${differs}; it was changed after it was published, or a mirror holds another one`,
    )
  }
  return expected === null ? await download() : await parts.charts.load(url, expected.digest, download)
}

async function fetchArchive({ egress, oci }: Parts, source: HelmSource, url: string): Promise<Looked<Buffer>> {
  const [, reference, tag] = /^(oci:\/\/.+):([^:/]+)$/.exec(url) ?? []
  const from = indexUrl(source.url) ?? source.url
  if (reference === undefined || tag === undefined) {
    const answer = await egress.fetch(url, { maxBytes: ARCHIVE_LIMITS.packedBytes, raw: true, from })
    return answer.ok ? { ok: true, value: answer.value.body } : answer
  }
  const repository = readOciRepository(reference, egress.locate, from)
  if (repository === null) return notOci(reference)
  const manifest = await oci.manifest(repository, tag)
  if (!manifest.ok) return manifest
  return manifest.value.chart === null ? notChart(url) : await oci.blob(repository, manifest.value.chart)
}

function samePackage(chart: Chart, name: string, version: string, what: string): Looked<Chart> {
  const bare = (text: string) => text.replace(/^v/, '')
  if (chart.name === name && bare(chart.version) === bare(version)) return { ok: true, value: chart }
  return no(`${what}: the archive says that it is ${chart.name} ${chart.version}: refused`)
}

async function ociChart(parts: Parts, url: string, version: string, pinned: string | null): Promise<Looked<Chart>> {
  const repository = readOciRepository(url, parts.egress.locate)
  if (repository === null) return notOci(url)
  const what = `chart ${url} ${version}`
  const manifest = await parts.oci.manifest(repository, tagOf(version))
  if (!manifest.ok) return manifest
  const { digest, chart } = manifest.value
  if (pinned !== null && pinned !== digest) {
    return no(`${what} has digest ${digest}, pinned is ${pinned}: refused; the tag was moved after it was pinned`)
  }
  if (chart === null) return notChart(url)
  return await parts.charts.load(`${repository.api}/${repository.name}`, chart, async () => {
    const blob = await parts.oci.blob(repository, chart)
    return blob.ok ? await read(blob.value, what) : blob
  })
}

async function read(archive: Buffer, what: string): Promise<Looked<Chart>> {
  const chart = await readChart(archive)
  return chart.ok ? chart : { ...chart, reason: `${what}: ${chart.reason}` }
}

function notOci(url: string): Looked<never> {
  return no(`${url} is no reference of an OCI repository; write oci://host/path`)
}

function notChart(url: string): Looked<never> {
  return no(`${shown(url)} is not a Helm chart: its manifest has no chart layer`)
}

function no(reason: string): { ok: false; reason: string; retry: false } {
  return { ok: false, reason, retry: false }
}
