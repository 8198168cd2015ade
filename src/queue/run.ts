import { randomUUID } from 'node:crypto'
import type { Repository } from '../app.ts'
import { KEEP_DAYS } from '../outside/store/store.ts'
import type { createGate } from '../server/gate.ts'
import { nameOf, pass } from '../server/pass.ts'
import type { State, Work } from './state.ts'
import { insertWakes, type RepoData, type SweepData } from './wakes.ts'

/** Runs one pass, unless one over the same repository runs here: then it is asked for again. */
export async function runPass(
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
export async function runSweep(
  state: State,
  work: Work,
  { installation, cause }: SweepData,
  last: boolean,
): Promise<void> {
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
