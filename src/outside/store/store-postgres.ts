import { Pool } from 'pg'
import type { Database } from './database.ts'
import { openPresence } from './presence.ts'

/** Connections of our own queries; pg-boss keeps as many again, one to listen, and one is presence. */
const CONNECTIONS = 8

/** A PostgreSQL server that several replicas may share. `onError` hears of idle connections that break; the pool replaces them. */
export function openPostgres(url: string, onError: (error: Error) => void): Database {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    query_timeout: 15_000,
    application_name: 'windlass',
  })
  pool.on('error', onError)
  const query: Database['query'] = async (text, parameters = []) => (await pool.query(text, [...parameters])).rows
  const presence = openPresence(url, query, onError)
  return {
    engine: 'postgres',
    query,
    script: async text => void (await pool.query(text)),
    presence,
    boss: { connectionString: url, max: CONNECTIONS },
    async close() {
      await presence.close()
      await pool.end()
    },
  }
}
