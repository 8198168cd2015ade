import { PGlite } from '@electric-sql/pglite'
import { createQuery } from './wire.ts'

/** The one database of this process; every trial finds it empty. It is opened before time is taken over, because it waits for real. */
export const pglite = await PGlite.create()

/** The part of pg-boss's table that the product reads, for the jobs that somebody works on. */
await pglite.exec(`create schema pgboss; create table pgboss.job (id uuid primary key, name text not null, data jsonb, state text not null)`)

/** A statement, at once. */
export const query = createQuery(pglite)

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
