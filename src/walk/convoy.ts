import pMap from 'p-map'
import {
  type Companion,
  type Convoy,
  candidates,
  companion,
  type Following,
  groupPins,
  type PinGroup,
  partnerOf,
  releasedTogether,
  together,
} from '../choose/index.ts'
import { componentPolicy, type Policy } from '../config.ts'
import type { Looked, Outcome, Pin, Release } from '../model.ts'
import { knownOf, moveOf, outcomeOf, releasesOf, type Walk } from './outcome.ts'

/** Followers are asked for this many at a time. */
const AT_ONCE = 2

/** Everything that can move, put together with what moves along; policy keeps apart what has another `groupName`. */
export function convoys(pins: readonly Pin[], policy: Policy): readonly Convoy[] {
  return together(groupPins(pins), (group, leader) => {
    const [own, leads] = [componentPolicy(policy, group), componentPolicy(policy, leader)]
    return own.enabled && leads.enabled && own.groupName === leads.groupName
  })
}

/** The groups of a convoy, its leader first. */
export function groupsOf({ leader, followers }: Convoy): readonly PinGroup[] {
  return [leader, ...followers.map(({ group }) => group)]
}

/** A companion with what is left of it where nothing leads: its releases, and the newest that it may move to. */
type Known = Companion & { readonly releases: readonly Release[]; readonly newest: Release | null }

type Asked = Following & { readonly looked: Looked<readonly Release[]> }

/**
 * The life of everything in a convoy. Followers whose source shows that they are not released with the leader go their own
 * way. The others move with it or not at all: where one of them cannot be asked, nothing is concluded about any.
 */
export async function outcomesOf(walk: Walk, convoy: Convoy): Promise<readonly Outcome[]> {
  const { leader } = convoy
  if (convoy.followers.length === 0) return [await outcomeOf(walk, leader)]
  const releases = await releasesOf(walk, leader)
  const asked = await pMap(
    convoy.followers,
    async (one): Promise<Asked> => ({ ...one, looked: await releasesOf(walk, one.group) }),
    { concurrency: AT_ONCE },
  )
  const along = asked.filter(one => !releases.ok || isAlong(leader, releases.value, one))
  const apart = asked.filter(one => !along.includes(one) && isAsked(walk, [one.group]))
  const own = await pMap(apart, ({ group }) => outcomeOf(walk, group), { concurrency: AT_ONCE })
  const groups = [leader, ...along.map(({ group }) => group)]
  if (!isAsked(walk, groups)) return own
  const silent = along.find(({ looked }) => !looked.ok)
  if (!releases.ok) return [...unknown(groups, leader, releases), ...own]
  if (silent && !silent.looked.ok) return [...unknown(groups, silent.group, silent.looked), ...own]
  const companions = along.map(one => companionOf(walk, one))
  return [...(await moved(walk, leader, releases.value, companions)), ...own]
}

function isAsked({ wanted }: Walk, groups: readonly PinGroup[]): boolean {
  return wanted.component === null || groups.some(({ component }) => component === wanted.component)
}

function isAlong(leader: PinGroup, releases: readonly Release[], { looked }: Asked): boolean {
  return !looked.ok || releasedTogether(leader, releases, looked.value)
}

function companionOf({ policy }: Walk, { group, why, looked }: Asked): Known {
  const releases = looked.ok ? looked.value : []
  const newer = candidates(group, releases, componentPolicy(policy, group))
  return { ...companion({ group, why }, releases, newer), releases, newest: newer[0] ?? null }
}

function unknown(groups: readonly PinGroup[], silent: PinGroup, { reason }: { readonly reason: string }): Outcome[] {
  const names = groups.filter(group => group !== silent).map(({ component }) => component)
  return groups.map(group => ({
    ...knownOf(group),
    kind: 'unknown',
    reason:
      group === silent
        ? `${reason}; ${names.join(', ')} moves together with it and stays too`
        : `it moves together with ${silent.component}, whose versions could not be looked up: ${reason}; a \`groupName\` of its own lets it move alone`,
  }))
}

/** What becomes of the leader, and of each companion with it. */
async function moved(
  walk: Walk,
  leader: PinGroup,
  releases: readonly Release[],
  companions: readonly Known[],
): Promise<readonly Outcome[]> {
  if (candidates(leader, releases, componentPolicy(walk.policy, leader)).length > 0) {
    const leads = await moveOf(walk, leader, releases, companions)
    return [leads, ...companions.map(one => following(leads, one))]
  }
  const own = isAsked(walk, [leader]) ? [await moveOf(walk, leader, releases, [])] : []
  const others = companions.filter(({ group }) => isAsked(walk, [group]))
  const behind = companion({ group: leader, why: '' }, releases, [])
  return [...own, ...(await pMap(others, one => stays(walk, behind, one), { concurrency: AT_ONCE }))]
}

/** A companion goes where its leader goes. */
function following(leads: Outcome, { group }: Companion): Outcome {
  const known = knownOf(group)
  const leader = leads.component
  switch (leads.kind) {
    case 'planned': {
      const own = leads.plan.upgrade.followers.find(({ component }) => component === group.component)
      return { ...known, kind: 'follows', leader, to: own?.to.version ?? leads.plan.upgrade.to.version }
    }
    case 'held':
      return { ...leads, ...known, reason: `it moves together with ${leader}: ${leads.reason}` }
    case 'declined':
    case 'unknown':
      return { ...known, kind: leads.kind, reason: `it moves together with ${leader}: ${leads.reason}` }
    default:
      return { ...known, kind: 'current' }
  }
}

/** No newer version leads: a companion that has one waits for it, and any other may still have a new digest. */
async function stays(walk: Walk, leader: Companion, { group, releases, newest }: Known): Promise<Outcome> {
  if (newest === null) return moveOf(walk, group, releases, [])
  const lack = partnerOf(newest, leader)
  const reason = lack.ok ? '' : lack.reason
  return { ...knownOf(group), kind: 'held', to: newest.version, because: 'blocked', reason, until: null }
}
