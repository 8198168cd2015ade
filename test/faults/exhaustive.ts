import { type Harm, KINDS, type Kind } from './border.ts'
import type { Schedule } from './schedule.ts'
import { runTrial } from './trial.ts'
import type { WorldName } from './worlds.ts'

const KILLS: readonly Harm[] = ['kill-before', 'kill-after', 'kill-reply']

/** A story in which nothing goes wrong. */
export function story(world: WorldName, seed: number): Schedule {
  return { seed, world, replicas: 1, faults: [], interrupts: [], acts: [], mail: [], forgeries: [] }
}

/** One schedule for every crossing of a story and every moment of it at which the process can die. */
export async function everyKill(story: Schedule): Promise<readonly Schedule[]> {
  const { border } = await runTrial(story)
  return KINDS.flatMap((kind: Kind) =>
    Array.from({ length: border.counts[kind] }, (_, i) => i + 1).flatMap(nth =>
      KILLS.map(does => ({ ...story, faults: [{ kind, nth, does }] })),
    ),
  )
}
