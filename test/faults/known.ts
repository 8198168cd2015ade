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
    name: 'a command on a branch with a commit of a person is answered and forgotten',
    why: 'Such a pull request is left alone (tend in src/decide/index.ts), and with it what a command has changed in its memory.',
    is: ({ invariant, says }, schedule) =>
      invariant === 'I2' && says.includes('has answered, and is') && does(schedule, 'commit', 'force-push', 'amend'),
  },
  {
    name: 'a replica that stood still forgets the dashboard of the others',
    why: 'Its request is held back by the fence, but what it keeps before and after (github-dashboard.ts, create) is not.',
    is: ({ invariant, says }, { faults }) =>
      faults.some(({ does: harm }) => harm.startsWith('pause')) &&
      ((invariant === 'I6' && says.includes('twice: the issue')) ||
        (invariant === 'I9' && says.startsWith('/issues/'))),
  },
  {
    name: 'a branch stays behind',
    why: 'Where the process dies, or the answer is lost, between closing a pull request and deleting its branch (close in github-write.ts), or between pushing and opening, and the upgrade then lands by hand, nobody deletes it.',
    is: ({ invariant, says }, { faults, acts, interrupts }) =>
      (faults.length > 0 || interrupts.length > 0) &&
      acts.length + interrupts.length > 0 &&
      ((invariant === 'I11' && says.includes('stays behind without a pull request')) ||
        (invariant === 'I9' && says.startsWith('/branches/'))),
  },
]
