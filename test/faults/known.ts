import type { Violation } from './invariants.ts'
import type { Schedule } from './schedule.ts'

/** Something that the trials find and that is not mended yet. It is counted and named, and fails no run. */
export type Known = {
  readonly name: string
  readonly why: string
  readonly is: (violation: Violation, schedule: Schedule) => boolean
}

/** What is known. The list is meant to be empty. */
export const KNOWN: readonly Known[] = [
  {
    name: 'a replica that stood still forgets the dashboard of the others',
    why: 'Its request is held back by the fence, but what it keeps before and after (github-dashboard.ts, create) is not.',
    is: ({ invariant, says }, { faults }) =>
      faults.some(({ does: harm }) => harm.startsWith('pause')) &&
      ((invariant === 'I6' && says.includes('twice: the issue')) ||
        (invariant === 'I9' && says.startsWith('/issues/'))),
  },
  {
    name: 'a reply in other words after a death',
    why: 'A pass that died between what a command did and its reply finds it done, and says so in the words for what is so already.',
    is: ({ invariant, says }, { faults }) =>
      invariant === 'I9' &&
      /^(before the sweep, )?\/pulls\/\d+\/comments\/\d+: "windlass\[bot\]: .* without faults, "windlass\[bot\]: /s.test(
        says,
      ) &&
      faults.some(({ does: harm }) => harm.startsWith('kill')),
  },
]
