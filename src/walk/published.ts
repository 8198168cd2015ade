import type { Shift } from '../choose/changed.ts'
import type { Looked, Release } from '../model.ts'
import { compareVersions, readVersion } from '../text/version.ts'
import type { KnownSource, World } from '../world.ts'
import type { Bump } from './bumps.ts'
import { knownOf } from './outcome.ts'

/** A release of which only the version and the digest are known. */
function unlisted({ version, digest }: Shift['to']): Release {
  return { version, digest, publishedAt: null, appVersion: null, urls: [], deprecated: false, prerelease: false }
}

/** Whether a release is the one that a pull request names: `v1.2.0` is `1.2.0` for Helm, and a tag has `_` for `+`. */
function isNamed(version: string): (release: Release) => boolean {
  const wanted = version.replaceAll('_', '+')
  const read = readVersion(wanted, 'chart')
  return release => {
    if (release.version === version || release.version === wanted) return true
    const own = readVersion(release.version, 'chart')
    return read !== null && own !== null && compareVersions(own, read) === 0
  }
}

/** A release, and everything that its source publishes; empty where it was not asked. */
export type Published = {
  readonly source: KnownSource
  readonly release: Release
  readonly releases: readonly Release[]
}

/** The release that a pull request moves to, as its source has it; a digest alone needs no list. */
export async function published(world: World, { group, to }: Bump): Promise<Looked<Published>> {
  const { source } = group
  if (source.type === 'unknown') return { ok: false, reason: source.reason, retry: false }
  if (group.pins.every(({ version }) => version === to.version) || to.version.startsWith('sha256:'))
    return { ok: true, value: { source, release: unlisted(to), releases: [] } }
  world.progress(`${knownOf(group).branch}: asking ${source.url} for ${to.version}`)
  const looked = await world.releases(source)
  if (!looked.ok) return looked
  const exact = looked.value.find(({ version }) => version === to.version)
  const release = exact ?? (source.chart === null ? undefined : looked.value.find(isNamed(to.version)))
  return release
    ? { ok: true, value: { source, release, releases: looked.value } }
    : { ok: false, reason: `no ${to.version} is published at ${source.url}`, retry: false }
}
