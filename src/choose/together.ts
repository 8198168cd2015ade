import type { Pin, Source } from '../model.ts'
import { lowestVersion } from './candidates.ts'
import { isCoupled } from './coupled.ts'
import { bareVersion } from './front.ts'
import type { PinGroup } from './group.ts'

/** A group that moves with another one, and why, as it follows "because". */
export type Following = { readonly group: PinGroup; readonly why: string }

/** Groups of one environment that are of one release: one leads, and the others go where it goes. */
export type Convoy = { readonly leader: PinGroup; readonly followers: readonly Following[] }

/** Who leads: a chart goes before what only points at Git, and an image goes last. */
function rank({ source }: PinGroup): number {
  const charts: readonly Source['type'][] = ['helm', 'oci']
  return charts.includes(source.type) ? 0 : source.type === 'docker' ? 2 : 1
}

/** Of equals the shorter name leads, because a companion is named for what it accompanies (`x` and `x-crds`). */
function byLead(a: PinGroup, b: PinGroup): number {
  return rank(a) - rank(b) || a.component.length - b.component.length || (a.component < b.component ? -1 : 1)
}

/**
 * Puts groups together that are of one release (`isCoupled`): in one environment, at the same version but for what stands
 * before it, and not kept apart by policy. Every group is in one convoy, most of them alone. In the order of the groups,
 * a convoy where its leader stands; who leads does not depend on that order.
 */
export function together(
  groups: readonly PinGroup[],
  mayJoin: (group: PinGroup, leader: PinGroup) => boolean,
): readonly Convoy[] {
  const alike = Map.groupBy(groups, group => JSON.stringify([group.environment, standing(group)]))
  const convoys = [...alike.values()].flatMap(some =>
    standing(some[0]) === null ? some.map(leader => ({ leader, followers: [] })) : convoysOf(some, mayJoin),
  )
  const byLeader = new Map(convoys.map(convoy => [convoy.leader, convoy]))
  return groups.flatMap(group => byLeader.get(group) ?? [])
}

/** The version at which a group stands, without its front; null when it is no version. */
function standing(group: PinGroup | undefined): string | null {
  const version = group ? lowestVersion(group) : null
  return version && bareVersion(version.text)
}

function convoysOf(
  groups: readonly PinGroup[],
  mayJoin: (group: PinGroup, leader: PinGroup) => boolean,
): readonly Convoy[] {
  const left = new Set(groups.toSorted(byLead))
  return [...left].flatMap(leader => {
    if (!left.delete(leader)) return []
    const followers = [...left].flatMap((group): Following[] => {
      const why = mayJoin(group, leader) ? because(group, leader) : null
      return why === null ? [] : [{ group, why }]
    })
    for (const { group } of followers) left.delete(group)
    return [{ leader, followers }]
  })
}

function because(group: PinGroup, leader: PinGroup): string | null {
  const coupled = group.pins.some(pin => leader.pins.some(to => isCoupled(pin, to)))
  return coupled ? `it is of one publisher and one release with ${leader.component} (${at(leader.pins[0])})` : null
}

function at({ place }: Pin): string {
  return `${place.file}:${place.line}`
}
