import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type JobInsert, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Repository } from './app.ts'
import { KEEP_DAYS, type Store } from './outside/store/store.ts'
import { createGate } from './server/gate.ts'
import { nameOf, type PassEnd, pass, type Reconcile } from './server/pass.ts'

/** Passes that run at the same time in one process; rendering takes a core each. */
const PASSES = 2

/** Seconds after which a pass that neither ends nor beats is given to somebody else. */
const LONGEST_PASS = 3600

type RepoData = { readonly repository: Repository; readonly cause: string }
type SweepData = { readonly installation: number | null; readonly cause: string }

export type Work = {
  readonly reconcile: Reconcile
  /** Every repository of one installation, or of all when it is null. */
  listRepositories(installation: number | null, store: Store): Promise<readonly Repository[]>
  onPass(end: PassEnd, seconds: number): void
}

export type Queue = {
  /** Durably asks for one more pass over a repository. Passes that are asked for and have not begun merge into one. */
  wake(repository: Repository, cause: string): Promise<void>
  /** Durably asks to wake every repository of an installation, of all when null. The same `tick` is done once, by whichever replica. */
  sweep(installation: number | null, cause: string, tick?: Date): Promise<void>
  /** Takes up what an earlier process left, and starts working. */
  work(work: Work): Promise<void>
  /** Jobs by state (`created`, `retry`, `active`). */
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
    // One process on PGlite: who died is known at the next start. A heartbeat there could only accuse a busy event loop.
    ...(store.database.engine === 'postgres' ? { heartbeatSeconds: 10 } : {}),
  }
  // Deaths and failures are counted in the store, where they can be told apart; pg-boss must not give up first.
  await boss.createQueue('repo', { ...options, retryLimit: 1000, retryDelay: 1 })
  await boss.createQueue('sweep', { ...options, retryLimit: 8, retryDelay: 5, retryBackoff: true, retryDelayMax: 600 })
  const state: State = { boss, store, log, running: new Map(), stopping: false }
  return {
    wake: (repository, cause) => wakeAll(boss, [repository], cause),
    sweep: (installation, cause, tick) => sweep(boss, installation, cause, tick),
    work: work => startWork(state, work),
    depth: () => depth(store),
    stop: grace => stop(state, grace),
  }
}

type State = {
  readonly boss: PgBoss
  readonly store: Store
  readonly log: Logger
  /** Passes that run in this process: repository (lower case) to the id of its job. */
  readonly running: Map<string, string>
  stopping: boolean
}

async function wakeAll(
  boss: PgBoss,
  repositories: readonly Repository[],
  cause: string,
  startAfter?: number,
): Promise<void> {
  const jobs = repositories.map((repository): JobInsert<RepoData> => {
    const key = nameOf(repository).toLowerCase()
    const later = startAfter === undefined ? {} : { startAfter }
    return { data: { repository, cause }, singletonKey: key, group: { id: key }, ...later }
  })
  if (jobs.length > 0) await boss.insert('repo', jobs)
}

async function sweep(boss: PgBoss, installation: number | null, cause: string, tick?: Date): Promise<void> {
  const singletonKey = String(installation ?? 'all')
  const id = tick === undefined ? {} : { id: idOf(`sweep ${singletonKey} ${tick.toISOString()}`) }
  const data: SweepData = { installation, cause }
  await boss.send('sweep', data, { singletonKey, ...id })
}

/** The same text gives the same UUID, so that several replicas insert one job. */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

async function startWork(state: State, work: Work): Promise<void> {
  const { boss, store, log } = state
  if (store.database.engine === 'pglite') await releaseDead(state)
  await wakeUnfinished(state)
  const gate = createGate()
  const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, includeMetadata: true } as const
  await boss.work<RepoData>(
    'repo',
    { ...polling, localConcurrency: PASSES, groupConcurrency: 1, burstWhenReadyExceeds: 1 },
    async jobs => {
      for (const { id, data } of jobs) await runPass(state, work, gate, { id, ...data })
    },
  )
  await boss.work<SweepData, void, { includeMetadata: true }>('sweep', polling, async jobs => {
    for (const { data, retryCount, retryLimit } of jobs) await runSweep(state, work, data, retryCount >= retryLimit)
  })
  log.info({ engine: store.database.engine }, 'working')
}

