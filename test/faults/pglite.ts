import { PGlite } from '@electric-sql/pglite'
import { createQuery, type Query } from './wire.ts'

/** The one database of this process; every trial finds it empty. It is opened before time is taken over, because it waits for real. */
export const pglite = await PGlite.create()

/** The part of pg-boss's table that the product reads, for the jobs that somebody works on. */
await pglite.exec(`create schema pgboss; create table pgboss.job (id uuid primary key, name text not null, data jsonb, state text not null,
  retry_count integer not null, retry_limit integer not null, start_after timestamptz not null, heartbeat_on timestamptz, started_on timestamptz)`)

const ask = createQuery(pglite)

/** When the next repository is due as far as it is known; undefined when a statement may have changed it. */
let due: number | null | undefined = null

/** A statement, at once. */
export const query: Query = (text, parameters) => {
  if (text.includes('windlass_due')) due = undefined
  return ask(text, parameters)
}

/** When the next repository is due (milliseconds since the epoch), null when none is. */
export function nextDue(): number | null {
  if (due === undefined) {
    const at = ask('select extract(epoch from min(at))::float8 * 1000 as at from windlass_due')[0]?.at ?? null
    due = at === null ? null : Number(at)
  }
  return due
}

/** Whether a pause that GitHub asks for is written down and not over. */
export function isPauseWritten(): boolean {
  return ask('select 1 from windlass_pause where until > clock_timestamp()').length > 0
}

let tables: readonly string[] = []

/** Empties every table of the product, but not its knowledge of which tables there are. */
export function emptyDatabase(): void {
  if (tables.length === 0) {
    const known = query(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'windlass_schema'`,
    )
    tables = known.map(({ name }) => `"${name}"`)
  }
  for (const table of ['pgboss.job', ...tables]) query(`delete from ${table}`)
}
