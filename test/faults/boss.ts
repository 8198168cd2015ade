import { randomUUID } from 'node:crypto'
import type { Incarnation } from './border.ts'
import { clock } from './clock.ts'

/** A job as pg-boss keeps it. */
export type Job = {
  readonly id: string
  readonly name: string
  readonly data: unknown
  readonly key: string | null
  readonly group: string | null
  state: 'created' | 'retry' | 'active' | 'completed' | 'failed'
  startAfter: number
  retries: number
  /** Who works on it, and since when nobody beats for it; null while somebody does. */
  holder: Incarnation | null
  silentSince: number | null
}

type Handler = (jobs: readonly object[]) => Promise<unknown>
type Insert = {
  readonly data: unknown
  readonly singletonKey?: string
  readonly group?: { readonly id: string }
  readonly startAfter?: number | string | Date
  readonly id?: string
}
type Worker = {
  readonly by: Incarnation
  readonly name: string
  readonly handler: Handler
  readonly slots: number
  running: number
}

/** Milliseconds of silence after which replicas look at a job whose process is gone, and at one whose process stands still. */
const GONE = 4_000
const STILL = 10_000

/** How often a job is tried: the options of our queues. */
const RETRIES: Readonly<Record<string, number>> = { repo: 1000, sweep: 8 }

/**
 * What the queue needs of pg-boss, with the rules that it relies on: the policy `short` (one waiting job for a key, and an insert beside it
 * changes nothing), one active job of a group, delays, and heartbeats, by which the product takes jobs from those that died or stand still.
 */
export type Jobs = {
  readonly all: readonly Job[]
  /** A client of one process; what it asks goes through `cross`, and every change of a job through `write` into the table. */
  client(by: Incarnation, ports: Ports): object
  /** Jobs that a process could take now, with what takes them. */
  ready(mayRun: (by: Incarnation) => boolean): readonly (() => Promise<void>)[]
  /** When something of it is due next, after now. */
  due(): number | null
  /** A process is gone or stands still: nobody beats for its jobs any more. Alone, one that stands still knows them when it goes on. */
  silence(by: Incarnation): void
  /** Whether a job is silent for so long that a replica may take it over now. */
  isAbandoned(): boolean
  /** Heartbeats as the table has them at this moment, by id of the job (milliseconds since the epoch). */
  beats(): ReadonlyMap<string, number>
  /** The product has put a job back into the queue. */
  released(id: string): void
  stop(by: Incarnation): void
}

export type Ports = {
  cross<T>(label: string, work: () => Promise<T>): Promise<T>
  /** Brings the table `pgboss.job` up to date with a job. */
  write(job: Job): void
}

