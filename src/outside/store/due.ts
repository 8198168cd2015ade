import type { Repository } from '../../app.ts'
import type { Database } from './database.ts'

/** Seconds after which a date that was claimed and not forgotten is due again: who claimed it has died. */
const CLAIM = 30

/** Dates claimed at a time. */
const AT_ONCE = 500

/** A repository whose time has come, and the mark of who claimed it. */
export type Claimed = { readonly repository: Repository; readonly mark: string }

/** When repositories want to be looked at next, whatever happens until then: one date each. */
export type Due = {
  /** Replaces the date of a repository, at least a second from now; null forgets it. */
  set(repository: Repository, at: Date | null): Promise<void>
  /** Claims what is due, earliest first. What is not forgotten within 30 s is due again. */
  claim(): Promise<readonly Claimed[]>
  /** Forgets what was claimed, unless a pass has set another date since. */
  forget(claimed: readonly Claimed[]): Promise<void>
}

export function due(database: Database): Due {
  return {
    async set(repository, at) {
      if (at !== null) return setDate(database, repository, at)
      await database.query('delete from windlass_due where repository = lower($1)', [nameOf(repository)])
    },
    claim: () => claim(database),
    async forget(claimed) {
      if (claimed.length === 0) return
      await database.query(
        `delete from windlass_due using unnest($1::text[], $2::text[]) as claimed (repository, mark)
         where windlass_due.repository = lower(claimed.repository) and extract(epoch from at)::text = claimed.mark`,
        [claimed.map(({ repository }) => nameOf(repository)), claimed.map(({ mark }) => mark)],
      )
    },
  }
}

async function setDate(database: Database, repository: Repository, at: Date): Promise<void> {
  const { installation, owner, name } = repository
  await database.query(
    `insert into windlass_due (repository, installation, owner, name, at)
     values (lower($1), $2, $3, $4, greatest($5::timestamptz, now() + interval '1 s'))
     on conflict (repository) do update set installation = excluded.installation, owner = excluded.owner,
       name = excluded.name, at = excluded.at`,
    [nameOf(repository), installation, owner, name, at.toISOString()],
  )
}

/** Moves what is due into the future, so that no other replica wakes it too, and nothing is lost when we die before it is woken. */
async function claim(database: Database): Promise<readonly Claimed[]> {
  const rows = await database.query(
    `update windlass_due set at = now() + make_interval(secs => ${CLAIM})
     where repository in
       (select repository from windlass_due where at <= now() order by at limit ${AT_ONCE} for update skip locked)
     returning installation::text as installation, owner, name, extract(epoch from at)::text as mark`,
  )
  return rows.map(({ installation, owner, name, mark }) => ({
    repository: { installation: Number(installation), owner: String(owner), name: String(name) },
    mark: String(mark),
  }))
}

function nameOf({ owner, name }: Repository): string {
  return `${owner}/${name}`
}
