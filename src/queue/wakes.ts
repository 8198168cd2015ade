import { createHash } from 'node:crypto'
import type { JobInsert, PgBoss } from 'pg-boss'
import type { Repository } from '../app.ts'
import { nameOf } from '../server/pass.ts'

/** A pass that is asked for. `event` is what only this job tells of; null when deliveries tell, undefined in what an older version queued. */
export type RepoData = { readonly repository: Repository; readonly cause: string; readonly event?: string | null }
/** A look at all repositories of an installation, of all installations when it is null. */
export type SweepData = { readonly installation: number | null; readonly cause: string }

/**
 * One job per repository waits for those that deliveries tell of, and one more per event that only the job tells of: merged into
 * another, it would be forgotten. Sorted, so that two replicas that insert the same ones wait for each other instead of both for ever.
 */
export async function insertWakes(boss: PgBoss, wakes: readonly RepoData[], startAfter?: number): Promise<void> {
  const later = startAfter === undefined ? {} : { startAfter }
  const jobs = wakes.map((data): JobInsert<RepoData> & { readonly singletonKey: string } => {
    const key = nameOf(data.repository).toLowerCase()
    return { data, singletonKey: data.event ? `${key} ${data.event}` : key, group: { id: key }, ...later }
  })
  const each = new Map(jobs.toReversed().map(job => [job.singletonKey, job]))
  const sorted = [...each.values()].toSorted((a, b) => (a.singletonKey < b.singletonKey ? -1 : 1))
  if (sorted.length > 0) await boss.insert('repo', sorted)
}

/** Asks for one sweep; the same `tick` gives the same job, whichever replica asks. */
export async function insertSweep(
  boss: PgBoss,
  installation: number | null,
  cause: string,
  tick?: Date,
): Promise<void> {
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
