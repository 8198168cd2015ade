import type { Fault, Harm, Kind } from './border.ts'
import type { Act } from './people.ts'
import type { WorldName } from './worlds.ts'

/** What becomes of one delivery of GitHub, counted from 1. `again` comes later with a guid of its own; `late` by ten minutes. */
export type Mail = { readonly nth: number; readonly does: 'lose' | 'double' | 'again' | 'late' }

/** Everything that happens in one trial. The same schedule gives the same trial. */
export type Schedule = {
  readonly seed: number
  readonly world: WorldName
  readonly replicas: 1 | 2
  /** What goes wrong at the border. */
  readonly faults: readonly Fault<Harm>[]
  /** What people do in the middle of something. */
  readonly interrupts: readonly { readonly kind: Kind; readonly nth: number; readonly does: Act }[]
  /** What people do one after the other, each when everything has come to rest. */
  readonly acts: readonly Act[]
  readonly mail: readonly Mail[]
  /** What strangers send to the door between the acts. */
  readonly forgeries: readonly ('unsigned' | 'wrong-secret' | 'replay' | 'other-body')[]
}

/** One line that shows a schedule. */
export function describe(schedule: Schedule): string {
  const { seed, world, replicas, faults, interrupts, acts, mail, forgeries } = schedule
  const parts = [
    `seed ${seed}, world ${world}, ${replicas} replica${replicas > 1 ? 's' : ''}`,
    ...acts.map(({ act, component }) => `then ${act}(${component})`),
    ...faults.map(({ kind, nth, does }) => `${does} at ${kind} ${nth}`),
    ...interrupts.map(({ kind, nth, does }) => `${does.act}(${does.component}) at ${kind} ${nth}`),
    ...mail.map(({ nth, does }) => `${does} delivery ${nth}`),
    ...forgeries.map(forgery => `forged: ${forgery}`),
  ]
  return parts.join('; ')
}
