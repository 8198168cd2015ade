import type { Fault, Harm, Kind } from './border.ts'
import { story } from './exhaustive.ts'
import { ACTS, type Act, type ActName } from './people.ts'
import type { Schedule } from './schedule.ts'
import { runTrial } from './trial.ts'
import type { WorldName } from './worlds.ts'

/** What people do one after the other, on the first component unless a number follows. */
function tale(
  world: WorldName,
  acts: readonly (ActName | readonly [ActName, number])[],
  more: Partial<Schedule> = {},
): Schedule {
  const all = acts.map(
    (act): Act => (typeof act === 'string' ? { act, component: 0 } : { act: act[0], component: act[1] }),
  )
  return { ...story(world, 1), acts: all, ...more }
}

/** Each act by itself, and those that belong together. */
export const TALES: readonly Schedule[] = [
  ...ACTS.map(act => tale('two', [act])),
  tale('one', ['hold', 'publish', 'rebase', 'resume']),
  tale('one', ['hold', 'old-note', 'publish']),
  tale('two', [['hold', 1], 'forge-note', 'publish']),
  tale('one', ['chat', 'edit-into-command', 'publish']),
  tale('one', ['hold', 'lose-notes', 'chat', 'move-base']),
  tale('one', ['commit', 'lose-notes', 'move-base']),
  tale('one', ['close', 'publish', 'move-base']),
  tale('one', ['close', 'reopen', 'publish']),
  tale('one', ['land-by-hand', 'revert-base']),
  tale('one', ['land-by-hand', 'squat', 'publish']),
  tale('one', ['commit', 'publish', 'land-by-hand']),
  tale('one', ['commit', 'rebase']),
  tale('one', ['amend', 'publish', 'rebase']),
  tale('one', ['force-push', 'publish']),
  tale('one', ['edit-body', 'edit-title', 'label', 'publish', 'rebase']),
  tale('one', ['retitle', 'publish', 'rebase']),
  tale('one', ['ignore', 'move-base', 'publish']),
  tale('one', ['stranger-foresees', 'hold', 'misspelt']),
  tale('one', ['stranger-chat', 'land-by-hand']),
  tale('one', ['stranger-hold', 'stranger-hold', 'publish']),
  tale('two', ['fork-pull', 'publish', 'own-pull', ['publish', 1]]),
  tale('one', ['hold-secret', 'publish']),
  tale('one', ['fake-note', 'publish']),
  tale('promoted', ['merge', 'merge']),
  tale('promoted', ['publish', 'merge']),
  tale('approved', ['approve-wrongly', 'merge', 'move-base']),
  tale('approved', ['approve', 'merge']),
  tale('limited', ['close', ['close', 1], 'publish']),
  tale('one', ['edit-dashboard', 'publish', 'tick-look']),
  tale('one', ['close-dashboard', 'publish']),
  tale('one', [], { forgeries: ['unsigned', 'wrong-secret', 'other-body', 'replay'] }),
  tale('one', ['hold'], { mail: [1, 2, 3, 4, 5, 6].map(nth => ({ nth, does: 'double' as const })) }),
  tale('one', ['misspelt'], { mail: [1, 2, 3, 4, 5, 6].map(nth => ({ nth, does: 'again' as const })) }),
  tale('two', ['merge', ['close', 1]], { replicas: 2 }),
]

const WITH_COMMANDS = tale('one', ['hold', 'resume', 'publish', 'misspelt'])
const WITH_ENDS = tale('one', ['land-by-hand', 'revert-base'])
const WITH_AN_END = tale('one', ['land-by-hand'])
const WITH_REWRITE = tale('one', ['edit-body', 'rebase'])
const WITH_UPDATE = tale('one', ['publish', 'move-base'])
const WITH_CLOSE = tale('one', ['ignore'])

async function atEach(
  calm: Schedule,
  kind: Kind,
  change: (place: { readonly kind: Kind; readonly nth: number }) => Partial<Schedule>,
): Promise<readonly Schedule[]> {
  const { border } = await runTrial(calm)
  return Array.from({ length: border.counts[kind] }, (_, i) => ({ ...calm, ...change({ kind, nth: i + 1 }) }))
}

const harmed =
  (does: Harm) =>
  (place: { readonly kind: Kind; readonly nth: number }): Partial<Schedule> => ({
    faults: [{ ...place, does } satisfies Fault],
  })

const interrupted =
  (act: ActName) =>
  (place: { readonly kind: Kind; readonly nth: number }): Partial<Schedule> => ({
    interrupts: [{ ...place, does: { act, component: 0 } }],
  })

/**
 * Somebody closes a pull request while it is opened, and the next list does not show it yet. By how much a read lags behind comes from the
 * seed.
 */
function* unseen(): Generator<Schedule> {
  const closing = { kind: 'rest', nth: 9, does: { act: 'close', component: 0 } } as const
  for (let seed = 1; seed <= 12; seed++)
    for (const nth of [12, 13, 14])
      yield { ...story('one', seed), interrupts: [closing], faults: [{ kind: 'rest', nth, does: 'stale' }] }
}

/** The same few tales with one thing that goes wrong, at every place where it can. */
export async function* disturbed(): AsyncGenerator<Schedule> {
  yield* unseen()
  for (const calm of [WITH_REWRITE, WITH_UPDATE, WITH_CLOSE])
    for (const act of ['commit', 'edit-body', 'close', 'delete-branch'] as const)
      yield* await atEach(calm, 'rest', interrupted(act))
  yield* await atEach(story('one', 1), 'rest', harmed('secondary'))
  yield* await atEach(story('one', 1), 'db', harmed('kill-before'))
  yield* await atEach({ ...story('one', 1), replicas: 2 }, 'db', harmed('pause-after'))
  for (const calm of [WITH_COMMANDS, WITH_ENDS, WITH_AN_END]) {
    for (const does of ['kill-after', 'timeout', 'error', 'stale'] as const)
      yield* await atEach(calm, 'rest', harmed(does))
    yield* await atEach(calm, 'queue', harmed('kill-before'))
    yield* await atEach(calm, 'queue', harmed('error'))
    yield* await atEach({ ...calm, replicas: 2 }, 'rest', harmed('pause-after'))
  }
}
