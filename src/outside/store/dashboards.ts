import type { DashboardShelf, KnownDashboard } from '../github/github-dashboard.ts'
import type { Database } from './database.ts'

/** PostgreSQL keeps no NUL and no half characters in text. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** The shelf of one repository (`owner/name`). */
export function dashboardShelf(database: Database, repository: string): DashboardShelf {
  return {
    async known() {
      const rows = await database.query(
        'select number, state, title, body from windlass_dashboard where repository = lower($1)',
        [repository],
      )
      const [row] = rows
      if (row === undefined) return null
      const { number, state, title, body } = row
      const known: KnownDashboard = {
        number: number === null ? null : Number(number),
        state: state === 'closed' ? 'closed' : 'open',
        title: String(title),
        body: String(body),
      }
      return known
    },
    async keep(known) {
      if (known === null) {
        await database.query('delete from windlass_dashboard where repository = lower($1)', [repository])
        return
      }
      const { number, state, title, body } = known
      await database.query(
        `insert into windlass_dashboard (repository, number, state, title, body) values (lower($1), $2, $3, $4, $5)
         on conflict (repository) do update set number = $2, state = $3, title = $4, body = $5`,
        [repository, number, state, storable(title), storable(body)],
      )
    },
  }
}
