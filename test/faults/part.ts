import { realMilliseconds } from './clock.ts'
import { add, type Counts, countOf, type Failure, NOTHING } from './counts.ts'
import { draw } from './draw.ts'
import { everyKill, story } from './exhaustive.ts'
import { BOT } from './github.ts'
import { type Judged, judge } from './judge.ts'
import { minimise } from './minimise.ts'
import type { Share } from './options.ts'
import { createRandom } from './random.ts'
import { describe, type Schedule } from './schedule.ts'
import { disturbed, TALES } from './tales.ts'
import type { WorldName } from './worlds.ts'

/** Schedules that are made small at most, and lines of the record that are shown of each. */
const SHOWN = 10
const LINES = 60

/** Milliseconds between two lines of progress. */
const PROGRESS = 10_000

function countsOf({ course, violations }: Judged): Omit<Counts, 'violations' | 'killPoints' | 'tales'> {
  const { schedule, github, kills, sent, replicas } = course
  const { faults, interrupts, mail, forgeries } = schedule
  return {
    trials: 1,
    kills,
    faults: faults.length + interrupts.length + mail.length + forgeries.length,
    deliveries: sent.reduce(
      (sum, { answers }) => sum + answers.filter(status => status >= 200 && status < 300).length,
      0,
    ),
    passes: replicas.reduce((sum, { passes }) => sum + passes.length, 0),
    pullRequests: [...github.state.pulls.values()].filter(({ author }) => author === BOT).length,
    duplicates: countOf(violations, 'I1', 'I6'),
    lost: countOf(violations, 'I5'),
    overwritten: countOf(violations, 'I3', 'I13'),
    staleWrites: countOf(violations, 'I4', 'I14'),
    limitBreaches: countOf(violations, 'I8'),
  }
}

/** The record of a trial, as somebody reads it who looks for the reason. */
function recordOf({ course }: Judged, most = LINES): readonly string[] {
  const { border, github, replicas } = course
  const changes = github.log.map(
    ({ t, actor, operation, target, cause }) =>
      `${new Date(t).toISOString().slice(11, 19)} ${actor} ${operation} ${target} (${cause})`,
  )
  return [...border.trace.slice(-most), ...changes.slice(-most), ...replicas.flatMap(({ lines }) => lines).slice(-most)]
}

async function failure(judged: Judged): Promise<Failure> {
  const wanted = judged.violations[0]?.invariant
  const fails = async (less: Schedule) => (await judge(less)).violations.some(({ invariant }) => invariant === wanted)
  const schedule = await minimise(judged.course.schedule, fails)
  const small = await judge(schedule)
  return {
    schedule: describe(schedule),
    replay: JSON.stringify(schedule),
    violations: small.violations,
    trace: recordOf(small),
  }
}

/** A schedule of a run, and as which of its parts it is counted; random ones are the rest. */
type Planned = { readonly schedule: Schedule; readonly part: 'killPoints' | 'tales' | null }

async function* tales(): AsyncGenerator<Schedule> {
  yield* TALES
  yield* disturbed()
}

/** Every kill point of some worlds, and the tales, in an order of the seed: where a run has no time for all, another one tries others. */
async function points({ worlds, seed }: Share): Promise<readonly Planned[]> {
  const all: Planned[] = []
  for (const world of worlds) {
    const told = world === 'tales' ? tales() : await everyKill(story(world as WorldName, seed))
    for await (const schedule of told) all.push({ schedule, part: world === 'tales' ? 'tales' : 'killPoints' })
  }
  const random = createRandom(seed)
  const drawn = all.map(planned => ({ planned, at: random.next() })).toSorted((a, b) => a.at - b.at)
  return drawn.map(({ planned }) => planned)
}

/** Every schedule of the whole run in its order, these and random ones in turn; a share takes every so-and-so-many-th. */
async function* schedules(share: Share): AsyncGenerator<Planned> {
  const all = await points(share)
  for (let i = 0; i < Math.max(all.length, share.trials); i++) {
    const point = all[i]
    if (point) yield point
    if (i < share.trials) yield { schedule: draw(share.seed + i), part: null }
  }
}

/** How a mutant was found, or that it was not. */
export type Hunt = {
  readonly mutant: string
  readonly caught: boolean
  readonly trials: number
  /** As it is described, and as JSON for `--replay`. */
  readonly schedule: string | null
  readonly replay: string | null
  readonly says: string | null
}

/** Random schedules that are tried on a mutant when nothing else has found it. */
const MORE = 200

async function* slice(seed: number): AsyncGenerator<Schedule> {
  yield* tales()
  for (let i = 0; i < MORE; i++) yield draw(seed + i)
}

/** Tries a mutant until something notices it, without the trials before `from`. */
export async function huntFor(mutant: string, { seed, from }: Share): Promise<Hunt> {
  let trials = 0
  for await (const schedule of slice(seed)) {
    if (trials++ < from) continue
    const [first] = (await judge(schedule)).violations
    if (first)
      return {
        mutant,
        caught: true,
        trials,
        schedule: describe(schedule),
        replay: JSON.stringify(schedule),
        says: `${first.invariant}: ${first.says.slice(0, 300)}`,
      }
  }
  return { mutant, caught: false, trials, schedule: null, replay: null, says: null }
}

/** Runs one schedule and says everything about it. */
export async function replay(schedule: Schedule, say: (line: string) => void): Promise<Counts> {
  const judged = await judge(schedule)
  const { violations } = judged
  for (const line of recordOf(judged, Number.POSITIVE_INFINITY)) say(line)
  const shown = { schedule: describe(schedule), replay: JSON.stringify(schedule), violations, trace: [] }
  return { ...add(NOTHING, { ...NOTHING, ...countsOf(judged) }), violations: violations.length > 0 ? [shown] : [] }
}

/** Runs one share and says how far it is. */
export async function runPart(share: Share, say: (line: string) => void): Promise<Counts> {
  let counts = NOTHING
  let at = 0
  const began = realMilliseconds()
  let said = began
  for await (const { schedule, part } of schedules(share)) {
    if (at++ % share.parts !== share.part) continue
    if (realMilliseconds() - began > share.within) break
    const judged = await judge(schedule)
    const isBad = judged.violations.length > 0
    const shown = isBad && counts.violations.length < SHOWN ? [await failure(judged)] : []
    if (isBad) say(`violation: ${shown[0]?.schedule ?? describe(schedule)}: ${judged.violations[0]?.says}`)
    counts = add(counts, {
      ...NOTHING,
      ...countsOf(judged),
      ...(part === null ? {} : { [part]: 1 }),
      violations: shown,
    })
    if (realMilliseconds() - said > PROGRESS) {
      said = realMilliseconds()
      say(
        `part ${share.part + 1}: ${counts.trials} trials, ${counts.kills} kills, ${counts.violations.length} violations`,
      )
    }
  }
  return counts
}
