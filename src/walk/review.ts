import { type Shift, shifts } from '../choose/changed.ts'
import { bareVersion } from '../choose/front.ts'
import {
  type Companion,
  type Convoy,
  candidates,
  companion,
  groupPins,
  lowestVersion,
  type PinGroup,
  partnerOf,
  releasedTogether,
  together,
} from '../choose/index.ts'
import { componentPolicy, type Policy } from '../config.ts'
import { leftOut, type Seen } from '../decide/review.ts'
import { detect } from '../detect/index.ts'
import type { Change, Follower, LeftOut, Looked, Outcome, Pin, Release, Review, Upgrade } from '../model.ts'
import { compareTexts } from '../text/order.ts'
import { compareVersions, readVersion } from '../text/version.ts'
import type { World } from '../world.ts'
import { groupsOf } from './convoy.ts'
import { comesFirst, prerequisite, wayTo } from './hops.ts'
import { knownOf } from './outcome.ts'
import { prove, type Repository } from './prove.ts'
import { gateOf } from './steps.ts'

/** Upgrades of one pull request that are proved; each takes seconds. */
const MOST = 30

/** What a pull request moves, and the trees that it is read from. */
export type Moves = { readonly moves: readonly Shift[]; readonly fork: Seen; readonly head: Seen }

/** The pins of the default branch that a pull request moves. Policy is that of the default branch, whatever the head says. */
export function movesOf({ detected, policy }: Pick<Repository, 'detected' | 'policy'>, change: Change): Moves {
  const fork: Seen = { tree: change.fork, pins: detect(change.fork, policy).pins }
  const head: Seen = { tree: change.head, pins: detect(change.head, policy).pins }
  return { moves: shifts(detected.pins, fork.pins, head.pins), fork, head }
}

/** A group as far as a pull request moves it to one version; `whole` is the group as it stands. */
type Bump = { readonly group: PinGroup; readonly whole: PinGroup; readonly to: Shift['to'] }

function bumpsIn(whole: PinGroup, moves: ReadonlyMap<Pin, Shift['to']>): readonly Bump[] {
  const moved = whole.pins.flatMap(pin => {
    const to = moves.get(pin)
    return to === undefined ? [] : [{ pin, to }]
  })
  const targets = Map.groupBy(moved, ({ pin, to }) => (to.version === pin.version ? JSON.stringify(to) : to.version))
  return [...targets.values()].flatMap(some => {
    const [first, ...rest] = some
    if (first === undefined) return []
    return [{ group: { ...whole, pins: [first.pin, ...rest.map(({ pin }) => pin)] }, whole, to: first.to }]
  })
}

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

type Published = { readonly release: Release; readonly releases: readonly Release[] }

/** The release that a pull request moves to, as its source has it; a digest alone needs no list. */
async function published(world: World, { group, to }: Bump): Promise<Looked<Published>> {
  const { source } = group
  if (source.type === 'unknown') return { ok: false, reason: source.reason, retry: false }
  if (group.pins.every(({ version }) => version === to.version) || to.version.startsWith('sha256:'))
    return { ok: true, value: { release: unlisted(to), releases: [] } }
  world.progress(`${knownOf(group).branch}: asking ${source.url} for ${to.version}`)
  const looked = await world.releases(source)
  if (!looked.ok) return looked
  const exact = looked.value.find(({ version }) => version === to.version)
  const release = exact ?? (source.chart === null ? undefined : looked.value.find(isNamed(to.version)))
  return release
    ? { ok: true, value: { release, releases: looked.value } }
    : { ok: false, reason: `no ${to.version} is published at ${source.url}`, retry: false }
}

/** What moves along with a bump, in the words of a plan. */
type Along = { readonly bump: Bump; readonly why: string }

function follower({ group }: Bump, to: Release, why: string): readonly Follower[] {
  const { component, kind, source, pins } = group
  return source.type === 'unknown' ? [] : [{ component, kind, source, pins, from: fromOf(group), to, why }]
}

function fromOf(group: PinGroup): string {
  return lowestVersion(group)?.text ?? group.pins[0].version
}

/** The upgrade that a pull request makes: not chosen, taken as it is. */
function upgradeOf({ group }: Bump, release: Release, followers: readonly Follower[]): Upgrade | null {
  const { component, environment, kind, source, pins } = group
  if (source.type === 'unknown') return null
  const path = [{ to: release.version, because: null, source: null }]
  const available = [release.version]
  const from = fromOf(group)
  return { component, environment, kind, source, pins, from, to: release, available, path, followers, notYet: [] }
}

/** Whether a pin stands where those that move come from, or before; digests have no order. */
function isBehind(pin: Pin, { group, to }: Bump): boolean {
  if (pin.version === to.version) return pin.digest !== null && to.digest !== null && pin.digest.value !== to.digest
  const isOld = group.pins.some(({ version }) => version === pin.version)
  return isOld || (!to.version.startsWith('sha256:') && compareTexts(pin.version, to.version) < 0)
}

/** Places of the same component that we would move too, and that stay. */
function behindIn(bump: Bump, moved: ReadonlySet<Pin>): readonly LeftOut[] {
  const { whole } = bump
  return whole.pins
    .filter(pin => !moved.has(pin) && isBehind(pin, bump))
    .map(pin => stays(pin, whole.component, `${whole.component} moves elsewhere in this environment`))
}

function stays({ version, place: { file, line } }: Pin, component: string, why: string): LeftOut {
  return { kind: 'place', component, version, file, line, why }
}

