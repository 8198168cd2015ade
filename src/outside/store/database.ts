import type { ConstructorOptions } from 'pg-boss'

/** A value that both engines send the same way; JSON goes as its text. */
export type Parameter = string | number | boolean | null | readonly string[]

/** What a query answers: columns are text, number, boolean or null (ask for dates as text). */
export type Row = { readonly [column: string]: unknown }

/** Marks of the jobs a process works on, that vanish with it. Neither `take` nor `leave` ever rejects. */
export type Presence = {
  take(job: string): Promise<void>
  leave(job: string): Promise<void>
  /** Puts back into the queue, to be fetched at once, what nobody works on any more. Answers how many jobs. */
  release(): Promise<number>
}

/** One database, whichever engine runs it. Both speak PostgreSQL's SQL. Rejects when the database does not answer. */
export type Database = {
  readonly engine: 'pglite' | 'postgres'
  query(text: string, parameters?: readonly Parameter[]): Promise<readonly Row[]>
  /** Several statements without parameters, all or nothing. */
  script(text: string): Promise<void>
  /** What tells which jobs somebody still works on. */
  readonly presence: Presence
  /** How pg-boss reaches the same database. */
  readonly boss: Pick<ConstructorOptions, 'db' | 'backend' | 'connectionString' | 'max'>
  close(): Promise<void>
}
