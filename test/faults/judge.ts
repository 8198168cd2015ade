import { differences, type EndState, endState } from './end-state.ts'
import { FROZEN } from './github.ts'
import { type Violation, violations } from './invariants.ts'
import type { Schedule } from './schedule.ts'
import { type Course, runTrial } from './trial.ts'
import { WORLDS } from './worlds.ts'

/** A trial and what it violated. */
export type Judged = { readonly course: Course; readonly violations: readonly Violation[] }

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
  if (hasFrozen(course) || course.acted.some(({ before }) => before === null)) return []
  const twin = await twinOf(course)
  const isSame = course.acted.every(({ before }, i) => differences(twin.before[i], before).length === 0)
  return isSame && twin.before.length === course.acted.length ? differences(twin.end, endState(course.github)) : []
}

/**
 * The same before any sweep has helped: deliveries alone must bring everything about, where each was answered with a 2xx, every registry
 * did, GitHub showed what there was, and nothing was given up.
 */
async function awayUnswept(course: Course): Promise<readonly string[]> {
  const { schedule, sent, replicas, acted, unswept } = course
  const isSilent = schedule.faults.some(({ kind, does }) => kind === 'registry' || kind === 'model' || does === 'stale')
  const isHeard = sent.every(({ answers }) => answers.some(status => status >= 200 && status < 300))
  const isGivenUp = replicas.some(({ passes }) => passes.some(end => end === 'parked' || end === 'failed'))
  if (acted.length > 0 || schedule.mail.length > 0 || isSilent || !isHeard || isGivenUp || hasFrozen(course)) return []
  return WORLDS[schedule.world].policy.includes('prHourlyLimit: 2')
    ? []
    : differences((await twinOf(course)).end, unswept.seen)
}

const hasFrozen = ({ github }: Course) => github.log.some(({ cause }) => cause.endsWith(FROZEN))

/** Runs a schedule, checks the invariants, and compares its end with that of its twin. */
export async function judge(schedule: Schedule): Promise<Judged> {
  const course = await runTrial(schedule)
  const found = await violations(course)
  const away = await awayFromTwin(course)
  const late = (await awayUnswept(course)).slice(0, 1).map(says => `before the sweep, ${says}`)
  return { course, violations: [...found, ...[...away.slice(0, 3), ...late].map(says => ({ invariant: 'I9', says }))] }
}
