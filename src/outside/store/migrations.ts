import type { Database } from './database.ts'
import { GATEWAY_TABLES } from './gateway-tables.ts'

/**
 * Every version of our tables, oldest first; entries are only ever appended, and only add. So a server of the version before
 * can still work on the tables of this one, and an upgrade can be rolled back.
 */
const VERSIONS = [
  `create table windlass_delivery (
     guid text primary key,
     event text not null,
     action text,
     installation bigint,
     repository text,
     received_at timestamptz not null default now(),
     done_at timestamptz,
     outcome text,
     detail text
   );
   create index windlass_delivery_open on windlass_delivery (lower(repository)) where done_at is null;
   create index windlass_delivery_received on windlass_delivery (received_at);
   create table windlass_attempt (
     repository text primary key,
     job uuid,
     begun_at timestamptz,
     deaths integer not null default 0,
     failures integer not null default 0,
     parked_at timestamptz
   );
   create table windlass_first_seen (
     source text not null,
     version text not null,
     at timestamptz not null,
     primary key (source, version)
   );
   create table windlass_audit (
     id bigint generated always as identity primary key,
     at timestamptz not null default now(),
     repository text not null,
     cause text not null,
     effect jsonb not null
   );
   create index windlass_audit_at on windlass_audit (at);`,
  `create table windlass_signal (
     id bigint generated always as identity primary key,
     repository text not null,
     digest text not null,
     name text not null,
     at timestamptz not null,
     received_at timestamptz not null default now(),
     signal jsonb not null,
     unique (repository, digest)
   );
   create index windlass_signal_at on windlass_signal (repository, at);
   create index windlass_signal_name on windlass_signal (repository, name, id);
   create index windlass_signal_received on windlass_signal (received_at);
   create table windlass_reporter (
     repository text not null,
     environment text not null,
     name text not null,
     reporter text not null,
     at timestamptz not null default now(),
     primary key (repository, environment, name)
   );
   create index windlass_delivery_repository on windlass_delivery (lower(repository), received_at) where installation is not null;`,
  `create table windlass_due (
     repository text primary key,
     installation bigint not null,
     owner text not null,
     name text not null,
     at timestamptz not null
   );
   create index windlass_due_at on windlass_due (at);
   alter table windlass_attempt add column holder uuid;`,
  GATEWAY_TABLES,
  `create table windlass_dashboard (
     repository text primary key,
     number integer,
     state text not null,
     title text not null,
     body text not null,
     unseen_since timestamptz
   );`,
]

/** Any number, as long as it is ours: two replicas that start together migrate one after the other. */
const LOCK = 7_153_020_417

/** Brings the tables up to date; does nothing when they are. Each step is one transaction. */
export async function migrate(database: Database): Promise<void> {
  await database.script(
    `select pg_advisory_xact_lock(${LOCK}); create table if not exists windlass_schema (version integer primary key);`,
  )
  for (const [index, statements] of VERSIONS.entries()) {
    const version = index + 1
    const done = await database.query('select 1 from windlass_schema where version = $1', [version])
    if (done.length === 0) await step(database, version, statements)
  }
}

async function step(database: Database, version: number, statements: string): Promise<void> {
  try {
    await database.script(
      `select pg_advisory_xact_lock(${LOCK}); insert into windlass_schema values (${version}); ${statements}`,
    )
  } catch (error) {
    const done = await database.query('select 1 from windlass_schema where version = $1', [version])
    if (done.length === 0) throw new Error(`migrating the database to version ${version}`, { cause: error })
  }
}
