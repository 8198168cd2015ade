import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { fromPglite } from 'pg-boss'
import type { Database } from './database.ts'
import { lockFolder } from './lock.ts'
import { createPresence } from './presence.ts'

/**
 * PostgreSQL inside this process, in `data`/db, for one process at a time. About 0.5 GB of memory; the first start takes some seconds.
 * A statement runs on our own thread and ends without the event loop having turned; each waits for one turn before it begins, or a chain
 * of them would keep every webhook waiting.
 * `onLost`: somebody took the folder from us; stop at once. Throws Locked when another process uses it.
 */
export async function openPglite(data: string, onLost: () => void): Promise<Database> {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(data, onLost)
  try {
    const pglite = await PGlite.create(join(data, 'db'))
    const boss = fromPglite(pglite)
    const query: Database['query'] = async (text, parameters = []) => {
      await setImmediate()
      return (await pglite.query<Record<string, unknown>>(text, [...parameters])).rows
    }
    return {
      engine: 'pglite',
      query,
      script: async text => void (await pglite.exec(text)),
      presence: createPresence(query),
      boss: {
        backend: 'pglite',
        db: {
          ...boss,
          async executeSql(text, values) {
            await setImmediate()
            return boss.executeSql(text, values)
          },
        },
      },
      close: () => pglite.close().finally(() => lock.release()),
    }
  } catch (error) {
    lock.release()
    throw new Error(`opening the embedded database in ${join(data, 'db')}`, { cause: error })
  }
}
