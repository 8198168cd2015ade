import type { DashboardShelf, KnownDashboard } from '../github/github-dashboard.ts'
import type { Database } from './database.ts'

/** PostgreSQL keeps no NUL and no half characters in text. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** The shelf of one repository (`owner/name`), for the pass `holder`: once another pass holds the repository, it keeps nothing any more. */
export function dashboardShelf(database: Database, repository: string, holder: string): DashboardShelf {
  return {
    async known() {
      const rows = await database.query(
        `select number, state, title, body, to_char(unseen_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as unseen_since
         from windlass_dashboard where repository = lower($1)`,
        [repository],
      )
      const [row] = rows
      if (row === undefined) return null
      const { number, state, title, body, unseen_since: since } = row
      const known: KnownDashboard = {
        number: number === null ? null : Number(number),
        state: state === 'closed' ? 'closed' : 'open',
        title: String(title),
        body: String(body),
        unseenSince: since === null ? null : String(since),
      }
      return known
    },
    async keep(known) {
      const { number, state, title, body, unseenSince } = known
      await database.query(
        `insert into windlass_dashboard (repository, number, state, title, body, unseen_since)
         select repository, $2::integer, $3::text, $4::text, $5::text, $6::timestamptz from windlass_attempt
           where repository = lower($1) and holder = $7 for share
         on conflict (repository) do update set number = $2, state = $3, title = $4, body = $5, unseen_since = $6`,
        [repository, number, state, storable(title), storable(body), unseenSince, holder],
      )
    },
  }
}
