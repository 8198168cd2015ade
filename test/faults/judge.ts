import { differences, type EndState, endState } from './end-state.ts'
import { FROZEN } from './github.ts'
import { type Violation, violations } from './invariants.ts'
import { KNOWN } from './known.ts'
import type { Schedule } from './schedule.ts'
import { type Course, runTrial } from './trial.ts'

/** A trial and what it violated. */
export type Judged = {
  readonly course: Course
  readonly violations: readonly Violation[]
  /** Names of what is known and was met again. */
  readonly known: readonly string[]
}

/** What there was to be seen before each act, and in the end. */
type Story = { readonly before: readonly (EndState | null)[]; readonly end: EndState }

const twins = new Map<string, Story>()

/** The same story without faults: the same acts of people, one after the other, each at rest. Told once. */
async function twinOf({ schedule, acted }: Course): Promise<Story> {
  const acts = acted.map(({ act }) => act)
  const calm: Schedule = {
    ...schedule,
    seed: 1,
    replicas: 1,
    faults: [],
    interrupts: [],
    acts,
    mail: [],
    forgeries: [],
  }
  const key = JSON.stringify(calm)
  const known = twins.get(key)
  if (known) return known
  const course = await runTrial(calm)
  const story = { before: course.acted.map(({ before }) => before), end: endState(course.github) }
  twins.set(key, story)
  return story
}

/**
 * How the end differs from that of the twin. Where somebody acted on another state than in the twin (into the middle of something, or on what
 * a fault had left undone), both may rightly come to another end, and nothing is compared.
 */
async function awayFromTwin(course: Course): Promise<readonly string[]> {
  const isFrozen = course.github.log.some(({ cause }) => cause.endsWith(FROZEN))
  if (isFrozen || course.acted.some(({ before }) => before === null)) return []
  const twin = await twinOf(course)
  const isSame = course.acted.every(({ before }, i) => differences(twin.before[i], before).length === 0)
  return isSame && twin.before.length === course.acted.length ? differences(twin.end, endState(course.github)) : []
}

/** Runs a schedule, checks the invariants, and compares its end with that of its twin. */
export async function judge(schedule: Schedule): Promise<Judged> {
  const course = await runTrial(schedule)
  const found = await violations(course)
  const away = await awayFromTwin(course)
  const all = [...found, ...away.slice(0, 3).map(says => ({ invariant: 'I9', says }))]
  const nameOf = (violation: Violation) => KNOWN.find(({ is }) => is(violation, schedule))?.name
  return {
    course,
    violations: all.filter(violation => nameOf(violation) === undefined),
    known: all.flatMap(violation => nameOf(violation) ?? []),
  }
}
