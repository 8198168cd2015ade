import type { Fact } from '../model.ts'
import type { Comparer, Comparison } from './comparison.ts'
import { compareCrds } from './crds.ts'
import { compareDefaults } from './defaults.ts'
import { compareImages } from './images.ts'
import { compareNotes } from './notes.ts'
import { compareObjects } from './objects.ts'
import { compareRenders } from './renders.ts'
import { compareResources } from './resources.ts'
import { compareValues } from './values.ts'
import { compareVersions } from './versions.ts'

export type { Comparison } from './comparison.ts'

/** Every comparer; the order is the order of the facts and so of their evidence ids. */
const COMPARERS: readonly Comparer[] = [
  compareVersions,
  compareNotes,
  compareRenders,
  compareCrds,
  compareResources,
  compareValues,
  compareDefaults,
  compareObjects,
  compareImages,
]

/** What differs between the two sides of an upgrade. What could not be looked at is a fact too, never a missing one. */
export function compare(input: Comparison): readonly Fact[] {
  return COMPARERS.flatMap(comparer => comparer(input))
}
