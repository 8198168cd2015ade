import type { Violation } from './invariants.ts'
import type { Schedule } from './schedule.ts'

/** Something that the trials find and that is not mended yet. It is counted and named, and fails no run. */
export type Known = {
  readonly name: string
  readonly why: string
  readonly is: (violation: Violation, schedule: Schedule) => boolean
}

const does = (schedule: Schedule, ...acts: readonly string[]) =>
  [...schedule.acts, ...schedule.interrupts.map(({ does: act }) => act)].some(({ act }) => acts.includes(act))

/** What is known. The list is meant to be empty. */
export const KNOWN: readonly Known[] = [
  {
    name: 'a held pull request gets no new note',
    why: 'A note that a person removes, or replaces with an old one, is written again with the next update; while it is held there is none.',
    is: ({ invariant, says }, schedule) =>
      (invariant === 'I9' || invariant === 'I2') &&
      /lacks its (note|last write)|and is not held/.test(says) &&
      does(schedule, 'hold', 'hold-secret') &&
      does(schedule, 'drop-note', 'old-note', 'fake-note', 'forge-note'),
  },
  {
    name: 'a second dashboard',
    why: 'GitHub has no precondition for opening an issue: a request that had left when its replica stood still lands after another replica has opened the dashboard.',
    is: ({ invariant, says }, schedule) =>
      invariant === 'I9' &&
      /^\/issues\/1: nothing without faults, .*Windlass dashboard/.test(says) &&
      schedule.faults.some(({ does: harm }) => harm.startsWith('pause')),
  },
  {
    name: 'a reply in other words after a death',
    why: 'A pass that died between what a command did and its reply finds it done, and says so in the words for what is so already.',
    is: ({ invariant, says }, schedule) =>
      invariant === 'I9' &&
      /^\/pulls\/\d+\/comments\/\d+: "windlass\[bot\]: .* without faults, "windlass\[bot\]: /s.test(says) &&
      schedule.faults.some(({ does: harm }) => harm.startsWith('kill')),
  },
]
