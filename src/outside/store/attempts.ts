import type { Database } from './database.ts'

/** Process deaths during the passes of one repository, in a row, after which it is parked. */
export const DEATHS = 2

/** What is known of a repository's passes: those that ended with the process, and those that failed, in a row; and whether we gave up on it. */
export type Attempt = { readonly deaths: number; readonly failures: number; readonly parked: boolean }

export type Attempts = {
  /** Whether the last pass of a repository began and never ended, here or in a process that is gone. */
  isSuspect(repository: string): Promise<boolean>
  /**
   * Notes, before the attempt, that `job` begins a pass; a pass before it that never ended counts as a death. `holder` (a UUID) is this
   * attempt alone: a job that is taken from a replica keeps its id. Null while another live job holds the repository: then there must be no pass.
   */
  begin(repository: string, job: string, holder: string): Promise<Attempt | null>
  /** Whether the attempt of `holder` still has the repository; no longer so when somebody else took it over. */
  holds(repository: string, holder: string): Promise<boolean>
  /**
   * Notes that the attempt of `holder` ended; `failed` counts up, `done` and `parked` start anew, `untried` changes nothing.
   * Does nothing when somebody else has the repository by now.
   */
  end(repository: string, holder: string, how: 'done' | 'failed' | 'parked' | 'untried'): Promise<void>
  /** The repositories that are parked, `owner/name` in lower case. */
  parked(): Promise<readonly string[]>
}

/** A parked repository has one more chance at the next event, not two. */
const ENDS = {
  done: 'deaths = 0, failures = 0, parked_at = null',
  failed: 'deaths = 0, failures = failures + 1, parked_at = null',
  parked: `deaths = ${DEATHS - 1}, failures = 0, parked_at = now()`,
  untried: 'deaths = deaths',
}

export function attempts(database: Database): Attempts {
  return {
    async isSuspect(repository) {
      const rows = await database.query(
        'select 1 from windlass_attempt where repository = lower($1) and (job is not null or deaths > 0)',
        [repository],
      )
      return rows.length > 0
    },
    async begin(repository, job, holder) {
      const rows = await database.query(
        `insert into windlass_attempt (repository, job, holder, begun_at) values (lower($1), $2, $3, now())
         on conflict (repository) do update set job = $2, holder = $3, begun_at = now(),
           deaths = windlass_attempt.deaths + case when windlass_attempt.job is null then 0 else 1 end
         where windlass_attempt.job is null or windlass_attempt.job = $2 or not exists
           (select 1 from pgboss.job where name = 'repo' and id = windlass_attempt.job and state = 'active')
         returning deaths, failures, parked_at is not null as parked`,
        [repository, job, holder],
      )
      const [row] = rows
      if (!row) return null
      return { deaths: Number(row.deaths), failures: Number(row.failures), parked: row.parked === true }
    },
    async holds(repository, holder) {
      const rows = await database.query(
        'select 1 from windlass_attempt where repository = lower($1) and job is not null and holder = $2',
        [repository, holder],
      )
      return rows.length > 0
    },
    async end(repository, holder, how) {
      await database.query(
        `update windlass_attempt set job = null, holder = null, ${ENDS[how]} where repository = lower($1) and holder = $2`,
        [repository, holder],
      )
    },
    async parked() {
      const rows = await database.query(
        'select repository from windlass_attempt where parked_at is not null order by repository',
      )
      return rows.map(({ repository }) => String(repository))
    },
  }
}
