import type { State } from './state.ts'
import { insertSweep, insertWakes } from './wakes.ts'

/** Wakes every repository whose date has come. Woken first, forgotten second, so that nothing is lost between. */
export async function wakeDue({ boss, store }: State): Promise<void> {
  const claimed = await store.due.claim()
  await insertWakes(
    boss,
    claimed.map(({ repository }) => ({ repository, cause: 'due', event: 'due' })),
  )
  await store.due.forget(claimed)
}

/** Gives what processes that are gone left behind back to the queue. */
export async function takeOver({ store, log }: State): Promise<void> {
  const jobs = await store.database.presence.release()
  if (jobs > 0) log.warn({ jobs }, 'took up work that another process left unfinished')
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
