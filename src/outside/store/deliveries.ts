import type { Database, Row } from './database.ts'

/** A webhook delivery as far as we keep it. `repository` is `owner/name`, null when the whole installation is meant. */
export type Delivery = {
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly installation: number | null
  readonly repository: string | null
}

/**
 * How the work of a delivery ended. `ignored`: it wakes nothing. `stopped`: an error that only new inputs cure.
 * `failed`: we gave up retrying. `parked`: its work killed the process, again and again.
 */
export type Outcome = 'done' | 'ignored' | 'stopped' | 'failed' | 'parked'

/** `again`: seen before, but its work is not done. */
export type Received = 'new' | 'again' | 'seen'

export type Deliveries = {
  /**
   * Stores a delivery once, by its guid; an `ignored` one with the reason and no work. What was given up on is taken up again when
   * it comes again: a person pressed "Redeliver". Rejects when the database does not answer.
   */
  receive(delivery: Delivery, ignored: string | null): Promise<Received>
  finish(guids: readonly string[], outcome: Outcome, detail: string | null): Promise<void>
  /** Every delivery whose work is not done, oldest first. */
  unfinished(): Promise<readonly Delivery[]>
  /** The same of one repository (letter case does not matter). */
  unfinishedOf(repository: string): Promise<readonly Delivery[]>
}

const COLUMNS = 'guid, event, action, installation::text as installation, repository'

export function deliveries(database: Database): Deliveries {
  return {
    receive: (delivery, ignored) => receive(database, delivery, ignored),
    async finish(guids, outcome, detail) {
      if (guids.length === 0) return
      await database.query(
        'update windlass_delivery set done_at = now(), outcome = $2, detail = $3 where guid = any($1::text[]) and done_at is null',
        [guids, outcome, detail],
      )
    },
    async unfinished() {
      const rows = await database.query(
        `select ${COLUMNS} from windlass_delivery where done_at is null order by received_at`,
      )
      return rows.map(asDelivery)
    },
    async unfinishedOf(repository) {
      const rows = await database.query(
        `select ${COLUMNS} from windlass_delivery where done_at is null and lower(repository) = lower($1) order by received_at`,
        [repository],
      )
      return rows.map(asDelivery)
    },
  }
}

async function receive(database: Database, delivery: Delivery, ignored: string | null): Promise<Received> {
  const { guid, event, action, installation, repository } = delivery
  const stored = await database.query(
    `insert into windlass_delivery (guid, event, action, installation, repository, done_at, outcome, detail)
     values ($1, $2, $3, $4, $5, case when $6::text is null then null else now() end,
             case when $6::text is null then null else 'ignored' end, $6::text)
     on conflict (guid) do update set done_at = null, outcome = null, detail = null, received_at = now()
     where windlass_delivery.outcome in ('stopped', 'failed', 'parked')
     returning (xmax = 0) as inserted`,
    [guid, event, action, installation, repository, ignored],
  )
  if (stored[0]) return stored[0].inserted === true ? 'new' : 'again'
  const open = await database.query('select 1 from windlass_delivery where guid = $1 and done_at is null', [guid])
  return open.length > 0 ? 'again' : 'seen'
}

function asDelivery(row: Row): Delivery {
  return {
    guid: String(row.guid),
    event: String(row.event),
    action: row.action === null ? null : String(row.action),
    installation: row.installation === null ? null : Number(row.installation),
    repository: row.repository === null ? null : String(row.repository),
  }
}