/** PGlite has one process: whatever is active now belongs to one that is gone. Woken first, deleted second, so that nothing is lost between. */
async function releaseDead({ boss, store, log }: State): Promise<void> {
  const rows = await store.database.query(
    `select id::text as id, name, data::text as data from pgboss.job where state = 'active'`,
  )
  for (const { id, name, data } of rows) {
    const job: unknown = JSON.parse(String(data))
    if (name === 'repo') await wakeAll(boss, [(job as RepoData).repository], (job as RepoData).cause)
    else await sweep(boss, (job as SweepData).installation, (job as SweepData).cause)
    await boss.deleteJob(String(name), String(id))
  }
  if (rows.length > 0) log.warn({ jobs: rows.length }, 'took up work that an earlier process left unfinished')
}

/** A delivery is stored before it is queued; the process may have died between the two. */
async function wakeUnfinished({ boss, store }: State): Promise<void> {
  for (const { guid, event, installation, repository } of await store.unfinished()) {
    if (installation === null) continue
    const [owner, name] = repository?.split('/') ?? []
    if (owner && name) await wakeAll(boss, [{ installation, owner, name }], `${event} ${guid}`)
    else await sweep(boss, installation, `${event} ${guid}`)
  }
}

async function runPass(
  state: State,
  work: Work,
  gate: ReturnType<typeof createGate>,
  job: RepoData & { readonly id: string },
): Promise<void> {
  const { boss, store, log, running } = state
  const key = nameOf(job.repository).toLowerCase()
  if (state.stopping || running.has(key)) return wakeAll(boss, [job.repository], job.cause, 1)
  running.set(key, job.id)
  const began = performance.now()
  try {
    const { end, again } = await pass({ store, gate, log, reconcile: work.reconcile }, job)
    work.onPass(end, (performance.now() - began) / 1000)
    if (again !== null) await wakeAll(boss, [job.repository], job.cause, again)
  } finally {
    running.delete(key)
  }
}

/** Wakes every repository, and then the deliveries that asked for it are done. */
async function runSweep(state: State, work: Work, { installation, cause }: SweepData, last: boolean): Promise<void> {
  const { boss, store, log } = state
  const asked = (await store.unfinished()).filter(
    delivery => delivery.repository === null && (installation === null || delivery.installation === installation),
  )
  const guids = asked.map(({ guid }) => guid)
  try {
    const listed = await work.listRepositories(installation, store)
    const wanted = listed.filter(repository => installation === null || repository.installation === installation)
    await wakeAll(boss, wanted, cause)
    log.info({ installation, cause, woken: wanted.length }, 'swept')
    await store.finish(guids, 'done', null)
    await store.prune(KEEP_DAYS)
  } catch (error) {
    log.error({ err: error, installation, last }, 'listing the repositories failed')
    if (last) await store.finish(guids, 'failed', error instanceof Error ? error.message : String(error))
    throw error
  }
}

async function depth(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store.database.query(
    `select state::text as state, count(*)::text as jobs from pgboss.job
     where name = 'repo' and state in ('created', 'retry', 'active') group by 1`,
  )
  return new Map(rows.map(({ state, jobs }) => [String(state), Number(jobs)]))
}

async function stop(state: State, grace: number): Promise<void> {
  const { boss, store, log, running } = state
  state.stopping = true
  const drained = Promise.all([boss.offWork('repo', { wait: true }), boss.offWork('sweep', { wait: true })])
  await Promise.race([drained, sleep(grace, undefined, { ref: false })])
  for (const [repository, id] of running) {
    log.warn({ repository }, 'handing back a pass that did not end in time')
    await store.attempts.end(repository, id, 'untried')
  }
  // Not graceful: pg-boss puts what is still active back into the queue.
  await boss.stop({ graceful: false })
}
