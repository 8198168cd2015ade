import { createServer, type Server } from 'node:http'
import { Webhooks } from '@octokit/webhooks'
import { Cron } from 'croner'
import type { Logger } from 'pino'
import { openStore, type Store } from './outside/store/store.ts'
import { openQueue, type Queue, type Work } from './queue.ts'
import { createBodyReader, LARGEST_HOOK } from './server/body.ts'
import { type HookName, receiveHook } from './server/hooks.ts'
import { createMetrics } from './server/metrics.ts'
import { type Check, createReadiness } from './server/readiness.ts'
import { answerer } from './server/routes.ts'
import { receiveWebhook } from './server/webhook.ts'
import type { Settings } from './settings.ts'

/** Milliseconds that running passes get at a stop; Kubernetes kills after 30 s. */
const GRACE = 20_000

/** Milliseconds after which a sender that dribbles is cut off; GitHub itself gives up after 10 s. */
const PATIENCE = 15_000

export type ServerParts = Pick<Work, 'reconcile' | 'listRepositories' | 'sayParked'> & {
  readonly settings: Settings
  readonly log: Logger
  /** Our own login at GitHub, `windlass[bot]`, null when unknown. */
  readonly self: string | null
  /** What else must work before we are ready (the App's key at GitHub, the tools), by name. */
  readonly checks: Readonly<Record<string, Check>>
}

/** A running server: where it listens, and how to end it in order. */
export type Running = { readonly url: string; stop(): Promise<void> }

/**
 * Opens the store and the queue, takes up what is unfinished, and listens. Rejects with a reason a person can act on:
 * Locked (another process), an unreachable database, a port in use.
 */
export async function startServer(parts: ServerParts): Promise<Running> {
  const { settings, log } = parts
  const store = await openStore(settings, {
    onLost(reason) {
      throw new Error(`${reason}: ending, so that two processes do not write to one database`)
    },
    onError: error => log.warn({ err: error }, 'a database connection broke'),
  })
  const queue = await openQueue(store, log).catch(closing(store))
  const end = async () => {
    await queue.stop(GRACE)
    await store.close()
  }
  try {
    return await open(parts, store, queue, end)
  } catch (error) {
    await end()
    throw error
  }
}

function closing(store: Store): (error: unknown) => Promise<never> {
  return async error => {
    await store.close()
    throw error
  }
}

async function open(parts: ServerParts, store: Store, queue: Queue, end: () => Promise<void>): Promise<Running> {
  const { settings, log, self, reconcile, listRepositories, sayParked } = parts
  const metrics = createMetrics(queue.depth, store.attempts.parked)
  const webhooks = new Webhooks({ secret: settings.app.webhookSecret })
  const world = { webhooks, readBody: createBodyReader(), store, queue, metrics, log, self }
  const readiness = createReadiness(
    { store: store.ready, queue: async () => void (await queue.depth()), ...parts.checks },
    log,
  )
  const webhook = (request: Parameters<typeof receiveWebhook>[1]) => receiveWebhook(world, request)
  const hooks = { secrets: settings.hooks, readBody: createBodyReader(LARGEST_HOOK), store, queue, metrics, log }
  const hook = (name: HookName, request: Parameters<typeof receiveHook>[2]) => receiveHook(hooks, name, request)
  const server = createServer(
    { requestTimeout: PATIENCE, headersTimeout: PATIENCE },
    answerer({ webhook, hook, readiness, metrics }, log),
  )
  await queue.work({ reconcile, listRepositories, sayParked, onPass: metrics.pass })
  await listen(server, settings)
  const sweeps = scheduleSweeps(settings.sweep, queue, log)
  const url = urlOf(server, settings.host)
  log.info({ url, engine: store.database.engine, sweep: settings.sweep }, 'listening')
  let stopped: Promise<void> | null = null
  return {
    url,
    stop() {
      sweeps.stop()
      stopped ??= close(server).then(end)
      return stopped
    },
  }
}

/** Replicas tick in the same second, and the same second is the same sweep. */
function scheduleSweeps(cron: string, queue: Queue, log: Logger): Cron {
  const failed = (error: unknown) =>
    log.error({ err: error }, 'the sweep could not be queued; the next one comes by itself')
  return new Cron(cron, { timezone: 'UTC', catch: failed }, () =>
    queue.sweep(null, 'sweep', new Date(Math.floor(Date.now() / 1000) * 1000)),
  )
}

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(new Error(`listening on ${host}:${port}`, { cause: error })))
    server.listen(port, host, resolve)
  })
}

function urlOf(server: Server, host: string): string {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Takes no new request and lets the ones that run finish; requestTimeout bounds them. */
function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
