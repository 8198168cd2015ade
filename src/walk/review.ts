import { type Shift, shifts } from '../choose/changed.ts'
import { type Convoy, lowestVersion } from '../choose/index.ts'
import { componentPolicy } from '../config.ts'
import { leftOut, type Seen } from '../decide/review.ts'
import { detect } from '../detect/index.ts'
import type { Change, Follower, Looked, Pin, Review, Upgrade } from '../model.ts'
import { type Along, type Bump, bumpsOf } from './bumps.ts'
import { before, behindIn, behindOf } from './left-behind.ts'
import { knownOf } from './outcome.ts'
import { prove, type Repository } from './prove.ts'
import { type Published, published } from './published.ts'

/** Upgrades of one pull request that are proved; each takes seconds. */
const MOST = 30

/** The default branch, and the pins of every branch that feeds an environment. */
export type Reviewable = Repository & { readonly everywhere: readonly Pin[] }

/** What a pull request moves, and the trees that it is read from. */
export type Moves = { readonly moves: readonly Shift[]; readonly fork: Seen; readonly head: Seen }

/** The pins of the default branch that a pull request moves. Policy is that of the default branch, whatever the head says. */
export function movesOf({ detected, policy }: Pick<Repository, 'detected' | 'policy'>, change: Change): Moves {
  const fork: Seen = { tree: change.fork, pins: detect(change.fork, policy).pins }
  const head: Seen = { tree: change.head, pins: detect(change.head, policy).pins }
  return { moves: shifts(detected.pins, fork.pins, head.pins), fork, head }
}

/** What a plan says alike of what leads and of what follows. */
function memberOf({ group }: Bump, { source, release }: Published) {
  const { component, kind, pins } = group
  return { component, kind, source, pins, from: lowestVersion(group)?.text ?? pins[0].version, to: release }
}

/** What moves along with a bump, each to its own release. */
async function followersOf({ world }: Repository, along: readonly Along[]): Promise<Looked<readonly Follower[]>> {
  const followers: Follower[] = []
  for (const { bump, why } of along) {
    const looked = await published(world, bump)
    if (!looked.ok) return { ...looked, reason: `${bump.group.component}: ${looked.reason}` }
    followers.push({ ...memberOf(bump, looked.value), why })
  }
  return { ok: true, value: followers }
}

/** The upgrade that a pull request makes: not chosen, taken as it is. */
function upgradeOf(bump: Bump, looked: Published, followers: readonly Follower[]): Upgrade {
  const { version } = looked.release
  const path = [{ to: version, because: null, source: null }]
  const { environment } = bump.group
  return { ...memberOf(bump, looked), environment, available: [version], path, followers, notYet: [] }
}

function unknown({ group, to }: Bump, reason: string): Review {
  return { kind: 'unknown', outcome: knownOf(group), to: to.version, reason, leftOut: [] }
}

type Bumped = { readonly convoy: Convoy; readonly bump: Bump; readonly along: readonly Along[] }

/** One upgrade of a pull request: proved on the default branch as a plan of ours is, and held against what the pull request changes. */
async function reviewOne(repository: Reviewable, { convoy, bump, along }: Bumped, found: Moves): Promise<Review> {
  const { world, policy, detected, tree } = repository
  const looked = await published(world, bump)
  if (!looked.ok) return unknown(bump, looked.reason)
  const followers = await followersOf(repository, along)
  if (!followers.ok) return unknown(bump, followers.reason)
  const upgrade = upgradeOf(bump, looked.value, followers.value)
  const outcome = await prove(repository, upgrade, componentPolicy(policy, bump.group), knownOf(bump.group))
  if (outcome.kind !== 'planned') return unknown(bump, 'reason' in outcome ? outcome.reason : outcome.kind)
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

/** An upgrade whose walk fails in a way that nobody foresaw costs only itself. */
async function reviewOrReason(repository: Reviewable, bumped: Bumped, found: Moves): Promise<Review> {
  try {
    return await reviewOne(repository, bumped, found)
  } catch (error) {
    return unknown(bumped.bump, `the walk failed, please report this: ${error}`)
  }
}

/** What a pull request of somebody else comes to, upgrade by upgrade; empty when it moves nothing that we know. */
export async function reviewsOf(repository: Reviewable, found: Moves): Promise<readonly Review[]> {
  const reviews: Review[] = []
  if (found.moves.length === 0) return reviews
  for (const bumped of bumpsOf(repository.detected.pins, repository.policy, found.moves)) {
    reviews.push(
      reviews.length < MOST
        ? await reviewOrReason(repository, bumped, found)
        : unknown(bumped.bump, `this pull request moves more than ${MOST} things; this one was not looked at`),
    )
  }
  return reviews
}
