import type { Database } from './database.ts'

/** One write that the pass of `holder` wants to make, or somebody outside of all passes (null). `repository` is `owner/name`, `request` method and path for the record. */
export type Intent = {
  readonly installation: number
  readonly repository: string
  readonly holder: string | null
  readonly request: string
}

/** What all passes over one installation may do together; `apart` in seconds, the others are counts. */
export type Budget = {
  readonly pointsPerMinute: number
  readonly writesPerMinute: number
  readonly writesPerHour: number
  /** Writes that have no answer yet. */
  readonly open: number
  /** Between two writes. */
  readonly apart: number
}

export type Reservation =
  | { readonly kind: 'go'; readonly id: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  /** Another pass holds the repository. */
  | { readonly kind: 'lost' }

/** How a write ended. `failed`: it was not sent. `refused`: GitHub said no. `unknown`: there was no answer that tells. */
export type Written = 'done' | 'failed' | 'refused' | 'unknown'

/** The outbox: what was written to GitHub, and what may be. Shared by all replicas; times are the database's. */
export type Writes = {
  /** Notes a write before it is made, if the pass still holds its repository and the installation has room; one statement decides. */
  reserve(intent: Intent, budget: Budget): Promise<Reservation>
  /** Counts one read; answers how many seconds there is no room for it, 0 when it may be made. */
  read(installation: number, budget: Budget): Promise<number>
  /** Notes how a reserved write ended; `status` is GitHub's, null without an answer. */
  close(id: number, outcome: Written, status: number | null): Promise<void>
  /**
   * Stops all requests of an installation. `seconds` null: GitHub did not say how long; a minute then, and twice as long each time
   * that it comes again within ten minutes. Answers the seconds that are left.
   */
  pause(installation: number, seconds: number | null): Promise<number>
  /** Seconds that a pause of this installation still lasts, 0 for none. */
  paused(installation: number): Promise<number>
  /** Forgets writes older than `days`, and reads that count no more. */
  prune(days: number): Promise<void>
}

/** No pause is longer (seconds): primary limits are reset each hour. */
const LONGEST_PAUSE = 3700

const LEFT = 'greatest(extract(epoch from until - clock_timestamp()), 0)::float8 as left'

export function writes(database: Database): Writes {
  return {
    async reserve({ installation, repository, holder, request }, budget) {
      const { pointsPerMinute, writesPerMinute, writesPerHour, open, apart } = budget
      const [row] = await database.query(
        `select held, wait, reserved::text as reserved
         from windlass_may_write($1, lower($2), $3, $4, $5, $6, $7, $8, $9)`,
        [installation, repository, holder, request, pointsPerMinute, writesPerMinute, writesPerHour, open, apart],
      )
      if (row?.held !== true) return { kind: 'lost' }
      return row.reserved === null
        ? { kind: 'wait', seconds: Number(row.wait) }
        : { kind: 'go', id: Number(row.reserved) }
    },
    async read(installation, { pointsPerMinute }) {
      const [row] = await database.query('select wait from windlass_may_read($1, $2)', [installation, pointsPerMinute])
      return Number(row?.wait)
    },
    async close(id, outcome, status) {
      await database.query(
        'update windlass_write set done_at = clock_timestamp(), outcome = $2, status = $3 where id = $1 and done_at is null',
        [id, outcome, status],
      )
    },
    async pause(installation, seconds) {
      const [row] = await database.query(
        `insert into windlass_pause as old (installation, until, strikes)
         values ($1, clock_timestamp() + make_interval(secs => coalesce($2::float8, 60)), 1)
         on conflict (installation) do update set
           strikes = case when old.until > clock_timestamp() - interval '10 minutes' then old.strikes + 1 else 1 end,
           until = greatest(old.until, clock_timestamp() + make_interval(secs => coalesce($2::float8,
             case when old.until > clock_timestamp() - interval '10 minutes' then 60 * 2 ^ least(old.strikes, 5) else 60 end)))
         returning ${LEFT}`,
        [installation, seconds === null ? null : Math.min(seconds, LONGEST_PAUSE)],
      )
      return Number(row?.left)
    },
    async paused(installation) {
      const [row] = await database.query(`select ${LEFT} from windlass_pause where installation = $1`, [installation])
      return Number(row?.left ?? 0)
    },
    async prune(days) {
      await database.query('delete from windlass_write where at < now() - make_interval(days => $1)', [days])
      await database.query(`delete from windlass_read where at < now() - interval '1 hour'`)
    },
  }
}
