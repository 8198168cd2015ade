import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Webhooks } from '@octokit/webhooks'
import { type Logger, pino } from 'pino'
import { ProbotOctokit } from 'probot'
import { passOver } from '../../src/cli/serve.ts'
import { GITHUB_BUDGET } from '../../src/outside/github/budget.ts'
import { openGitHubApp } from '../../src/outside/github/github-app.ts'
import { openStore } from '../../src/outside/store/store.ts'
import { openQueue, type Queue } from '../../src/queue.ts'
import { parkedCheck } from '../../src/report/parked.ts'
import { createBodyReader } from '../../src/server/body.ts'
import { receiveWebhook } from '../../src/server/webhook.ts'
import type { Failure, Incarnation } from './border.ts'
import { clock } from './clock.ts'
import { FROZEN } from './github.ts'
import type { Limits } from './limits.ts'
import { connect, type Place } from './places.ts'
import { answer, asResponse } from './rest.ts'
import type { Reply } from './route.ts'
import { createServices, type Published } from './services.ts'

/** The secret of the App's webhook. */
export const SECRET = 'the secret of the simulated App'

/** What the door said to a delivery; null when nobody was there. */
export type Answered = { readonly status: number } | null

/** A process of the product. */
export type Replica = Incarnation & {
  readonly slot: number
  readonly lines: string[]
  queue: Queue | null
  /** Hands a delivery in; never answers when the process dies meanwhile. */
  door: ((headers: Readonly<Record<string, string>>, body: string) => Promise<Answered>) | null
  /** How its passes ended. */
  readonly passes: string[]
}

export type Connections = Omit<Place, 'by'> & { readonly limits: Limits; readonly published: Published }

/** The signature that GitHub puts on a body. */
export function signatureOf(body: string, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

/** Octokit's `fetch` of one replica: everything it asks of GitHub goes over the border. */
function fetchFor(by: Incarnation, { border, github, limits }: Connections): typeof fetch {
  return async (input, init) => {
    const url = new URL(String(input))
    const method = init?.method ?? 'GET'
    const body = typeof init?.body === 'string' ? init.body : null
    const sent = { method, path: url.pathname, replica: by.name, at: clock.now() }
    // What the App asks as itself counts against the limits of no installation.
    const isLimited = !url.pathname.startsWith('/app')
    const refusal = (how: Failure): Reply => {
      if (how === 'lost') throw new TypeError('fetch failed', { cause: new Error('socket hang up') })
      return how === 'refused' && isLimited ? limits.refuse(60) : { status: 502, body: { message: 'Server Error' } }
    }
    const work = (ago: number, isFrozen: boolean) =>
      (isLimited ? limits.meet(sent) : null) ??
      answer(github, { method, url, body, cause: isFrozen ? `${by.name}, ${FROZEN}` : by.name }, ago)
    const reply = await border.cross(
      by,
      'rest',
      `${method} ${url.pathname.replace('/repos/acme/fleet', '')}`,
      work,
      refusal,
    )
    if (reply.status === 403) limits.heard(by.name)
    return asResponse(url.href, reply)
  }
}

/** The clients of the product's own kind, without tokens: only the way to GitHub is ours. */
function clientsFor(by: Incarnation, connections: Connections) {
  const hook = (request: (options: unknown) => unknown, options: unknown) => request(options)
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const options = {
    authStrategy: () => Object.assign(async () => ({}), { hook }),
    baseUrl: 'https://api.github.test',
    request: { fetch: fetchFor(by, connections) },
    throttle: { enabled: false },
    retry: { enabled: false },
    log: silent as never,
  }
  return { auth: async () => new ProbotOctokit(options) }
}

/** Starts a process of the product on what it is connected to. It is ready when its door is there; `onEnd` hears that it could not start. */
export function start(
  slot: number,
  name: string,
  connections: Connections,
  onEnd: (replica: Replica) => void,
): Replica {
  const lines: string[] = []
  const write = (line: string) =>
    void lines.push(`${clock.stamp().slice(11, 19)} ${name} ${line.trim().slice(0, 1500)}`)
  const log = pino({ level: 'warn', base: null, timestamp: false }, { write })
  const replica: Replica = { name, slot, alive: true, pausedUntil: 0, lines, queue: null, door: null, passes: [] }
  connect(name, { ...connections, by: replica })
  clock.as(replica, () => {
    open(replica, connections, log).catch(error => {
      lines.push(`${name} did not start: ${error}`)
      onEnd(replica)
    })
  })
  return replica
}

async function open(replica: Replica, connections: Connections, log: Logger): Promise<void> {
  const { name } = replica
  const settings = { webUrl: 'https://github.test', webhookSecret: SECRET, data: name, budget: GITHUB_BUDGET }
  const app = await openGitHubApp(clientsFor(replica, connections), settings)
  const store = await openStore({ database: null, data: name }, { onLost() {}, onError() {} })
  const queue = await openQueue(store, log)
  const services = createServices(replica, connections.border, connections.published)
  await queue.work({
    reconcile: passOver(app, services, log),
    listRepositories: app.listRepositories,
    sayParked: (repository, isParked, store) => app.report(repository, parkedCheck(isParked), store),
    onPass: end => replica.passes.push(end),
  })
  const metrics = { delivery() {}, hook() {}, pass() {}, print: async () => ({ type: '', text: '' }) }
  const world = {
    webhooks: new Webhooks({ secret: SECRET }),
    readBody: createBodyReader(),
    store,
    queue,
    metrics,
    log,
    self: app.login,
  }
  replica.queue = queue
  replica.door = async (headers, body) => receiveWebhook(world, asRequest(headers, body))
}

/** What `receiveWebhook` needs of a request. */
function asRequest(headers: Readonly<Record<string, string>>, body: string): IncomingMessage {
  return {
    headers,
    [Symbol.asyncIterator]: async function* () {
      yield Buffer.from(body)
    },
  } as unknown as IncomingMessage
}
