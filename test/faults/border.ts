import { clock } from './clock.ts'
import type { Random } from './random.ts'

/** Where the product meets what is outside: requests to GitHub, looks at git, statements of the database, questions to others, the queue. */
export const KINDS = ['rest', 'git', 'db', 'queue', 'registry', 'model'] as const
export type Kind = (typeof KINDS)[number]

/**
 * What happens at a crossing instead of an answer. `kill-*`: the replica dies before the question leaves, after it took effect and before the
 * answer, or after the answer; `timeout`: it takes effect and the answer is lost; `drop`: neither; `error`: refused with an error of the other
 * side; `secondary`: GitHub's secondary limit; `pause-*`: the replica stands still for 30 s (SIGSTOP); `stale`: reads are up to 5 s old.
 */
export const HARMS = [
  'kill-before',
  'kill-after',
  'kill-reply',
  'timeout',
  'drop',
  'error',
  'secondary',
  'pause-before',
  'pause-after',
  'stale',
] as const
export type Harm = (typeof HARMS)[number]

/** A harm, or anything else that is done, at the `nth` crossing of a kind (the first is 1). */
export type Fault<Does = Harm> = { readonly kind: Kind; readonly nth: number; readonly does: Does }

/** A process of the product, from its start to its end. */
export type Incarnation = { readonly name: string; alive: boolean; pausedUntil: number }

/** What a question does outside: reads answer what was `ago` milliseconds before; `isFrozen`: its replica stood still after it had decided to ask. */
export type Work<T> = (ago: number, isFrozen: boolean) => T | Promise<T>

/** How a crossing fails: it answers or throws what the product would see. */
export type Failure = 'error' | 'lost' | 'refused'

type Crossing = {
  readonly by: Incarnation
  readonly kind: Kind
  readonly label: string
  readonly work: Work<unknown>
  readonly fail: (how: Failure) => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** `met`: it has its number already; then it waits for a replica that stood still, with its answer if it took effect before. */
  readonly since: 'new' | 'met' | Came
}

/** What a question came to. */
type Came = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** Milliseconds that a crossing takes, at least and at most. */
const TAKES: Readonly<Record<Kind, readonly [number, number]>> = {
  rest: [40, 400],
  git: [50, 500],
  db: [1, 4],
  queue: [1, 4],
  registry: [30, 300],
  model: [500, 3000],
}

/** Milliseconds that a stopped process stands still, and of the oldest stale read. */
const PAUSE = 30_000
const STALE = 5_000

export type Border = {
  /** A question of the product to what is outside. It never answers a replica that is dead. */
  cross<T>(by: Incarnation, kind: Kind, label: string, work: Work<T>, fail: (how: Failure) => T): Promise<T>
  /** Crossings that may go on now. */
  ready(): readonly Crossing[]
  /** Lets one of them go on. */
  forward(crossing: Crossing): Promise<void>
  /** How many crossings of each kind there were. */
  readonly counts: Readonly<Record<Kind, number>>
  /** From here on nothing fails. */
  calm(): void
  /** What crossed, for the record: number, replica, label, harm. */
  readonly trace: readonly string[]
}

export type BorderWorld = {
  readonly random: Random
  readonly faults: readonly Fault[]
  kill(by: Incarnation): void
  /** A replica stands still from now on. */
  paused(by: Incarnation): void
  /** Anything else that is planned for this crossing. */
  before(kind: Kind, nth: number): void
}

/** One real turn of the event loop: every chain of promises has come to its next crossing. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

async function came({ work }: Crossing, ago: number, isFrozen = false): Promise<Came> {
  try {
    return { ok: true, value: await work(ago, isFrozen) }
  } catch (error) {
    return { ok: false, error }
  }
}

function failed({ fail }: Crossing, how: Failure): Came {
  try {
    return { ok: true, value: fail(how) }
  } catch (error) {
    return { ok: false, error }
  }
}

function settle({ resolve, reject }: Crossing, answer: Came): void {
  if (answer.ok) resolve(answer.value)
  else reject(answer.error)
}

/** The border of one trial. */
export function createBorder(world: BorderWorld): Border {
  const waiting: Crossing[] = []
  const counts = Object.fromEntries(KINDS.map(kind => [kind, 0])) as Record<Kind, number>
  const trace: string[] = []
  let isCalm = false

  function harmOf(kind: Kind, nth: number): Harm | null {
    return isCalm ? null : (world.faults.find(fault => fault.kind === kind && fault.nth === nth)?.does ?? null)
  }

  async function forward(crossing: Crossing): Promise<void> {
    waiting.splice(waiting.indexOf(crossing), 1)
    const { by, kind, label, since } = crossing
    if (typeof since === 'object') return settle(crossing, since)
    if (since === 'met') return settle(crossing, await came(crossing, 0, true))
    const nth = ++counts[kind]
    if (!isCalm) world.before(kind, nth)
    const harm = harmOf(kind, nth)
    trace.push(`${clock.stamp().slice(11, 19)} ${by.name} ${kind} ${nth} ${label}${harm ? ` ! ${harm}` : ''}`)
    const [least, most] = TAKES[kind]
    clock.advanceTo(clock.now() + world.random.between(least, most))
    await meet(crossing, harm)
  }

  async function meet(crossing: Crossing, harm: Harm | null): Promise<void> {
    const { by } = crossing
    switch (harm) {
      case 'kill-before':
        return world.kill(by)
      case 'kill-after':
        await came(crossing, 0)
        return world.kill(by)
      case 'kill-reply':
        settle(crossing, await came(crossing, 0))
        await turn()
        return world.kill(by)
      case 'timeout':
        await came(crossing, 0)
        return settle(crossing, failed(crossing, 'lost'))
      case 'drop':
        return settle(crossing, failed(crossing, 'lost'))
      case 'error':
        return settle(crossing, failed(crossing, 'error'))
      case 'secondary':
        return settle(crossing, failed(crossing, 'refused'))
      case 'pause-before':
        by.pausedUntil = clock.now() + PAUSE
        world.paused(by)
        waiting.push({ ...crossing, since: 'met' })
        return
      case 'pause-after':
        by.pausedUntil = clock.now() + PAUSE
        world.paused(by)
        waiting.push({ ...crossing, since: await came(crossing, 0) })
        return
      case 'stale':
        return settle(crossing, await came(crossing, world.random.between(1000, STALE)))
      case null:
        return settle(crossing, await came(crossing, 0))
    }
  }

  return {
    counts,
    trace,
    calm() {
      isCalm = true
    },
    cross<T>(by: Incarnation, kind: Kind, label: string, work: Work<T>, fail: (how: Failure) => T) {
      return new Promise<T>((resolve, reject) => {
        if (!by.alive) return
        waiting.push({ by, kind, label, work, fail, resolve: value => resolve(value as T), reject, since: 'new' })
      })
    },
    ready: () => waiting.filter(({ by }) => by.alive && by.pausedUntil <= clock.now()),
    forward,
  }
}
