import type { Fact } from '../model.ts'
import { compareApis, compareOwnApis } from './apis.ts'
import type { Comparer, Comparison, Part } from './comparison.ts'
import { compareDelivery } from './crd-delivery.ts'
import { compareCrds } from './crds.ts'
import { compareDefaults } from './defaults.ts'
import { compareDisruptions } from './disruptions.ts'
import { compareImages } from './images.ts'
import { compareNotes } from './notes.ts'
import { compareObjects } from './objects.ts'
import { compareRenders } from './renders.ts'
import { compareResources } from './resources.ts'
import { compareValues } from './values.ts'
import { compareVersions } from './versions.ts'

export type { Comparison, Part } from './comparison.ts'
export { servedBy } from './served.ts'

/** Every comparer; the order is the order of the facts and so of their evidence ids. */
const COMPARERS: readonly Comparer[] = [
  compareVersions,
  compareNotes,
  compareRenders,
  compareCrds,
  compareDelivery,
  compareResources,
  compareValues,
  compareDefaults,
  compareObjects,
  compareApis,
  compareOwnApis,
  compareDisruptions,
  compareImages,
]

/** What the comparers of an upgrade have said already for all of its parts. */
const SAID_BY_THE_LEADER: ReadonlySet<Comparer> = new Set([compareCrds, compareResources, compareOwnApis])

/**
 * What differs between the two sides of an upgrade, then of each of its followers. What could not be looked at is a fact too,
 * never a missing one.
 */
export function compare(input: Comparison): readonly Fact[] {
  return [
    ...COMPARERS.flatMap(comparer => comparer(input)),
    ...input.followers.flatMap(part => ofFollower(input, part)),
  ]
}

/** A follower makes the step of its leader. */
function ofFollower(input: Comparison, part: Part): readonly Fact[] {
  const own: Comparison = { ...input, ...part, followers: [] }
  return COMPARERS.filter(comparer => !SAID_BY_THE_LEADER.has(comparer))
    .flatMap(comparer => comparer(own))
    .filter(({ kind }) => kind !== 'version-step')
}
