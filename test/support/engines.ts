import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasPostgres, type Postgres, startPostgres } from './postgres.ts'

/** Where a store lives, as the settings say it. */
export type Where = { readonly database: string | null; readonly data: string }

export type Engine = {
  readonly where: Where
  /** A home that no other test uses, where that is cheap (PostgreSQL); else the same one again. */
  fresh(): Promise<Where>
  dispose(): Promise<void>
}

/** The engines that a durable thing must work on; PostgreSQL only where it is installed. */
export const ENGINES = hasPostgres ? (['PGlite', 'PostgreSQL'] as const) : (['PGlite'] as const)

/** A fresh, empty home for a store on one engine. */
export async function startEngine(name: (typeof ENGINES)[number]): Promise<Engine> {
  const data = mkdtempSync(join(tmpdir(), 'windlass-store-'))
  const server: Postgres | null = name === 'PostgreSQL' ? await startPostgres() : null
  const database = server === null ? null : await server.database('windlass')
  let databases = 0
  return {
    where: { database, data },
    async fresh() {
      return { data, database: server === null ? null : await server.database(`windlass_${++databases}`) }
    },
    async dispose() {
      await server?.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** Waits until `question` says yes; fails loudly with `what` after `patience` milliseconds. */
export async function eventually(
  what: string,
  question: () => boolean | Promise<boolean>,
  patience = 60_000,
): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
