import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type JobInsert, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Repository } from './app.ts'
import { inBatches } from './in-batches.ts'
import { releaseAbandoned } from './outside/store/presence.ts'
import { KEEP_DAYS, type Store } from './outside/store/store.ts'
import { createGate } from './server/gate.ts'
import { nameOf, type PassEnd, pass, type Reconcile } from './server/pass.ts'

/** Passes that run at the same time in one process; rendering takes a core each. */
const PASSES = 2

/** Seconds after which a pass that neither ends nor beats is given to somebody else. */
const LONGEST_PASS = 3600

/** Seconds between looks for repositories whose date has come, and for what dead replicas left behind. */
const DUE = 2
const ABANDONED = 1

/** Seconds between signs of life of a running pass. */
const BEAT = 2

/** Wakes that are queued by one statement. */
const TOGETHER = 200

/** `event` is what only this job tells of; null when deliveries tell, undefined in what an older version queued. */
type RepoData = { readonly repository: Repository; readonly cause: string; readonly event?: string | null }
type SweepData = { readonly installation: number | null; readonly cause: string }

export type Work = {
  readonly reconcile: Reconcile
  /** Every repository of one installation, or of all when it is null. */
  listRepositories(installation: number | null, store: Store): Promise<readonly Repository[]>
  /** Tells people, where they look, that we gave up on a repository, or are back; to be said again and again. Rejects when it could not be said. */
  sayParked(repository: Repository, isParked: boolean, store: Store): Promise<void>
  onPass(end: PassEnd, seconds: number): void
}

export type Queue = {
  /** Durably asks for one more pass over a repository. Passes that are asked for and have not begun merge into one. */
  wake(repository: Repository, cause: string): Promise<void>
  /** Durably asks to wake every repository of an installation, of all when null. The same `tick` is done once, by whichever replica. */
  sweep(installation: number | null, cause: string, tick?: Date): Promise<void>
  /** Takes up what an earlier process left, and starts working. */
  work(work: Work): Promise<void>
  /** Passes and sweeps by state (`created`, `retry`, `active`). */
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
  const state: State = { boss, store, log, running: new Map(), stopping: false, timers: [] }
  const wake = inBatches(TOGETHER, async (wakes: readonly RepoData[]) => {
    await insertWakes(boss, wakes)
    return wakes.map(() => undefined)
  })
  return {
    wake: (repository, cause) => wake({ repository, cause, event: null }),
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
  /** Passes that run in this process: repository (lower case) to the attempt that has it. */
  readonly running: Map<string, string>
  readonly timers: NodeJS.Timeout[]
  stopping: boolean
}

/**
 * One job per repository waits for those that deliveries tell of, and one more per event that only the job tells of: merged into
 * another, it would be forgotten. Sorted, so that two replicas that insert the same ones wait for each other instead of both for ever.
 */
async function insertWakes(boss: PgBoss, wakes: readonly RepoData[], startAfter?: number): Promise<void> {
  const later = startAfter === undefined ? {} : { startAfter }
  const jobs = wakes.map((data): JobInsert<RepoData> & { readonly singletonKey: string } => {
    const key = nameOf(data.repository).toLowerCase()
    return { data, singletonKey: data.event ? `${key} ${data.event}` : key, group: { id: key }, ...later }
  })
  const each = new Map(jobs.toReversed().map(job => [job.singletonKey, job]))
  const sorted = [...each.values()].toSorted((a, b) => (a.singletonKey < b.singletonKey ? -1 : 1))
  if (sorted.length > 0) await boss.insert('repo', sorted)
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
  every(state, DUE, 'looking for what is due', () => wakeDue(state))
  if (store.database.engine === 'postgres') every(state, ABANDONED, 'taking over', () => takeOver(state))
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

/** Woken first, forgotten second, so that nothing is lost between. */
async function wakeDue({ boss, store }: State): Promise<void> {
  const claimed = await store.due.claim()
  await insertWakes(
    boss,
    claimed.map(({ repository }) => ({ repository, cause: 'due', event: 'due' })),
  )
  await store.due.forget(claimed)
}

async function takeOver({ store, log }: State): Promise<void> {
  const jobs = await releaseAbandoned(store.database)
  if (jobs > 0) log.warn({ jobs }, 'took over what another replica left unfinished')
}

/** PGlite has one process: whatever is active now belongs to one that is gone. Woken first, deleted second, so that nothing is lost between. */
async function releaseDead({ boss, store, log }: State): Promise<void> {
  const rows = await store.database.query(
    `select id::text as id, name, data::text as data from pgboss.job where state = 'active'`,
  )
  for (const { id, name, data } of rows) {
    const job: unknown = JSON.parse(String(data))
    if (name === 'repo') await insertWakes(boss, [job as RepoData])
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
    const cause = `${event} ${guid}`
    if (owner && name) await insertWakes(boss, [{ repository: { installation, owner, name }, cause, event: null }])
    else await sweep(boss, installation, cause)
  }
}

async function runPass(
  state: State,
  work: Work,
  gate: ReturnType<typeof createGate>,
  id: string,
  data: RepoData,
): Promise<void> {
  const { boss, store, log, running } = state
  const key = nameOf(data.repository).toLowerCase()
  if (state.stopping || running.has(key)) return insertWakes(boss, [data], 1)
  const holder = randomUUID()
  running.set(key, holder)
  const began = performance.now()
  try {
    const job = { id, holder, repository: data.repository, cause: data.cause, event: data.event ?? null }
    const { end, again, isParked } = await pass({ store, gate, log, reconcile: work.reconcile }, job)
    work.onPass(end, (performance.now() - began) / 1000)
    if (again !== null) await insertWakes(boss, [data], again)
    if (isParked !== null) await sayParked(state, work, data.repository, isParked)
  } finally {
    running.delete(key)
  }
}

/** What could not be said is said at the next sweep. */
async function sayParked({ log, store }: State, work: Work, repository: Repository, isParked: boolean): Promise<void> {
  await work.sayParked(repository, isParked, store).catch(error => {
    log.error({ err: error, repository: nameOf(repository), isParked }, 'could not say whether we gave up on it')
  })
}

/** Wakes every repository, and then the deliveries that asked for it are done. */
async function runSweep(state: State, work: Work, { installation, cause }: SweepData, last: boolean): Promise<void> {
  const { boss, store, log } = state
  const guids = (await store.unfinishedOfAll(installation)).map(({ guid }) => guid)
  try {
    const listed = await work.listRepositories(installation, store)
    const wanted = listed.filter(repository => installation === null || repository.installation === installation)
    const event = cause.split(' ', 1)[0] ?? cause
    await insertWakes(
      boss,
      wanted.map(repository => ({ repository, cause, event })),
    )
    log.info({ installation, cause, woken: wanted.length }, 'swept')
    const parked = new Set(await store.attempts.parked())
    for (const repository of wanted)
      if (parked.has(nameOf(repository).toLowerCase())) await sayParked(state, work, repository, true)
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
     where name in ('repo', 'sweep') and state in ('created', 'retry', 'active') group by 1`,
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
