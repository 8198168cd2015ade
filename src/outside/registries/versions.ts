import type { Looked, Release } from '../../model.ts'
import type { KnownSource } from '../../world.ts'
import { type Egress, shown } from '../net/egress.ts'
import type { HelmIndexes } from './helm-index.ts'
import { no, tagged } from './listed.ts'
import type { OciRegistry } from './oci.ts'
import { createdAt } from './oci-created.ts'
import { readOciRepository } from './oci-reference.ts'

/** What can be asked about the versions of one type of source. A release whose date is known is not asked about again. */
export type Versions<S extends KnownSource> = {
  releases(source: S): Promise<Looked<readonly Release[]>>
  publishedAt(source: S, release: Release): Promise<string | null>
  digest(source: S, version: string): Promise<Looked<string>>
}

/** The versions that an HTTP chart repository lists. */
export function ofHelm(indexes: HelmIndexes): Versions<Extract<KnownSource, { type: 'helm' }>> {
  return {
    releases: ({ url, chart }) => indexes.releases(url, chart),
    publishedAt: async () => null,
    async digest({ url, chart }, version) {
      const releases = await indexes.releases(url, chart)
      if (!releases.ok) return releases
      const digest = findRelease(releases.value, version)?.digest
      return digest ? { ok: true, value: digest } : no(`the index of ${shown(url)} has no digest for ${version}`)
    },
  }
}

/** Helm takes `1.2.3` and `v1.2.3` for the same version; the one that is written wins. */
export function findRelease(releases: readonly Release[], version: string): Release | undefined {
  const bare = (text: string) => text.replace(/^v/, '')
  return releases.find(one => one.version === version) ?? releases.find(one => bare(one.version) === bare(version))
}

/** How a container registry is addressed, and how its tags are read. */
type Naming = {
  /** The `oci://` reference of a source's URL. */
  reference(url: string): string
  tag(version: string): string
  version(tag: string): string
}

/** The tags of a container registry. When one was made is asked for only where it matters. */
export function ofRegistry(
  { egress, oci }: { readonly egress: Egress; readonly oci: OciRegistry },
  { reference, tag, version }: Naming,
): Versions<KnownSource> {
  const repositoryOf = (url: string) => readOciRepository(reference(url), egress.locate)
  return {
    async releases({ url }) {
      const repository = repositoryOf(url)
      if (repository === null) return notOci(url)
      const tags = await oci.tags(repository)
      return tags.ok ? { ok: true, value: tags.value.map(name => tagged(version(name))) } : tags
    },
    async publishedAt({ url }, release) {
      const repository = repositoryOf(url)
      return repository === null ? null : await createdAt(oci, repository, tag(release.version))
    },
    async digest({ url }, wanted) {
      const repository = repositoryOf(url)
      if (repository === null) return notOci(url)
      const manifest = await oci.manifest(repository, tag(wanted))
      return manifest.ok ? { ok: true, value: manifest.value.digest } : manifest
    },
  }
}

/** The answer for an address that cannot be one of a container registry. */
export function notOci(url: string): { ok: false; reason: string; retry: false } {
  return no(`${url} is no reference of an OCI repository; write oci://host/path`)
}
