import type { Proposal } from '../model.ts'
import { list, move, named, pull, refusal, type Section } from './dashboard-lines.ts'
import { box } from './dashboard-ticks.ts'
import { type DashboardView, mayPromote, open, type Refused, waiting } from './dashboard-view.ts'

/** Room of all boxes in UTF-16 units; what finds none appears when others are gone. */
const ROOM = 10_000

/** Whether CI is red on the head of a pull request and we have no further answer to it. */
function isStuck({ head, memory }: Proposal): boolean {
  const last = memory.replans.at(-1)
  return last?.head === head && last.did === 'hold'
}

function unignore({ branch, component, environment, number, what, version }: Refused): readonly string[] {
  const text = `Propose again: ${named(component, environment)} ${refusal(what, version)}, refused in ${pull(number)}`
  return box({ what: 'unignore', branch, version }, text)
}

/** The boxes, those that people are waited for first. A box is whole or not there. */
export function controls(view: DashboardView): Section {
  const may = (what: 'promote' | 'open' | 'unignore' | 'retry', boxes: readonly string[]) =>
    view.mayTick.has(what) ? boxes : []
  const waits = waiting(view)
  const promote = waits.filter(one => mayPromote(view, one))
  const outside = waits.filter(({ because }) => because === 'schedule' || because === 'limit')
  const lines = [
    ...box({ what: 'look', branch: '', version: '' }, 'Look at everything again now'),
    ...may(
      'promote',
      promote.flatMap(one =>
        box(
          { what: 'promote', branch: one.branch, version: one.to },
          `Go on although nobody knows its health: ${move(one)}`,
        ),
      ),
    ),
    ...may(
      'retry',
      open(view)
        .filter(isStuck)
        .flatMap(({ branch, number, memory }) =>
          box({ what: 'retry', branch, version: memory.to }, `Try again after the red CI: ${pull(number)}`),
        ),
    ),
    ...may('unignore', view.refused.flatMap(unignore)),
    ...may(
      'open',
      outside.flatMap(one => box({ what: 'open', branch: one.branch, version: one.to }, `Open now: ${move(one)}`)),
    ),
  ]
  return list('What you can do here', lines, ROOM)
}
