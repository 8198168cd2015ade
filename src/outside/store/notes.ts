import type { Database } from './database.ts'

/**
 * The newest memory that we wrote into a pull request: the signed line and its generation; and the title that we gave it last, or would
 * have given had a person not given another one. A null title leaves the one that is kept.
 */
export type Note = {
  readonly number: number
  readonly generation: number
  readonly note: string
  readonly title: string | null
}

/** How we came to a note: we opened the pull request with it, wrote it there, or found it there. */
export type How = 'opened' | 'written' | 'read'

/** A note as it is kept; ages in seconds, of one that was found without end. `openedAge` is null when it is not known that we opened the pull request. */
export type KeptNote = Note & { readonly age: number; readonly openedAge: number | null }

/** Whether something was said before: `new` never, `begun` maybe (nobody knows whether it arrived), `done` surely. `age` in seconds. */
export type Saying = { readonly kind: 'new' | 'done' } | { readonly kind: 'begun'; readonly age: number }

/**
 * What we know to have written in one repository, because GitHub may answer for some seconds as if we had not. The truth stands at
 * GitHub: without it nothing is lost.
 */
export type Notes = {
  all(): Promise<readonly KeptNote[]>
  /** Keeps the note of a pull request unless a newer one is kept. */
  keep(note: Note, how: How): Promise<void>
  /** Notes that `what` is about to be said, and answers what was known before. */
  begin(what: string): Promise<Saying>
  said(what: string): Promise<void>
  /** It surely was not said. */
  unsaid(what: string): Promise<void>
  /** Which of these were surely said. */
  among(whats: readonly string[]): Promise<ReadonlySet<string>>
}

/**
 * The notes of one repository (`owner/name`; letter case does not matter), for the pass `holder`: once another pass holds the repository, no
 * memory is kept any more, so that what is kept is what the holders wrote, in their order.
 */
export function notes(database: Database, repository: string, holder: string): Notes {
  const saying = (statement: string) => async (what: string) => {
    await database.query(statement, [repository, what])
  }
  return {
    async all() {
      const rows = await database.query(
        `select number, generation, note, title, extract(epoch from now() - written_at)::float8 as age,
           extract(epoch from now() - opened_at)::float8 as opened_age
         from windlass_note where repository = lower($1)`,
        [repository],
      )
      return rows.map(row => ({
        number: Number(row.number),
        generation: Number(row.generation),
        note: String(row.note),
        title: row.title === null ? null : String(row.title),
        age: Number(row.age),
        openedAge: row.opened_age === null ? null : Number(row.opened_age),
      }))
    },
    async keep({ number, generation, note, title }, how) {
      await database.query(
        `insert into windlass_note (repository, number, generation, note, title, opened_at, written_at)
         select repository, $2::integer, $3::integer, $4::text, $5::text,
             case when $6::text = 'opened' then now() end, case when $6::text = 'read' then 'epoch' else now() end
           from windlass_attempt where repository = lower($1) and holder = $7 for share
         on conflict (repository, number) do update set generation = $3, note = $4,
           title = coalesce($5, windlass_note.title), written_at = excluded.written_at
         where windlass_note.generation < $3`,
        [repository, number, generation, note, title, how, holder],
      )
    },
    async begin(what) {
      const [row] = await database.query(
        `insert into windlass_said (repository, what) values (lower($1), $2)
         on conflict (repository, what) do update set what = excluded.what
         returning (xmax = 0) as inserted, done_at is not null as done, extract(epoch from now() - begun_at)::float8 as age`,
        [repository, what],
      )
      if (row?.inserted === true) return { kind: 'new' }
      return row?.done === true ? { kind: 'done' } : { kind: 'begun', age: Number(row?.age) }
    },
    said: saying('update windlass_said set done_at = now() where repository = lower($1) and what = $2'),
    unsaid: saying('delete from windlass_said where repository = lower($1) and what = $2 and done_at is null'),
    async among(whats) {
      if (whats.length === 0) return new Set()
      const rows = await database.query(
        'select what from windlass_said where repository = lower($1) and what = any($2::text[]) and done_at is not null',
        [repository, whats],
      )
      return new Set(rows.map(({ what }) => String(what)))
    },
  }
}
