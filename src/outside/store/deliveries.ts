import { inBatches } from '../../in-batches.ts'
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
  /** Those of them that mean a whole installation, of any when it is null. */
  unfinishedOfAll(installation: number | null): Promise<readonly Delivery[]>
  /** Those of one repository (letter case does not matter). */
  unfinishedOf(repository: string): Promise<readonly Delivery[]>
}

const COLUMNS = 'guid, event, action, installation::text as installation, repository'

/** Deliveries that are stored by one statement. */
const TOGETHER = 200

type Arrival = { readonly delivery: Delivery; readonly ignored: string | null }

export function deliveries(database: Database): Deliveries {
  const receive = inBatches(TOGETHER, (arrivals: readonly Arrival[]) => receiveAll(database, arrivals))
  return {
    receive: (delivery, ignored) => receive({ delivery, ignored }),
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
    async unfinishedOfAll(installation) {
      const rows = await database.query(
        `select ${COLUMNS} from windlass_delivery
         where done_at is null and repository is null and ($1::bigint is null or installation = $1) order by received_at`,
        [installation],
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

/** The first of each guid counts; sorted, so that two replicas that store the same ones wait for each other instead of both for ever. */
async function receiveAll(database: Database, arrivals: readonly Arrival[]): Promise<readonly Received[]> {
  const first = new Map<string, Arrival>()
  for (const arrival of arrivals) if (!first.has(arrival.delivery.guid)) first.set(arrival.delivery.guid, arrival)
  const guids = [...first.keys()].toSorted()
  const rows = guids.map(guid => ({ ...first.get(guid)?.delivery, ignored: first.get(guid)?.ignored }))
  const received = await storeAll(database, JSON.stringify(rows))
  const known = guids.filter(guid => !received.has(guid))
  const open = known.length === 0 ? new Set() : await openOf(database, known)
  return arrivals.map(arrival => {
    const { guid } = arrival.delivery
    const what = received.get(guid) ?? (open.has(guid) ? 'again' : 'seen')
    if (what !== 'new' || first.get(guid) === arrival) return what
    return arrival.ignored === null ? 'again' : 'seen'
  })
}

async function storeAll(database: Database, rows: string): Promise<ReadonlyMap<string, Received>> {
  const stored = await database.query(
    `insert into windlass_delivery (guid, event, action, installation, repository, done_at, outcome, detail)
     select guid, event, action, installation, repository, case when ignored is null then null else now() end,
            case when ignored is null then null else 'ignored' end, ignored
     from json_to_recordset($1::json)
       as given (guid text, event text, action text, installation bigint, repository text, ignored text)
     on conflict (guid) do update set done_at = null, outcome = null, detail = null, received_at = now()
     where windlass_delivery.outcome in ('stopped', 'failed', 'parked')
     returning guid, (xmax = 0) as inserted`,
    [rows],
  )
  return new Map(stored.map(({ guid, inserted }) => [String(guid), inserted === true ? 'new' : 'again']))
}

/** A statement of its own: it must see what another replica has stored while ours waited for it. */
async function openOf(database: Database, guids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await database.query(
    'select guid from windlass_delivery where guid = any($1::text[]) and done_at is null',
    [guids],
  )
  return new Set(rows.map(({ guid }) => String(guid)))
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
