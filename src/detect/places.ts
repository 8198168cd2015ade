import type { Pin } from '../model.ts'
import { type HintPin, withHints } from './hint-merge.ts'

/** The pins of one file, in order of their places: one at each place, the first that is given, with what hints say of it. */
export function atPlaces(pins: readonly Pin[], hints: readonly HintPin[]): readonly Pin[] {
  if (pins.length + hints.length === 0) return []
  const taken = new Set<number>()
  const distinct = pins.filter(({ place: { start } }) => !taken.has(start) && taken.add(start))
  return withHints(distinct, hints).toSorted((a, b) => a.place.start - b.place.start)
}