/** The jobs of one trial. `others`: whether there may be others that see a process stand still (PostgreSQL). */
export function createJobs(others: boolean): Jobs {
  const all: Job[] = []
  const workers: Worker[] = []
  const ports = new Map<Incarnation, Ports>()

  const portsOf = (by: Incarnation) => {
    const found = ports.get(by)
    if (!found) throw new Error(`${by.name} has no queue`)
    return found
  }

  async function insert(name: string, { data, singletonKey, group, startAfter, id }: Insert): Promise<string | null> {
    const key = singletonKey ?? null
    const isThere = all.some(job => job.id === id || (job.name === name && job.state === 'created' && job.key === key))
    if (isThere) return null
    const at =
      typeof startAfter === 'number'
        ? clock.now() + startAfter * 1000
        : startAfter === undefined
          ? clock.now()
          : new Date(startAfter).getTime()
    const state = 'created'
    const job: Job = {
      id: id ?? randomUUID(),
      name,
      data,
      key,
      group: group?.id ?? null,
      state,
      startAfter: at,
      retries: 0,
      holder: null,
      silentSince: null,
    }
    all.push(job)
    return job.id
  }

  async function end(by: Incarnation, job: Job, how: 'completed' | 'failed'): Promise<void> {
    if (job.state !== 'active') return
    const again = how === 'failed' && job.retries < (RETRIES[job.name] ?? 0)
    Object.assign(
      job,
      again ? { state: 'retry', retries: job.retries + 1, startAfter: clock.now() + 1000 } : { state: how },
    )
    Object.assign(job, { holder: null, silentSince: null })
    portsOf(by).write(job)
  }

  /** Runs a job to its end; a process that dies meanwhile never comes back here. */
  async function run(worker: Worker, job: Job): Promise<void> {
    const { by, handler } = worker
    const given = {
      id: job.id,
      name: job.name,
      data: structuredClone(job.data),
      retryCount: job.retries,
      retryLimit: RETRIES[job.name] ?? 0,
    }
    const how = await handler([given]).then(
      () => 'completed' as const,
      () => 'failed' as const,
    )
    await portsOf(by)
      .cross(`${how} ${job.name}`, () => end(by, job, how))
      .catch(() => abandon(by, job))
    worker.running -= 1
  }

  /** Nobody beats for a job whose taking or ending went wrong. */
  function abandon(by: Incarnation, job: Job): false {
    if (job.holder === by) job.silentSince ??= clock.now()
    return false
  }

  async function take(worker: Worker, job: Job): Promise<void> {
    worker.running += 1
    const { by } = worker
    const mayTake = async () => {
      if (!isFree(job)) return false
      Object.assign(job, { state: 'active', holder: by, silentSince: null })
      portsOf(by).write(job)
      return true
    }
    const taken = await portsOf(by)
      .cross(`take ${job.name}`, mayTake)
      .catch(() => abandon(by, job))
    if (taken) await run(worker, job)
    else worker.running -= 1
  }

  const isFree = (job: Job) =>
    (job.state === 'created' || job.state === 'retry') &&
    job.startAfter <= clock.now() &&
    !(
      job.group !== null &&
      all.some(other => other.name === job.name && other.state === 'active' && other.group === job.group)
    )

  /** When a job may be taken from whoever has it. */
  function limitOf(job: Job): number {
    if (job.state !== 'active' || job.silentSince === null) return Number.POSITIVE_INFINITY
    return job.silentSince + (job.holder?.alive && job.holder.pausedUntil > clock.now() ? STILL : GONE)
  }

  function release(job: Job): void {
    Object.assign(job, {
      state: 'retry',
      holder: null,
      silentSince: null,
      retries: job.retries + 1,
      startAfter: clock.now(),
    })
  }

  return {
    all,
    client(by, own) {
      ports.set(by, own)
      const cross = own.cross
      return {
        on: () => {},
        start: async () => {},
        createQueue: async () => {},
        offWork: async () => {},
        stop: async () => {},
        insert: (name: string, jobs: readonly Insert[]) =>
          cross(`wake ${jobs.length}`, async () => {
            for (const job of jobs) await insert(name, job)
          }),
        send: (name: string, data: unknown, options: Omit<Insert, 'data'>) =>
          cross(`send ${name}`, () => insert(name, { ...options, data })),
        async work(name: string, options: { readonly localConcurrency?: number }, handler: Handler) {
          workers.push({ by, name, handler, slots: options.localConcurrency ?? 1, running: 0 })
        },
      }
    },
    ready(mayRun) {
      return workers.flatMap(worker => {
        if (!mayRun(worker.by) || worker.running >= worker.slots) return []
        const job = all.find(each => each.name === worker.name && isFree(each))
        return job ? [() => clock.as(worker.by, async () => void take(worker, job))] : []
      })
    },
    due() {
      const now = clock.now()
      const later = all.filter(job => (job.state === 'created' || job.state === 'retry') && job.startAfter > now)
      const times = [
        ...later.map(job => job.startAfter),
        ...all.map(limitOf).filter(at => at > now && at !== Number.POSITIVE_INFINITY),
      ]
      return times.length === 0 ? null : Math.min(...times)
    },
    silence(by) {
      if (!others && by.alive) return
      for (const job of all) if (job.state === 'active' && job.holder === by) job.silentSince ??= clock.now()
    },
    isAbandoned: () => all.some(job => limitOf(job) <= clock.now()),
    beats() {
      const now = clock.now()
      const active = all.filter(({ state }) => state === 'active')
      // A connection that stands is a mark: until it is too much even so, the job looks as if somebody beat for it.
      return new Map(active.map(job => [job.id, limitOf(job) > now ? now : (job.silentSince ?? now)]))
    },
    released(id) {
      const job = all.find(each => each.id === id)
      if (job) release(job)
    },
    stop(by) {
      const mine = workers.filter(worker => worker.by === by)
      for (const worker of mine) workers.splice(workers.indexOf(worker), 1)
    },
  }
}
