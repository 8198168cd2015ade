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
