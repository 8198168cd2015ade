import type { Because, Proposal } from '../model.ts'
import { cell, code, neutralise } from '../text/markdown.ts'
import { list, moment, move, named, pull, type Section, version } from './dashboard-lines.ts'
import { type DashboardView, isStopped, open, type Waiting, type Watched, waiting } from './dashboard-view.ts'
import { sentence } from './summary.ts'

/** Room of each section in UTF-16 units. */
const ROOM = { held: 5_000, awaiting: 4_000, limited: 3_500, soaking: 3_000, failed: 4_000, blocked: 4_000 } as const

/** Longest sentence of somebody else in a line. */
const SAID = 200

/**
 * One that waits, with its reason, and until when where the reason does not say it. Room under a limit comes with whatever is merged or
 * closed: its time is a guess that would change with each look.
 */
function line(one: Waiting): string {
  const { until, because, reason } = one
  const isTold = until === null || because === 'limit' || reason.includes(until)
  return `- ${move(one)}: ${sentence(reason)}${isTold ? '' : ` (until ${moment(until)})`}`
}

/** A pull request that is left as it is: because somebody said so, or has committed to its branch. */
function leftAlone({ number, memory, humanCommit }: Proposal): readonly string[] {
  const { hold } = memory
  const start = `- ${pull(number)} ${named(memory.component, memory.environment)}`
  if (humanCommit !== null)
    return [`${start}: ${code(humanCommit.author, 100)} has committed to its branch, so it is left alone`]
  if (hold === null) return []
  const reason = hold.reason === '' ? '' : `: ${neutralise(hold.reason, SAID)}`
  return [`${start}: on hold by ${code(hold.by, 100)} since ${moment(hold.at)}${reason}`]
}

function failed({ component, environment, version: runs, health }: Watched): readonly string[] {
  if (health.kind !== 'failed') return []
  const said = health.evidence
    .filter(({ state }) => state === 'failure')
    .slice(0, 3)
    .map(({ name, says }) => `${code(name, 120)}${says === '' ? '' : ` says ${cell(says, SAID)}`}`)
  const start = `- ${named(component, environment)} ${version(runs)} since ${moment(health.at)}`
  return [said.length === 0 ? start : `${start}: ${said.join('; ')}`]
}

/** What waits for nothing that a section of its own is about. */
const HELD: readonly Because[] = ['age', 'approval', 'foreign', 'person', 'health']

/** Everything that waits, each kind with its reasons. */
export function waitingSections(view: DashboardView): {
  readonly before: readonly Section[]
  readonly after: readonly Section[]
} {
  const all = waiting(view)
  const of = (...kinds: readonly Because[]) => all.filter(({ because }) => kinds.includes(because))
  const held = of(...HELD).filter(one => !isStopped(view, one))
  const stopped = all.filter(one => isStopped(view, one))
  return {
    before: [
      list('Held', [...open(view).flatMap(leftAlone), ...held.map(line)], ROOM.held),
      list('Awaiting their schedule or window', of('schedule', 'window').map(line), ROOM.awaiting),
      list('Rate-limited', of('limit').map(line), ROOM.limited),
    ],
    after: [
      list('Soaking', of('soak').map(line), ROOM.soaking),
      list(
        'Failed health',
        [...new Set([...view.watched.values()].flat().flatMap(failed)), ...stopped.map(line)],
        ROOM.failed,
      ),
      list('Blocked by something else', of('blocked', 'hop').map(line), ROOM.blocked),
    ],
  }
}
