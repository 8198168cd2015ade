import { setTimeout as sleep } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Repository } from './app.ts'
import { inBatches } from './in-batches.ts'
import type { Store } from './outside/store/store.ts'
import { runPass, runSweep } from './queue/run.ts'
import type { State, Work } from './queue/state.ts'
import { takeOver, wakeDue, wakeUnfinished } from './queue/take-up.ts'
import { insertSweep, insertWakes, type RepoData, type SweepData } from './queue/wakes.ts'
import { createGate } from './server/gate.ts'

export type { Work } from './queue/state.ts'

/** Passes that run at the same time in one process; rendering takes a core each. */
const PASSES = 2

/** Seconds after which a pass that neither ends nor beats is given to somebody else. */
const LONGEST_PASS = 3600

/** Seconds between looks for repositories whose date has come, and for what processes that are gone left behind. */
const DUE = 2
const ABANDONED = 1

/** Seconds between signs of life of a running pass. */
const BEAT = 2

/** Wakes that are queued by one statement. */
const TOGETHER = 200

export type Queue = {
  /** Durably asks for one more pass over a repository. Passes that are asked for and have not begun merge into one. */
  wake(repository: Repository, cause: string): Promise<void>
  /** Durably asks to wake every repository of an installation, of all when null. The same `tick` is done once, by whichever replica. */
  sweep(installation: number | null, cause: string, tick?: Date): Promise<void>
  /** Takes up what an earlier process left, and starts working. */
  work(work: Work): Promise<void>
  /** Passes and sweeps by state (`created`, `retry`, `active`), and repositories that are `due` within ten seconds. */
  depth(): Promise<ReadonlyMap<string, number>>
  /** Takes no more work, gives running passes `grace` milliseconds, and hands back what has not ended. */
  stop(grace: number): Promise<void>
}

/**
 * Opens the durable queue in the store's database: pg-boss, one pass per repository at a time, a wake during a pass leads to one more.
 * How: `short` allows one waiting job per repository, and a group concurrency of 1 keeps a repository out of the fetch while one
 * of its jobs is active. (`exclusive` loses the wake during a pass. `stately` remembers for seconds which repositories were busy: until
 * it has seen that one is, its fetch meets the unique index and answers "no work" to all; until it has seen that one is free, it waits.)
 */
export async function openQueue(store: Store, log: Logger): Promise<Queue> {
  const boss = new PgBoss({
    ...store.database.boss,
    schema: 'pgboss',
    useListenNotify: true,
    schedule: false,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    queueCacheIntervalSeconds: 5,
  })
  boss.on('error', error => log.error({ err: error }, 'the queue met an error'))
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'the queue warns'))
  await boss.start()
  const options = {
    policy: 'short',
    notify: true,
    expireInSeconds: LONGEST_PASS,
    deleteAfterSeconds: 3600,
    // One process on PGlite knows what it works on. A heartbeat there could only accuse a busy event loop.
    ...(store.database.engine === 'postgres' ? { heartbeatSeconds: 10 } : {}),
  }
  // Deaths and failures are counted in the store, where they can be told apart; pg-boss must not give up first.
  await boss.createQueue('repo', { ...options, retryLimit: 1000, retryDelay: 1 })
  await boss.createQueue('sweep', { ...options, retryLimit: 8, retryDelay: 5, retryBackoff: true, retryDelayMax: 600 })
  const state: State = { boss, store, log, running: new Map(), stopping: false, timers: [] }
  const wake = inBatches(TOGETHER, async (wakes: readonly RepoData[]) => {
    await insertWakes(boss, wakes)
    return wakes.map(() => undefined)
  })
  return {
    wake: (repository, cause) => wake({ repository, cause, event: null }),
    sweep: (installation, cause, tick) => insertSweep(boss, installation, cause, tick),
    work: work => startWork(state, work),
    depth: () => depth(store),
    stop: grace => stop(state, grace),
  }
}

async function startWork(state: State, work: Work): Promise<void> {
  const { boss, store, log } = state
  await takeOver(state)
  await wakeUnfinished(state)
  every(state, DUE, 'looking for what is due', () => wakeDue(state))
  every(state, ABANDONED, 'taking over', () => takeOver(state))
  const gate = createGate()
  const beat = store.database.engine === 'postgres' ? { heartbeatRefreshSeconds: BEAT } : {}
  const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, includeMetadata: true } as const
  await boss.work<RepoData>(
    'repo',
    { ...polling, ...beat, localConcurrency: PASSES, groupConcurrency: 1, burstWhenReadyExceeds: 1 },
    async jobs => {
      for (const { id, data } of jobs) await present(store, id, () => runPass(state, work, gate, id, data))
    },
  )
  await boss.work<SweepData, void, { includeMetadata: true }>('sweep', { ...polling, ...beat }, async jobs => {
    for (const { id, data, retryCount, retryLimit } of jobs)
      await present(store, id, () => runSweep(state, work, data, retryCount >= retryLimit))
  })
  log.info({ engine: store.database.engine }, 'working')
}

/** Marks the job as ours while the work runs. */
async function present(store: Store, job: string, work: () => Promise<void>): Promise<void> {
  const { presence } = store.database
  await presence.take(job)
  try {
    await work()
  } finally {
    await presence.leave(job)
  }
}

/** Does something again and again until the queue stops; one that has not ended is not begun again. */
function every(state: State, seconds: number, what: string, work: () => Promise<void>): void {
  let isRunning = false
  const turn = async () => {
    if (isRunning) return
    isRunning = true
    await work().catch(error => {
      if (!state.stopping) state.log.error({ err: error }, `${what} failed, to be tried again`)
    })
    isRunning = false
  }
  state.timers.push(setInterval(() => void turn(), seconds * 1000))
}

async function depth(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store.database.query(
    `select state::text as state, count(*)::text as jobs from pgboss.job
     where name in ('repo', 'sweep') and state in ('created', 'retry', 'active') group by 1
     union all select 'due', count(*)::text from windlass_due where at < now() + interval '10 s' having count(*) > 0`,
  )
  return new Map(rows.map(({ state, jobs }) => [String(state), Number(jobs)]))
}

async function stop(state: State, grace: number): Promise<void> {
  const { boss, store, log, running } = state
  state.stopping = true
  for (const timer of state.timers) clearInterval(timer)
  const drained = Promise.all([boss.offWork('repo', { wait: true }), boss.offWork('sweep', { wait: true })])
  await Promise.race([drained, sleep(grace, undefined, { ref: false })])
  for (const [repository, holder] of running) {
    log.warn({ repository }, 'handing back a pass that did not end in time')
    await store.attempts.end(repository, holder, 'untried')
  }
  // Not graceful: pg-boss puts what is still active back into the queue.
  await boss.stop({ graceful: false })
}
