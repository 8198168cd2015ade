import type { Pin, PinKind, Source } from '../model.ts'
import { remembered } from '../text/remembered.ts'
import { lowestVersion } from './candidates.ts'
import { type ChartTrains, type Coupling, chartTrains, coupling } from './coupled.ts'
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
 * Puts groups together that are of one release (`coupling`): in one environment, at the same version but for what stands
 * before it, and not kept apart by policy. Every group is in one convoy, most of them alone. In the order of the groups,
 * a convoy where its leader stands; who leads does not depend on that order.
 */
export function together(
  groups: readonly PinGroup[],
  mayJoin: (group: PinGroup, leader: PinGroup) => boolean,
): readonly Convoy[] {
  const trains = chartTrains(groups.flatMap(({ pins }) => pins))
  const alike = Map.groupBy(groups, group => JSON.stringify([group.environment, standing(group)]))
  const convoys = [...alike.values()].flatMap(some =>
    standing(some[0]) === null ? some.map(leader => ({ leader, followers: [] })) : convoysOf(some, mayJoin, trains),
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
  trains: ChartTrains,
): readonly Convoy[] {
  const left = new Set(groups.toSorted(byLead))
  return [...left].flatMap(leader => {
    if (!left.delete(leader)) return []
    const members = [leader]
    const followers: Following[] = []
    // The list grows while it is walked: who follows can bring others along.
    for (const member of members) {
      for (const group of left) {
        const why = mayJoin(group, leader) ? because(group, member, trains) : null
        if (why === null) continue
        left.delete(group)
        members.push(group)
        followers.push({ group, why })
      }
    }
    return [{ leader, followers }]
  })
}

/** What a group has in common with another one, as it follows "because it is". */
const ALIKE: Readonly<Record<Coupling, string>> = {
  publisher: 'of one publisher and one release with',
  images: 'an image of the same project and release as',
  override: 'taken by the same kustomization at the release of',
  charts: 'a chart of a repository that releases all of them at once, like',
}

/** Why a group moves with another one; null when it does not. */
function because(group: PinGroup, member: PinGroup, trains: ChartTrains): string | null {
  const found = coupled(group, member, trains)
  return found && `it is ${ALIKE[found.alike]} ${member.component} (${at(found.to)})`
}

/** The first pin of a member with which some pin of a group is coupled, and how. */
function coupled(
  group: PinGroup,
  member: PinGroup,
  trains: ChartTrains,
): { readonly to: Pin; readonly alike: Coupling } | null {
  const places = placesOf(member)
  for (const pin of group.pins)
    for (const to of [member.pins[0], ...placeKeys(pin).flatMap(key => places.get(key) ?? [])]) {
      const alike = coupling(pin, to, trains)
      if (alike !== null) return { to, alike }
    }
  return null
}

/**
 * Pins of one group differ only in where they stand, so one of each kind speaks for a file, a folder and the folder above:
 * nobody has to compare every pin with every other.
 */
const placesOf = remembered(({ pins }: PinGroup): ReadonlyMap<string, readonly Pin[]> => {
  const places = new Map<string, Map<PinKind, Pin>>()
  for (const pin of pins)
    for (const key of placeKeys(pin)) {
      const kinds = places.get(key) ?? new Map<PinKind, Pin>()
      if (!kinds.has(pin.kind)) kinds.set(pin.kind, pin)
      places.set(key, kinds)
    }
  return new Map([...places].map(([key, kinds]) => [key, [...kinds.values()]]))
})

const placeKeys = remembered(({ place: { file } }: Pin): readonly string[] => {
  const parts = file.split('/')
  return [0, 1, 2].map(up => `${up} ${parts.slice(0, parts.length - up).join('/')}`)
})

function at({ place }: Pin): string {
  return `${place.file}:${place.line}`
}
