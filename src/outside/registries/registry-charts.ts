import type { Chart, Looked, Source } from '../../model.ts'
import { type Egress, shown } from '../net/egress.ts'
import { ARCHIVE_LIMITS } from './archive.ts'
import { readChart, sha256 } from './chart.ts'
import type { ChartCache } from './chart-cache.ts'
import { type HelmIndexes, indexUrl } from './helm-index.ts'
import { no } from './listed.ts'
import type { OciRegistry } from './oci.ts'
import { readOciRepository, tagOf } from './oci-reference.ts'
import { findRelease, notOci } from './versions.ts'

/** What charts are fetched with. */
export type ChartParts = {
  readonly egress: Egress
  readonly indexes: HelmIndexes
  readonly oci: OciRegistry
  readonly charts: ChartCache
}

type HelmSource = Extract<Source, { type: 'helm' }>

/** The chart of an HTTP repository, held to the digest of the index and to the pinned one. */
export async function helmChart(parts: ChartParts, source: HelmSource, version: string, pinned: string | null) {
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

/** The digest that an archive must have, and how that is known. */
type Expected = { readonly digest: string; readonly by: string }

function expectation(indexed: string | null, pinned: string | null): Expected | null {
  if (indexed !== null) return { digest: indexed, by: 'the index says' }
  return pinned === null ? null : { digest: pinned, by: 'pinned is' }
}

/** The chart behind an address of the index, which may also stand in an OCI registry. */
async function fetchReleased(
  parts: ChartParts,
  source: HelmSource,
  url: string,
  expected: Expected | null,
  what: string,
) {
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

async function fetchArchive({ egress, oci }: ChartParts, source: HelmSource, url: string): Promise<Looked<Buffer>> {
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

/** The chart behind a tag of an OCI registry, whose manifest is held to the pinned digest. */
export async function ociChart(
  parts: ChartParts,
  url: string,
  version: string,
  pinned: string | null,
): Promise<Looked<Chart>> {
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

function notChart(url: string): Looked<never> {
  return no(`${shown(url)} is not a Helm chart: its manifest has no chart layer`)
}
