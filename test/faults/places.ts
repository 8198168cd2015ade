import type { Border, Incarnation } from './border.ts'
import type { Jobs } from './boss.ts'
import type { GitHub } from './github.ts'

/** What one process of the product is connected to. */
export type Place = {
  readonly by: Incarnation
  readonly border: Border
  readonly github: GitHub
  readonly jobs: Jobs
  readonly engine: 'pglite' | 'postgres'
}

/** By the name of the data folder that the process was started with; it is all that the product hands on. */
const places = new Map<string, Place>()

/** Connects what will be opened with this data folder. */
export function connect(data: string, place: Place): void {
  places.set(data, place)
}

/** The place that belongs to a data folder. */
export function placeOf(data: string): Place {
  const place = places.get(data)
  if (!place) throw new Error(`nothing is connected to ${data}`)
  return place
}

/** Forgets every place of a trial that is over. */
export function disconnect(): void {
  places.clear()
}
