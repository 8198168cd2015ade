import { PGlite } from '@electric-sql/pglite'

/** The one database of this process; every trial finds it empty. It is opened before time is taken over, because it waits for real. */
export const pglite = await PGlite.create()

/** The part of pg-boss's table that the product reads. */
await pglite.exec(`create schema pgboss; create table pgboss.job (
  id uuid primary key, name text not null, data jsonb, state text not null, singleton_key text, group_id text, start_after timestamptz)`)

let tables: readonly string[] | null = null

/** Empties every table of the product, but not its knowledge of which tables there are. */
export async function emptyDatabase(): Promise<void> {
  if (tables === null || tables.length === 0) {
    const { rows } = await pglite.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'windlass_schema'`,
    )
    tables = rows.map(({ name }) => `"${name}"`)
  }
  await pglite.exec(['pgboss.job', ...tables].map(table => `delete from ${table};`).join(''))
}
