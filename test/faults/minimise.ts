import type { Schedule } from './schedule.ts'

const LISTS = ['faults', 'interrupts', 'acts', 'mail', 'forgeries'] as const

/** Every schedule with one thing less. */
function smaller(schedule: Schedule): readonly Schedule[] {
  const without = LISTS.flatMap(list =>
    schedule[list].map((_, at) => ({ ...schedule, [list]: schedule[list].toSpliced(at, 1) })),
  )
  return schedule.replicas === 2 ? [...without, { ...schedule, replicas: 1 }] : without
}

/** Takes away one thing after the other as long as the schedule still fails, until nothing can go. */
export async function minimise(schedule: Schedule, fails: (smaller: Schedule) => Promise<boolean>): Promise<Schedule> {
  for (const less of smaller(schedule)) if (await fails(less)) return minimise(less, fails)
  return schedule
}
