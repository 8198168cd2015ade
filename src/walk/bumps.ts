import type { Shift } from '../choose/changed.ts'
import { bareVersion } from '../choose/front.ts'
import { type Convoy, groupPins, type PinGroup, together } from '../choose/index.ts'
import { componentPolicy, type Policy } from '../config.ts'
import type { Pin } from '../model.ts'
import { groupsOf } from './convoy.ts'

/** A group as far as a pull request moves it to one version; `whole` is the group as it stands. */
export type Bump = { readonly group: PinGroup; readonly whole: PinGroup; readonly to: Shift['to'] }

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

/** What moves along with a bump, in the words of a plan. */
export type Along = { readonly bump: Bump; readonly why: string }

/** The upgrades of one convoy that a pull request makes, with what moves along put under what leads. */
function planned({ followers }: Convoy, bumps: readonly Bump[]): readonly (readonly [Bump, readonly Along[]])[] {
  const [leads, ...others] = bumps
  if (leads === undefined) return []
  const along = others.flatMap((bump): readonly Along[] => {
    const follows = followers.find(({ group }) => group === bump.whole && group !== leads.whole)
    const isSame = bareVersion(bump.to.version) === bareVersion(leads.to.version)
    return follows && isSame ? [{ bump, why: follows.why }] : []
  })
  const apart = others.filter(bump => !along.some(one => one.bump === bump))
  return [[leads, along], ...apart.map(bump => [bump, []] as const)]
}

/** Policy keeps apart what has another `groupName`; what it switches off is reviewed all the same, because another bot moves it. */
function convoysIn(pins: readonly Pin[], policy: Policy): readonly Convoy[] {
  return together(
    groupPins(pins),
    (group, leader) => componentPolicy(policy, group).groupName === componentPolicy(policy, leader).groupName,
  )
}

/** Everything that a pull request moves, convoy by convoy: what leads, and what moves along with it. */
export function bumpsOf(
  pins: readonly Pin[],
  policy: Policy,
  moves: readonly Shift[],
): readonly { readonly convoy: Convoy; readonly bump: Bump; readonly along: readonly Along[] }[] {
  const byPin = new Map(moves.map(({ pin, to }) => [pin, to]))
  return convoysIn(pins, policy).flatMap(convoy => {
    const bumps = groupsOf(convoy).flatMap(group => bumpsIn(group, byPin))
    return planned(convoy, bumps).map(([bump, along]) => ({ convoy, bump, along }))
  })
}
