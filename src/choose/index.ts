import type { ComponentPolicy } from '../config.ts'
import type { Choice, Hop, Pin, Release, Upgrade } from '../model.ts'
import { compareVersions, readRange, readVersion, type Version } from '../text/version.ts'
import { lowestVersion, policyProblem } from './candidates.ts'
import { isBehind } from './digest.ts'
import { type PinGroup, schemeOf } from './group.ts'

export { candidates, lowestVersion, policyProblem } from './candidates.ts'
export { followedTag, nextDigest } from './digest.ts'
export { groupPins, type PinGroup } from './group.ts'
export { type Companion, companion, joined, partnerOf, releasedTogether } from './partner.ts'
export { type Needed, needed } from './prerequisite.ts'
export { type Choices, countedVersion, leftBehind, type Route, routeOf } from './route.ts'
export { type Convoy, type Following, together } from './together.ts'

/** An upgrade as it is chosen, before anything joins it. */
const ALONE = { followers: [], notYet: [] } as const

/** When a version came into the world: as its publisher says, or as we first saw it. `at` is ISO 8601. */
export type Seen = { readonly at: string; readonly source: 'published' | 'first-seen' }

/**
 * The next version of a group: the newest candidate (`candidates` gives them, newest first) that is old enough.
 * `dates` holds a date for every candidate; it is only looked at when policy asks for an age. A date that is missing,
 * unreadable or in the future does not ripen, so another candidate is taken or `unknown` says why.
 */
export function choose(
  group: PinGroup,
  candidates: readonly Release[],
  dates: ReadonlyMap<string, Seen>,
  policy: ComponentPolicy,
  now: Date,
): Choice {
  const { source } = group
  if (source.type === 'unknown') return { kind: 'unknown', reason: source.reason }
  const problem = policyProblem(policy)
  if (problem !== null) return { kind: 'unknown', reason: problem }
  const from = lowestVersion(group)
  if (!from) return { kind: 'unknown', reason: notAVersion(group) }
  if (candidates.length === 0) return { kind: 'current' }
  const to = candidates.find(({ version }) => ripeAt(dates.get(version), policy, now) <= now.getTime())
  return to
    ? { kind: 'upgrade', upgrade: upgradeTo(to, from, { ...group, source }, candidates) }
    : wait(candidates, dates, policy, now)
}

/** Whether the new digest of a followed tag (`nextDigest`) is old enough to be taken; its date is in `dates` as for a version. */
export function chooseDigest(
  group: PinGroup,
  to: Release,
  dates: ReadonlyMap<string, Seen>,
  policy: ComponentPolicy,
  now: Date,
): Choice {
  const { source, component, environment, kind } = group
  if (source.type === 'unknown') return { kind: 'unknown', reason: source.reason }
  if (ripeAt(dates.get(to.version), policy, now) > now.getTime()) return wait([to], dates, policy, now)
  const pins = group.pins.filter(pin => isBehind(pin, to))
  const from = pins[0]?.version ?? to.version
  const available = [to.version]
  const path = directly(to)
  return {
    kind: 'upgrade',
    upgrade: { component, environment, kind, source, pins, from, to, available, path, ...ALONE },
  }
}

function upgradeTo(
  to: Release,
  from: Version,
  { component, environment, kind, source, pins }: PinGroup & Pick<Upgrade, 'source'>,
  candidates: readonly Release[],
): Upgrade {
  const scheme = schemeOf(source)
  const goal = readVersion(to.version, scheme)
  const isOlder = (pin: Pin) => {
    const version = readVersion(pin.version, scheme)
    return version !== null && goal !== null && compareVersions(version, goal) < 0
  }
  const available = candidates.map(({ version }) => version)
  const older = pins.filter(isOlder)
  const path = directly(to)
  return { component, environment, kind, source, pins: older, from: from.text, to, available, path, ...ALONE }
}

/** A way without a stop. */
function directly({ version }: Release): readonly Hop[] {
  return [{ to: version, because: null, source: null }]
}

/** When a version is old enough, in milliseconds since 1970; infinite when its date cannot be believed. */
function ripeAt(seen: Seen | undefined, { minimumReleaseAge }: ComponentPolicy, now: Date): number {
  if (minimumReleaseAge <= 0) return 0
  const at = seen ? Date.parse(seen.at) : Number.NaN
  return Number.isNaN(at) || at > now.getTime() ? Number.POSITIVE_INFINITY : at + minimumReleaseAge
}

function wait(
  candidates: readonly Release[],
  dates: ReadonlyMap<string, Seen>,
  policy: ComponentPolicy,
  now: Date,
): Choice {
  const asks = `policy asks for ${duration(policy.minimumReleaseAge)}`
  const [next] = candidates
    .map(({ version }) => ({ version, seen: dates.get(version), at: ripeAt(dates.get(version), policy, now) }))
    .sort((a, b) => a.at - b.at)
  if (!next?.seen || next.at === Number.POSITIVE_INFINITY)
    return { kind: 'unknown', reason: undated(candidates, dates, asks) }
  const day = next.seen.at
  const since = next.seen.source === 'published' ? `published ${day}` : `no publication date; first seen ${day}`
  return { kind: 'waiting', version: next.version, until: new Date(next.at).toISOString(), reason: `${since}, ${asks}` }
}

function undated(candidates: readonly Release[], dates: ReadonlyMap<string, Seen>, asks: string): string {
  const version = candidates[0]?.version ?? ''
  const at = dates.get(version)?.at
  const why = at === undefined ? 'has no date' : `has a date that cannot be right (${at})`
  return `${version} is newer, but ${why}, and ${asks} since publication: set minimumReleaseAge to 0 for it to be proposed`
}

function notAVersion({ pins, source }: PinGroup): string {
  const pin = pins.find(({ version }) => readVersion(version, schemeOf(source)) === null) ?? pins[0]
  const at = `${pin.place.file}:${pin.place.line}`
  if (pin.version === '') return `no version stands at ${at}: whatever is newest gets installed`
  if (/^[0-9a-f]{40}$/.test(pin.version))
    return `${pin.version.slice(0, 12)} at ${at} is the id of a commit: what it follows is not written there, so pin a tag to have its upgrades proposed`
  return readRange(pin.version) !== null && schemeOf(source) === 'chart'
    ? `\`${pin.version}\` at ${at} is a range, so it moves by itself: pin an exact version to have its upgrades proposed`
    : `\`${pin.version}\` at ${at} is not a version that can be compared`
}

const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** Milliseconds in the largest unit that has no fraction, `3 days`. */
function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms % each === 0) ?? ['second', 1000]
  const count = Math.round((ms / size) * 10) / 10
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
