import { differences, endState } from './end-state.ts'
import { type Violation, violations } from './invariants.ts'
import type { Schedule } from './schedule.ts'
import { type Course, runTrial } from './trial.ts'

/** A trial and what it violated. */
export type Judged = { readonly course: Course; readonly violations: readonly Violation[] }

const twins = new Map<string, ReturnType<typeof endState>>()

/** The end of the same story without faults: the same acts of people, one after the other. Told once for each story. */
async function twinOf({ schedule, acted }: Course): Promise<ReturnType<typeof endState>> {
  const calm: Schedule = { ...schedule, seed: 1, replicas: 1, faults: [], interrupts: [], acts: acted, mail: [], forgeries: [] }
  const key = JSON.stringify(calm)
  const known = twins.get(key)
  if (known) return known
  const end = endState((await runTrial(calm)).github)
  twins.set(key, end)
  return end
}

/** Runs a schedule, checks the invariants, and compares its end with that of its twin. */
export async function judge(schedule: Schedule): Promise<Judged> {
  const course = await runTrial(schedule)
  const found = await violations(course)
  const end = endState(course.github)
  const away = differences(await twinOf(course), end)
  return { course, violations: [...found, ...away.slice(0, 3).map(says => ({ invariant: 'I9', says }))] }
}
