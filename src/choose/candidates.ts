import type { ComponentPolicy } from '../config.ts'
import type { Release } from '../model.ts'
import { compareVersions, readVersion, sameShape, type Version } from '../text/version.ts'
import { readFilter } from './filter.ts'
import { type PinGroup, schemeOf } from './group.ts'

/** The oldest version of a group as it stands; null when one of them is no version. */
export function lowestVersion({ pins, source }: PinGroup): Version | null {
  const versions = pins.map(({ version }) => readVersion(version, schemeOf(source)))
  return versions.reduce((low, other) => low && other && (compareVersions(other, low) < 0 ? other : low))
}

/** What is wrong with the version filters of a policy, null when nothing is. */
export function policyProblem({ allowedVersions, ignoreVersions }: ComponentPolicy): string | null {
  const filters = [
    ...(allowedVersions === null ? [] : [['allowedVersions', allowedVersions] as const]),
    ...ignoreVersions.map(text => ['ignoreVersions', text] as const),
  ]
  for (const [name, text] of filters) {
    const filter = readFilter(text)
    if (!filter.ok) return `${name}: ${filter.reason}`
  }
  return null
}

/**
 * The releases that a group may move to, newest first: newer than its lowest pin, in the shape of that pin, allowed and
 * not ignored by policy, not deprecated, no pre-release unless policy or the pin itself is one. Of tags that mean the
 * same version (`v1.2.3`, `1.2.3`) only one is kept. A tag with `v` follows one without (or the other way round) only where
 * nothing newer is written as the pin is: then the publisher has changed habits.
 * Empty when the policy cannot be understood (see `policyProblem`).
 */
export function candidates(group: PinGroup, releases: readonly Release[], policy: ComponentPolicy): Release[] {
  const current = lowestVersion(group)
  if (!current || policyProblem(policy) !== null) return []
  const allowed = passes(policy)
  const prereleases = policy.prereleases || current.semver.prerelease.length > 0
  const found = releases.flatMap(release => {
    const version = readVersion(release.version, schemeOf(group.source))
    const fits =
      version !== null &&
      compareVersions(version, current) > 0 &&
      sameShape(version, current) &&
      (prereleases || (version.semver.prerelease.length === 0 && !release.prerelease)) &&
      !release.deprecated &&
      allowed(release.version)
    return fits ? [{ release, version }] : []
  })
  const alike = schemeOf(group.source) === 'image' ? found.filter(({ version }) => version.v === current.v) : []
  return oneOfEach(alike.length > 0 ? alike : found, current).map(({ release }) => release)
}

function passes({ allowedVersions, ignoreVersions }: ComponentPolicy): (version: string) => boolean {
  const allow = allowedVersions === null ? null : readFilter(allowedVersions)
  const ignore = ignoreVersions.map(readFilter)
  return version => (!allow?.ok || allow.passes(version)) && !ignore.some(filter => filter.ok && filter.passes(version))
}

type Candidate = { readonly release: Release; readonly version: Version }

function oneOfEach(found: readonly Candidate[], current: Version): Candidate[] {
  const rank = ({ version }: Candidate) => (version.v === current.v ? 0 : 1)
  return found
    .toSorted(
      (a, b) =>
        compareVersions(b.version, a.version) || rank(a) - rank(b) || (a.release.version < b.release.version ? 1 : -1),
    )
    .filter((one, i, all) => {
      const newer = all[i - 1]
      return !newer || compareVersions(newer.version, one.version) !== 0
    })
}
