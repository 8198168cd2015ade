import { Client } from 'pg'
import type { Database, Presence } from './database.ts'

type Query = Database['query']

/** Any number, as long as it is ours: the first half of the keys of our advisory locks. */
const SPACE = 715_302

/** Seconds of silence after which a job counts as abandoned: when its mark is gone too, and whatever its mark says. */
const SILENT = 4
const MUTE = 10

/** A job that is active is to be fetched again, at once, where what follows holds. */
const RELEASE = `update pgboss.job set state = 'retry', retry_count = retry_count + 1, start_after = now()
  where name in ('repo', 'sweep') and state = 'active' and retry_count < retry_limit`

/** The second half of the key: 32 bits of the job's random id. A clash would only delay a recovery. */
const key = (id: string) => `('x' || left(${id}, 8))::bit(32)::integer`

/**
 * Opens the connection on which this process marks its jobs: one session-level advisory lock each, which PostgreSQL drops when the
 * connection ends. A killed process leaves no connection behind, while one whose event loop is busy keeps it; a mark that is missing only
 * makes its job depend on heartbeats alone. A connection that broke is opened again at the next job. `onError` hears of what went wrong.
 */
export function openPresence(
  url: string,
  query: Query,
  onError: (error: Error) => void,
): Presence & { close(): Promise<void> } {
  const held = new Set<string>()
  let client: Promise<Client> | null = null

  async function connect(): Promise<Client> {
    const opened = new Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      application_name: 'windlass presence',
    })
    opened.on('error', error => {
      client = null
      onError(error)
    })
    await opened.connect()
    for (const job of held) await lock(opened, job)
    return opened
  }

  async function on(work: (client: Client) => Promise<unknown>): Promise<void> {
    client ??= connect()
    const used = client
    try {
      await work(await used)
    } catch (error) {
      if (client === used) client = null
      used.then(broken => broken.end()).catch(() => {})
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    async take(job) {
      held.add(job)
      await on(client => lock(client, job))
    },
    async leave(job) {
      held.delete(job)
      await on(client => client.query(`select pg_advisory_unlock(${SPACE}, ${key('$1::text')})`, [job]))
    },
    release: () => releaseAbandoned(query),
    async close() {
      await client?.then(opened => opened.end()).catch(() => {})
    },
  }
}

/** Tries once: while a replica that was silent too long still has the mark, the job goes by its heartbeats. */
function lock(client: Client, job: string): Promise<unknown> {
  return client.query(`select pg_try_advisory_lock(${SPACE}, ${key('$1::text')})`, [job])
}

/**
 * Releases what dead replicas were working on: silent for 4 s with the connection gone, or silent for 10 s. Of several that call it at the
 * same moment each job is released by one.
 */
export async function releaseAbandoned(query: Query): Promise<number> {
  const rows = await query(
    `${RELEASE} and
       (heartbeat_on < now() - interval '${MUTE} s' or heartbeat_on < now() - interval '${SILENT} s' and not exists
         (select 1 from pg_locks where locktype = 'advisory' and classid = ${SPACE} and objsubid = 2
            and objid = ${key('job.id::text')}::oid
            and database = (select oid from pg_database where datname = current_database())))
     returning 1`,
  )
  return rows.length
}

/**
 * The marks of the only process that there is: it keeps them itself. What is active without a mark belongs to a process that is gone, or
 * could not be ended when it was done.
 */
export function createPresence(query: Query): Presence {
  const held = new Set<string>()
  return {
    take: async job => void held.add(job),
    leave: async job => void held.delete(job),
    async release() {
      const abandoned = `${RELEASE} and started_on < now() - interval '${SILENT} s' and id::text <> all($1::text[]) returning 1`
      return (await query(abandoned, [[...held]])).length
    },
  }
}
