import { type Attempts, attempts } from './attempts.ts'
import type { Database } from './database.ts'
import { type Deliveries, deliveries } from './deliveries.ts'
import { type Due, due } from './due.ts'
import { migrate } from './migrations.ts'
import { type Notes, notes } from './notes.ts'
import { type Signals, signals } from './signals.ts'
import { openPglite } from './store-pglite.ts'
import { openPostgres } from './store-postgres.ts'
import { type Writes, writes } from './writes.ts'

/** How long we remember deliveries (GitHub redelivers for 3 days, people and proxies for longer) and effects. */
export const KEEP_DAYS = 35

/** What must survive a crash. It makes us fast and exactly-once in effect; the truth stands in Git and at GitHub. */
export type Store = Deliveries & {
  readonly database: Database
  readonly attempts: Attempts
  readonly signals: Signals
  readonly due: Due
  readonly writes: Writes
  /** What we know to have written in one repository (`owner/name`). */
  notes(repository: string, holder: string): Notes
  /** When this server first saw a version of a source (ISO 8601); `now` when it never did. */
  firstSeen(source: string, version: string, now: Date): Promise<string>
  /** Records one effect and the cause that led to it. `effect` must be JSON. */
  audit(repository: string, cause: string, effect: object): Promise<void>
  /** The same, unless this very effect was recorded in the last days: what each pass finds anew stands there once. */
  auditOnce(repository: string, cause: string, effect: object): Promise<void>
  /** Resolves when the database answers, rejects with the reason when not. */
  ready(): Promise<void>
  /** Forgets finished deliveries, signals and the audit trail older than `days` (at least KEEP_DAYS). Answers how many deliveries went. */
  prune(days: number): Promise<number>
  close(): Promise<void>
}

export type StoreEvents = {
  /** Another process took our database: what we write from here on may be lost, so stop at once. */
  onLost(reason: string): void
  /** A connection broke and was replaced. */
  onError(error: Error): void
}

/**
 * Opens PostgreSQL at `database`, or PGlite in `data` when it is null, and brings the tables up to date.
 * Throws Locked when another process uses the folder, and whatever the database says when it cannot be reached.
 */
export async function openStore(
  where: { readonly database: string | null; readonly data: string },
  events: StoreEvents,
): Promise<Store> {
  const database =
    where.database === null
      ? await openPglite(where.data, () => events.onLost(`the lock of ${where.data} is no longer ours`))
      : openPostgres(where.database, events.onError)
  try {
    await migrate(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return {
    ...deliveries(database),
    database,
    attempts: attempts(database),
    signals: signals(database),
    due: due(database),
    writes: writes(database),
    notes: (repository, holder) => notes(database, repository, holder),
    firstSeen: (source, version, now) => firstSeen(database, source, version, now),
    async audit(repository, cause, effect) {
      const text = JSON.stringify(effect)
      await database.query('insert into windlass_audit (repository, cause, effect) values ($1, $2, $3::jsonb)', [
        repository,
        cause,
        text,
      ])
    },
    async auditOnce(repository, cause, effect) {
      await database.query(
        `insert into windlass_audit (repository, cause, effect) select $1, $2, $3::jsonb where not exists
           (select 1 from windlass_audit where repository = $1 and effect = $3::jsonb and at > now() - interval '8 days')`,
        [repository, cause, JSON.stringify(effect)],
      )
    },
    ready: async () => void (await database.query('select 1')),
    prune: days => prune(database, Math.max(days, KEEP_DAYS)),
    close: () => database.close(),
  }
}

async function firstSeen(database: Database, source: string, version: string, now: Date): Promise<string> {
  const rows = await database.query(
    `insert into windlass_first_seen (source, version, at) values ($1, $2, $3)
     on conflict (source, version) do update set at = windlass_first_seen.at
     returning to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
    [source, version, now.toISOString()],
  )
  return String(rows[0]?.at)
}

async function prune(database: Database, days: number): Promise<number> {
  await writes(database).prune(days)
  await database.query('delete from windlass_said where begun_at < now() - make_interval(days => $1)', [days])
  await database.query('delete from windlass_audit where at < now() - make_interval(days => $1)', [days])
  await database.query('delete from windlass_signal where received_at < now() - make_interval(days => $1)', [days])
  const gone = await database.query(
    `delete from windlass_delivery where done_at is not null and received_at < now() - make_interval(days => $1)
     returning guid`,
    [days],
  )
  return gone.length
}
