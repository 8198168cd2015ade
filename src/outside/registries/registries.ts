import { imageRepository } from '../../detect/source.ts'
import type { KnownSource, Registries } from '../../world.ts'
import type { Egress } from '../net/egress.ts'
import { type ChartCache, createChartCache } from './chart-cache.ts'
import { createGitTags } from './git-tags.ts'
import { isGitHub } from './git-url.ts'
import { createGitHubReleases } from './github-releases.ts'
import { createHelmIndexes, type IndexMemory } from './helm-index.ts'
import { no } from './listed.ts'
import { createOciRegistry } from './oci.ts'
import { tagOf, versionOf } from './oci-reference.ts'
import { type ChartParts, helmChart, ociChart } from './registry-charts.ts'
import { moduleReleases } from './terraform-modules.ts'
import { ofHelm, ofRegistry, type Versions } from './versions.ts'

/** What outlives a pass: indexes with their validators, and charts by the digest of their archive. */
export type RegistryMemory = { readonly indexes: IndexMemory; readonly charts: ChartCache }

/** An empty memory. */
export function createRegistryMemory(): RegistryMemory {
  return { indexes: new Map(), charts: createChartCache() }
}

/** Who answers for the versions of which type of source. */
type Table = { readonly [T in KnownSource['type']]: Versions<Extract<KnownSource, { type: T }>> }

function tableOf({ egress, indexes, oci }: ChartParts): Table {
  const hub = createGitHubReleases(egress)
  const git = createGitTags(egress)
  const commit = ({ url }: KnownSource, tag: string) => git.commit(url, tag)
  return {
    helm: ofHelm(indexes),
    oci: ofRegistry({ egress, oci }, { reference: url => url, tag: tagOf, version: versionOf }),
    docker: ofRegistry(
      { egress, oci },
      { reference: name => `oci://${imageRepository(name)}`, tag: tag => tag, version: tag => tag },
    ),
    git: {
      releases: ({ url }) => git.releases(url),
      publishedAt: async ({ url }, { version }) => (isGitHub(url) ? await hub.publishedAt(url, version) : null),
      digest: commit,
    },
    github: { ...undated, releases: ({ url }) => hub.tags(url), digest: commit },
    'github-releases': { ...undated, releases: ({ url }) => hub.releases(url), digest: commit },
    url: {
      ...undigested,
      releases: async ({ url }) => (isGitHub(url) ? await hub.tags(url) : no(`nothing lists the versions of ${url}`)),
    },
    'terraform-module': { ...undigested, releases: ({ url }) => moduleReleases(egress, url) },
    olm: {
      ...undigested,
      releases: async ({ url }) => no(`the versions in catalog ${url} are only known inside a cluster`),
    },
    kubernetes: {
      ...undigested,
      releases: async ({ url }) =>
        url === 'kubernetes'
          ? await hub.releases('kubernetes/kubernetes')
          : no(`which versions of Kubernetes ${url} offers is not published where it could be asked`),
    },
  }
}

/** A source that tells its dates together with its versions, or not at all. */
const undated = { publishedAt: async () => null }
const undigested = { ...undated, digest: async ({ url }: KnownSource) => no(`${url} has no digests`) }

/** The compiler cannot see that a table by type fits every source of that type. */
function ask(table: Table, { type }: KnownSource): Versions<KnownSource> {
  return table[type] as Versions<KnownSource>
}

/** Registries for one pass, through the guarded client. */
export function createRegistries(egress: Egress, memory: RegistryMemory = createRegistryMemory()): Registries {
  const indexes = createHelmIndexes(egress, memory.indexes)
  const parts: ChartParts = { egress, indexes, oci: createOciRegistry(egress), charts: memory.charts }
  const table = tableOf(parts)
  return {
    releases: source => ask(table, source).releases(source),
    publishedAt: async (source, release) =>
      release.publishedAt ?? (await ask(table, source).publishedAt(source, release)),
    digest: (source, version) => ask(table, source).digest(source, version),
    async chart(source, version, digest) {
      if (source.type === 'helm') return await helmChart(parts, source, version, digest)
      if (source.type === 'oci') return await ociChart(parts, source.url, version, digest)
      return no(
        `${source.url} is ${source.type === 'docker' ? 'a container image' : 'no chart repository'}: it has no chart`,
      )
    },
  }
}
