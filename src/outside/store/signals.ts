import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Signal } from '../../model.ts'
import type { Database } from './database.ts'

/** Signals of one name that are kept: a heartbeat every five minutes for a week. */
const OF_ONE_NAME = 2_000

/** Signals of one repository that are kept. */
const OF_ONE_REPOSITORY = 10_000

/** What came signed to the hooks, and who was the first to report what. Letter case of repositories does not matter. */
export type Signals = {
  /** Stores a signal once: `seen` when its very body came before for this repository. The oldest go when there are too many. */
  hear(repository: string, body: string, signal: Signal): Promise<'new' | 'seen'>
  /** What was heard about a repository since then (ISO 8601), oldest first. */
  heard(repository: string, since: string): Promise<readonly Signal[]>
  /** Who was the first to report a name in an environment; remembers `by` when nobody was. */
  reporter(repository: string, environment: string, name: string, by: string): Promise<string>
  /** The installation that the last delivery about a repository named, with the name as GitHub writes it; null when there was none. */
  installed(repository: string): Promise<{ readonly installation: number; readonly repository: string } | null>
}

const stored = z.object({
  via: z.enum(['flux', 'generic']),
  name: z.string(),
  state: z.enum(['success', 'failure', 'pending']),
  at: z.string(),
  by: z.string(),
  commit: z.string().nullable(),
  place: z.string().nullable(),
  version: z.string().nullable(),
  run: z.string().nullable(),
  says: z.string(),
})

export function signals(database: Database): Signals {
  return {
    hear: (repository, body, signal) => hear(database, repository, body, signal),
    async heard(repository, since) {
      const rows = await database.query(
        'select signal::text as signal from windlass_signal where repository = lower($1) and at >= $2::timestamptz order by at, id',
        [repository, since],
      )
      return rows.map(({ signal }) => stored.parse(JSON.parse(String(signal))))
    },
    async reporter(repository, environment, name, by) {
      const rows = await database.query(
        `insert into windlass_reporter (repository, environment, name, reporter) values (lower($1), $2, $3, $4)
         on conflict (repository, environment, name) do update set reporter = windlass_reporter.reporter
         returning reporter`,
        [repository, environment, name, by],
      )
      return String(rows[0]?.reporter)
    },
    async installed(repository) {
      const rows = await database.query(
        `select installation::text as installation, repository from windlass_delivery
         where lower(repository) = lower($1) and installation is not null order by received_at desc limit 1`,
        [repository],
      )
      const [row] = rows
      return row ? { installation: Number(row.installation), repository: String(row.repository) } : null
    },
  }
}

async function hear(database: Database, repository: string, body: string, signal: Signal): Promise<'new' | 'seen'> {
  const digest = createHash('sha256').update(`${signal.via}\n${signal.place}\n${body}`).digest('hex')
  const rows = await database.query(
    `insert into windlass_signal (repository, digest, name, at, signal) values (lower($1), $2, $3, $4::timestamptz, $5::jsonb)
     on conflict (repository, digest) do nothing returning id`,
    [repository, digest, signal.name, signal.at, JSON.stringify(signal)],
  )
  if (rows.length === 0) return 'seen'
  await forget(database, repository, signal.name)
  return 'new'
}

async function forget(database: Database, repository: string, name: string): Promise<void> {
  await database.query(
    `delete from windlass_signal where repository = lower($1) and name = $2 and id <=
       (select id from windlass_signal where repository = lower($1) and name = $2 order by id desc offset ${OF_ONE_NAME} limit 1)`,
    [repository, name],
  )
  await database.query(
    `delete from windlass_signal where repository = lower($1) and id <=
       (select id from windlass_signal where repository = lower($1) order by id desc offset ${OF_ONE_REPOSITORY} limit 1)`,
    [repository],
  )
}
