import type { Database } from '../../src/outside/store/database.ts'
import type { Job } from './boss.ts'
import { placeOf } from './places.ts'
import { pglite, query } from './pglite.ts'

/** What a statement does, in a few words. */
function labelOf(text: string): string {
  return text.trim().split(/\s+/).slice(0, 4).join(' ').slice(0, 40)
}

/** Only jobs that somebody works on stand in the table: the product asks for no others. */
function write(id: string, job: Job | null): void {
  if (job?.state !== 'active') return void query('delete from pgboss.job where id = $1', [id])
  query(
    `insert into pgboss.job (id, name, data, state) values ($1, $2, $3, $4) on conflict (id) do update set state = excluded.state`,
    [id, job.name, JSON.stringify(job.data), job.state],
  )
}

/** Stands in the place of src/outside/store/store-pglite.ts: one database in memory, reached over the border of a replica. */
export async function openPglite(data: string): Promise<Database> {
  const { by, border, jobs, engine } = placeOf(data)
  const fail = (): never => {
    throw new Error('Connection terminated unexpectedly')
  }
  const cross = <T>(label: string, work: () => Promise<T>) => border.cross(by, 'queue', label, work, fail)
  return {
    engine,
    query: (text, parameters = []) =>
      border.cross(by, 'db', labelOf(text), () => query(text, parameters), fail),
    script: text => border.cross(by, 'db', labelOf(text), async () => void (await pglite.exec(text)), fail),
    boss: { db: jobs.client(by, { cross, write }) as never, backend: 'pglite' },
    close: async () => {},
  }
}
