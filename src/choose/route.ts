import { gtr, ltr, minVersion, Range, type SemVer } from 'semver'
import type { Known, Tool } from '../knowledge/index.ts'
import type { Hop, Release } from '../model.ts'
import { readRange, readVersion } from '../text/version.ts'

/** The way from one version to another; `allows` says which versions may be the first hop. */
export type Route = { readonly hops: readonly Hop[]; readonly allows: (release: Release) => boolean }

/** Where the next hop has to end. */
type Region = {
  readonly test: (version: SemVer) => boolean
  readonly from: SemVer
  readonly label: string
  readonly because: string
  readonly source: string
}

/** A way of more hops than any project asks for is a mistake in the data. */
const MOST_HOPS = 30

/** Stands for the newest patch of a minor of which no release is known. */
const NEWEST_PATCH = 9999

const WITH_PRERELEASES = { includePrerelease: true } as const

/** The tool's own version that a release stands for; null when it does not say. */
export function countedVersion(
  { version, appVersion }: Pick<Release, 'version' | 'appVersion'>,
  known: Pick<Known, 'version'>,
): SemVer | null {
  const text = known.version === 'app' ? version : appVersion
  return text === null ? null : (readVersion(text, 'image')?.semver ?? null)
}

function minorOf(major: number, minor: number): string {
  return `${major}.${minor}.x`
}

function sameMinor(a: SemVer, b: SemVer): boolean {
  return a.major === b.major && a.minor === b.minor
}

/** The newest patch of the minor that stands, where another minor may only be entered from it. */
function patchFirst(at: SemVer, goal: SemVer, all: readonly SemVer[], { patchFirst: rule }: Tool): Region[] {
  if (!rule || sameMinor(at, goal) || !readRange(rule.leaving)?.test(at)) return []
  const newer = all.filter(each => sameMinor(each, at) && each.compare(at) > 0)
  const isNewest = all.length > 0 ? newer.length === 0 : at.patch === NEWEST_PATCH
  if (isNewest) return []
  const because = `the newest patch of ${minorOf(at.major, at.minor)} comes before another minor`
  const test = (each: SemVer) => sameMinor(each, at)
  return [{ test, from: at, label: minorOf(at.major, at.minor), because, source: rule.source }]
}

/** The next minor, where none may be skipped. Without a list of releases, nobody knows what comes after a major version. */
function nextMinor(at: SemVer, goal: SemVer, all: readonly SemVer[], { minors: rule }: Tool): Region[] {
  if (!rule || sameMinor(at, goal) || !readRange(rule.leaving)?.test(at)) return []
  const ahead = all.filter(each => each.compare(at) > 0 && !sameMinor(each, at) && each.prerelease.length === 0)
  const [first] = ahead.toSorted((a, b) => a.compare(b))
  const next = first ?? (at.major === goal.major ? { major: at.major, minor: at.minor + 1 } : goal)
  if (next.major === goal.major && next.minor === goal.minor) return []
  const label = minorOf(next.major, next.minor)
  const from = minVersion(label) ?? at
  const test = (each: SemVer) => each.major === next.major && each.minor === next.minor
  return [{ test, from, label, because: 'no minor version may be skipped', source: rule.source }]
}

function labelOf(range: string): string {
  const [low, high] = [/>=\s*v?(\d+)\.(\d+)\./.exec(range), /<\s*v?(\d+)\.(\d+)\.0(?:-0)?$/.exec(range)]
  const [major, minor] = [Number(low?.[1]), Number(low?.[2])]
  return low && high && Number(high[1]) === major && Number(high[2]) === minor + 1 ? minorOf(major, minor) : range
}

/** Stops that lie between the version that stands and the goal. */
function stops(at: SemVer, goal: SemVer, { stops: all }: Tool): Region[] {
  return all.flatMap(({ through, why, source }) => {
    const range = readRange(through)
    const from = range && minVersion(range)
    const between = from && ltr(at, range, WITH_PRERELEASES) && gtr(goal, range, WITH_PRERELEASES)
    return between
      ? [{ test: (each: SemVer) => range.test(each), from, label: labelOf(through), because: why, source }]
      : []
  })
}

/** Where the next hop must end, null when the goal may be entered directly. */
function nextRegion(at: SemVer, goal: SemVer, all: readonly SemVer[], tool: Tool): Region | null {
  const [patch] = patchFirst(at, goal, all, tool)
  if (patch) return patch
  const [first] = [...stops(at, goal, tool), ...nextMinor(at, goal, all, tool)].toSorted((a, b) =>
    a.from.compare(b.from),
  )
  return first ?? null
}

type Entry = { readonly release: Release; readonly version: SemVer }

function entriesOf(releases: readonly Release[], known: Known): readonly Entry[] {
  return releases.flatMap(release => {
    const version = countedVersion(release, known)
    return version ? [{ release, version }] : []
  })
}

/** What may be taken, and everything that exists; both empty where nobody was asked. */
export type Choices = { readonly takeable: readonly Release[]; readonly published: readonly Release[] }

/**
 * The hops from the version that stands (`from`, null when it is not known) to the one that is wanted, by what the maintainers
 * demand: the newest patch of each required minor, the wanted version last. Where no release of a hop may be taken, it is named by
 * its range. Without knowledge nothing is demanded: a major step alone is no reason to stop in between.
 */
export function routeOf(
  from: SemVer | null,
  to: Release,
  { takeable, published }: Choices,
  known: Known | null,
): Route {
  const last: Hop = { to: to.version, because: null, source: null }
  const goal = known && countedVersion(to, known)
  const direct: Route = { hops: [last], allows: ({ version }) => version === to.version }
  if (!known || !goal || !from) return direct
  const entries = entriesOf(takeable, known)
  const all = entriesOf(published, known).map(({ version }) => version)
  const hops: Hop[] = []
  let allows: Route['allows'] | null = null
  let at = from
  while (hops.length < MOST_HOPS) {
    const region = nextRegion(at, goal, all, known.tool)
    if (!region) break
    const here = at
    const inside = entries.filter(({ version }) => region.test(version) && version.compare(here) > 0)
    const newest = inside.toSorted((a, b) => b.version.compare(a.version))[0]
    hops.push({ to: newest?.release.version ?? region.label, because: region.because, source: region.source })
    allows ??= release => inside.some(entry => entry.release === release)
    at = newest?.version ?? above(region, at)
  }
  return { hops: [...hops, last], allows: allows ?? direct.allows }
}

/**
 * Versions that an upgrade starts from and has to leave with care, as hops: what must have been done there before it goes on. Which
 * patch stands does not matter.
 */
export function leftBehind(from: SemVer, to: SemVer, { tool }: Known): readonly Hop[] {
  return tool.stops
    .filter(({ leave }) => leave.length > 0)
    .filter(({ through }) => readRange(through)?.test(from) === true && gtr(to, through, WITH_PRERELEASES))
    .map(({ why, source }) => ({ to: minorOf(from.major, from.minor), because: why, source }))
}

/** A version inside a region of which no release is known: as if its newest patch stood. */
function above({ from }: Region, at: SemVer): SemVer {
  const base = from.compare(at) > 0 ? from : at
  return minVersion(new Range(`>=${base.major}.${base.minor}.${NEWEST_PATCH}`)) ?? base
}