/** Groups of the same release that the pull request leaves where they are, though their own source has the version too. */
async function behindOf(
  { world, policy }: Repository,
  convoy: Convoy,
  { whole }: Bump,
  { release, releases }: Published,
  moved: ReadonlySet<Pin>,
): Promise<readonly LeftOut[]> {
  const left = convoy.followers.filter(({ group }) => group !== whole && !group.pins.some(pin => moved.has(pin)))
  const all: LeftOut[] = []
  for (const { group, why } of left) {
    const looked = group.source.type === 'unknown' ? null : await world.releases(group.source)
    if (!looked?.ok || !releasedTogether(whole, releases, looked.value)) continue
    const newer = candidates(group, looked.value, componentPolicy(policy, group))
    const one: Companion = companion({ group, why }, looked.value, newer)
    if (partnerOf(release, one).ok) all.push(...group.pins.map(pin => stays(pin, group.component, why)))
  }
  return all
}

/** What has to happen before: a version that may not be skipped, another tool, an environment that goes first. */
function before(
  { detected, policy }: Repository,
  upgrade: Upgrade,
  { group }: Bump,
  { release, releases }: Published,
  isLow: boolean,
): readonly LeftOut[] {
  const takeable = candidates(group, releases, componentPolicy(policy, group))
  const route = wayTo(upgrade, { takeable, published: releases })
  const [hop] = route.hops
  const says = [
    hop && !route.allows(release) ? comesFirst(hop) : null,
    prerequisite(detected, upgrade),
    isLow ? null : gateOf({ detected, policy }, [group])({ release, brings: [release] }),
  ]
  return says.flatMap(text => (text === null ? [] : [{ kind: 'first' as const, says: text }]))
}

function unknown({ group, to }: Bump, reason: string): Review {
  return { kind: 'unknown', outcome: knownOf(group), to: to.version, reason, leftOut: [] }
}

/** One upgrade of a pull request: proved on the default branch as a plan of ours is, and held against what the pull request changes. */
async function reviewOne(
  repository: Repository,
  convoy: Convoy,
  bump: Bump,
  along: readonly Along[],
  found: Moves,
): Promise<Review> {
  const { world, policy, detected, tree } = repository
  const looked = await published(world, bump)
  if (!looked.ok) return unknown(bump, looked.reason)
  const followers: Follower[] = []
  for (const one of along) {
    const theirs = await published(world, one.bump)
    if (!theirs.ok) return unknown(bump, `${one.bump.group.component}: ${theirs.reason}`)
    followers.push(...follower(one.bump, theirs.value.release, one.why))
  }
  const upgrade = upgradeOf(bump, looked.value.release, followers)
  if (upgrade === null) return unknown(bump, 'its source is not known')
  const outcome = await prove(repository, upgrade, componentPolicy(policy, bump.group), knownOf(bump.group))
  if (outcome.kind !== 'planned') return unknown(bump, reasonOf(outcome))
  const moved = new Set(found.moves.map(({ pin }) => pin))
  const { fork, head, moves } = found
  const { plan } = outcome
  return {
    kind: 'reviewed',
    outcome,
    to: upgrade.to.version,
    leftOut: [
      ...before(repository, upgrade, bump, looked.value, plan.assessed.final === 'low'),
      ...leftOut(plan, moves, { now: { tree, pins: detected.pins }, fork, head }),
      ...[bump, ...along.map(one => one.bump)].flatMap(one => behindIn(one, moved)),
      ...(await behindOf(repository, convoy, bump, looked.value, moved)),
    ],
  }
}

function reasonOf(outcome: Outcome): string {
  return 'reason' in outcome ? outcome.reason : 'there is nothing to prove'
}

/** The upgrades of one convoy that a pull request makes, with what moves along put under what leads. */
function planned(
  { leader, followers }: Convoy,
  bumps: readonly Bump[],
): readonly (readonly [Bump, readonly Along[]])[] {
  const [leads, ...others] = bumps
  if (leads === undefined) return []
  const why = (bump: Bump) => followers.find(({ group }) => group === bump.whole)?.why ?? `it leads ${leader.component}`
  const isAlong = ({ whole, to }: Bump) =>
    whole !== leads.whole && bareVersion(to.version) === bareVersion(leads.to.version)
  const along = others.filter(isAlong).map(bump => ({ bump, why: why(bump) }))
  return [[leads, along], ...others.filter(bump => !isAlong(bump)).map(bump => [bump, []] as const)]
}

/** Policy keeps apart what has another `groupName`; what it switches off is reviewed all the same, because another bot moves it. */
function convoysIn(pins: readonly Pin[], policy: Policy): readonly Convoy[] {
  return together(
    groupPins(pins),
    (group, leader) => componentPolicy(policy, group).groupName === componentPolicy(policy, leader).groupName,
  )
}

/** What a pull request of somebody else comes to, upgrade by upgrade; empty when it moves nothing that we know. */
export async function reviewsOf(repository: Repository, found: Moves): Promise<readonly Review[]> {
  const moves = new Map(found.moves.map(({ pin, to }) => [pin, to]))
  const reviews: Review[] = []
  if (moves.size === 0) return reviews
  for (const convoy of convoysIn(repository.detected.pins, repository.policy)) {
    const bumps = groupsOf(convoy).flatMap(group => bumpsIn(group, moves))
    for (const [bump, along] of planned(convoy, bumps)) {
      const isTooMuch = reviews.length >= MOST
      reviews.push(
        isTooMuch
          ? unknown(bump, `this pull request moves more than ${MOST} things; this one was not looked at`)
          : await reviewOne(repository, convoy, bump, along, found),
      )
    }
  }
  return reviews
}
