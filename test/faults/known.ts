import type { Violation } from './invariants.ts'
import type { Schedule } from './schedule.ts'

/** Something that the trials find and that is not mended yet. It is counted and named, and fails no run. */
export type Known = {
  readonly name: string
  readonly why: string
  readonly is: (violation: Violation, schedule: Schedule) => boolean
}

/** What is known. The list is meant to be empty. */
export const KNOWN: readonly Known[] = []
