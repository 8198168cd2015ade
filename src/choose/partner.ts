import type { Follower, Pin, Release, Upgrade } from '../model.ts'
import { compareVersions, readVersion, type Version } from '../text/version.ts'
import { lowestVersion } from './candidates.ts'
import { bareVersion, frontOf } from './front.ts'
import { type PinGroup, schemeOf } from './group.ts'
import type { Following } from './together.ts'

/** A follower with what its source publishes, and which of that policy lets it move to: each by its version and what stands before. */
export type Companion = Following & {
  readonly published: ReadonlySet<string>
  readonly allowed: ReadonlyMap<string, Release>
}

/** A follower as partners are looked for. */
export function companion(
  following: Following,
  releases: readonly Release[],
  candidates: readonly Release[],
): Companion {
  return {
    ...following,
    published: new Set(releases.map(({ version }) => key(frontOf(version), version))),
    allowed: new Map(candidates.map(release => [key(frontOf(release.version), release.version), release])),
  }
}

function key(front: string, version: string): string {
  return `${front} ${bareVersion(version)}`
}

/** The release that a follower takes when its leader moves, or why there is none. */
export type Partner = { readonly ok: true; readonly release: Release } | { readonly ok: false; readonly reason: string }

/** How many of the latest versions that a leader has left behind say whether its follower is released with it. */
const LOOKED_AT = 10

/**
 * Whether two sources really release the same versions, or only happen to stand at one: of the latest versions that the
 * leader has left behind, since the follower began, the follower has at least half. True where there are none.
 */
export function releasedTogether(leader: PinGroup, releases: readonly Release[], theirs: readonly Release[]): boolean {
  const now = lowestVersion(leader)
  const has = new Set(theirs.map(({ version }) => bareVersion(version)))
  const [first] = versions([...has]).toSorted(compareVersions)
  const at = now && readVersion(bareVersion(now.text), 'image')
  if (!at || !first) return true
  const past = versions(releases.map(({ version }) => bareVersion(version)))
    .filter(version => compareVersions(version, at) < 0 && compareVersions(version, first) >= 0)
    .toSorted((a, b) => compareVersions(b, a))
    .slice(0, LOOKED_AT)
  return past.filter(({ text }) => has.has(text)).length * 2 >= past.length
}

/** The stable versions of some texts, those that are nothing but a version. */
function versions(texts: readonly string[]): readonly Version[] {
  const read = [...new Set(texts)].flatMap(text => readVersion(text, 'image') ?? [])
  return read.filter(({ family, semver }) => family === '' && semver.prerelease.length === 0)
}

/** The very version of a leader's release at a follower's own source, written as the follower is written. */
export function partnerOf(release: Release, { group, published, allowed }: Companion): Partner {
  const wanted = key(frontOf(group.pins[0].version), release.version)
  const found = allowed.get(wanted)
  if (found) return { ok: true, release: found }
  const { component, source } = group
  const where = published.has(wanted)
    ? 'is not among the versions that policy allows'
    : `is not published at ${source.url} yet`
  return { ok: false, reason: `${component}, which moves with it, ${where} as ${bareVersion(release.version)}` }
}

/** An upgrade with those that follow it; `partners` are their releases, in the order of the companions. */
export function joined(
  upgrade: Upgrade,
  companions: readonly Companion[],
  partners: readonly Release[],
  notYet: Upgrade['notYet'],
): Upgrade {
  const followers = companions.flatMap(({ group, why }, i): Follower[] => {
    const { component, kind, source, pins } = group
    const to = partners[i]
    const from = lowestVersion(group)?.text ?? group.pins[0].version
    return to === undefined || source.type === 'unknown'
      ? []
      : [{ component, kind, source, pins: pins.filter(pin => isOlder(pin, to, group)), from, to, why }]
  })
  return { ...upgrade, followers, notYet }
}

function isOlder({ version }: Pin, to: Release, { source }: PinGroup): boolean {
  const [own, goal] = [version, to.version].map(text => readVersion(text, schemeOf(source)))
  return own != null && goal != null && compareVersions(own, goal) < 0
}
