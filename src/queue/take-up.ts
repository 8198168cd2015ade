import { releaseAbandoned } from '../outside/store/presence.ts'
import type { State } from './state.ts'
import { insertSweep, insertWakes, type RepoData, type SweepData } from './wakes.ts'

/** Wakes every repository whose date has come. Woken first, forgotten second, so that nothing is lost between. */
export async function wakeDue({ boss, store }: State): Promise<void> {
  const claimed = await store.due.claim()
  await insertWakes(
    boss,
    claimed.map(({ repository }) => ({ repository, cause: 'due', event: 'due' })),
  )
  await store.due.forget(claimed)
}

/** Gives what dead replicas left behind back to the queue. */
export async function takeOver({ store, log }: State): Promise<void> {
  const jobs = await releaseAbandoned(store.database)
  if (jobs > 0) log.warn({ jobs }, 'took over what another replica left unfinished')
}

/** PGlite has one process: whatever is active now belongs to one that is gone. Woken first, deleted second, so that nothing is lost between. */
export async function releaseDead({ boss, store, log }: State): Promise<void> {
  const rows = await store.database.query(
    `select id::text as id, name, data::text as data from pgboss.job where state = 'active'`,
  )
  for (const { id, name, data } of rows) {
    const job: unknown = JSON.parse(String(data))
    if (name === 'repo') await insertWakes(boss, [job as RepoData])
    else await insertSweep(boss, (job as SweepData).installation, (job as SweepData).cause)
    await boss.deleteJob(String(name), String(id))
  }
  if (rows.length > 0) log.warn({ jobs: rows.length }, 'took up work that an earlier process left unfinished')
}

/** A delivery is stored before it is queued; the process may have died between the two. */
export async function wakeUnfinished({ boss, store }: State): Promise<void> {
  for (const { guid, event, installation, repository } of await store.unfinished()) {
    if (installation === null) continue
    const [owner, name] = repository?.split('/') ?? []
    const cause = `${event} ${guid}`
    if (owner && name) await insertWakes(boss, [{ repository: { installation, owner, name }, cause, event: null }])
    else await insertSweep(boss, installation, cause)
  }
}
