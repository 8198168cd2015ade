import type { Database } from '../../src/outside/store/database.ts'
import { createPresence, releaseAbandoned } from '../../src/outside/store/presence.ts'
import type { Job, Jobs } from './boss.ts'
import { clock } from './clock.ts'
import { pglite, query } from './pglite.ts'
import { placeOf } from './places.ts'

/** What a statement does, in a few words. */
function labelOf(text: string): string {
  return text.trim().split(/\s+/).slice(0, 4).join(' ').slice(0, 40)
}

/** Only jobs that somebody works on stand in the table: the product asks for no others. */
function write(job: Job): void {
  const { id } = job
  if (job.state !== 'active') return void query('delete from pgboss.job where id = $1', [id])
  query(
    `insert into pgboss.job (id, name, data, state, retry_count, retry_limit, start_after, started_on)
     values ($1, $2, $3, 'active', $4, 1000, now(), now()) on conflict (id) do update set state = 'active', retry_count = $4, started_on = now()`,
    [id, job.name, JSON.stringify(job.data), job.retries],
  )
}

/** The product looks for abandoned jobs by their heartbeats in the table, and puts them back there. */
function takeOver(jobs: Jobs, ...[text, parameters]: Parameters<typeof query>): readonly Record<string, unknown>[] {
  for (const [id, at] of jobs.beats())
    query('update pgboss.job set heartbeat_on = $2 where id = $1', [id, new Date(at)])
  const rows = query(text, parameters)
  for (const { id } of query(`select id::text as id from pgboss.job where state = 'retry'`)) jobs.released(String(id))
  return rows
}

/** Stands in the place of src/outside/store/store-pglite.ts: one database in memory, reached over the border of a replica. */
export async function openPglite(data: string): Promise<Database> {
  const { by, border, jobs, engine } = placeOf(data)
  const fail = (): never => {
    throw new Error('Connection terminated unexpectedly')
  }
  const cross = <T>(label: string, work: () => Promise<T>) => border.cross(by, 'queue', label, work, fail)
  const asked: Database['query'] = (text, parameters = []) =>
    border.cross(
      ...([by, 'db', labelOf(text)] as const),
      async () => (text.startsWith('update pgboss.job') ? takeOver(jobs, text, parameters) : query(text, parameters)),
      fail,
    )
  const alone = createPresence(asked)
  return {
    engine,
    query: asked,
    script: text =>
      border.cross(by, 'db', labelOf(text), () => clock.without(async () => void (await pglite.exec(text))), fail),
    presence: engine === 'pglite' ? alone : { ...alone, release: () => releaseAbandoned(asked) },
    boss: { db: jobs.client(by, { cross, write }) as never, backend: 'pglite' },
    close: async () => {},
  }
}
