import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { HOOKS, type HookName } from './hooks.ts'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import type { Answer } from './webhook.ts'

/** What the server can be asked. */
export type Endpoints = {
  webhook(request: IncomingMessage): Promise<Answer>
  hook(name: HookName, request: IncomingMessage): Promise<Answer>
  readiness(): Promise<Readiness>
  metrics: Pick<Metrics, 'print'>
}

/** Milliseconds that a refused sender gets to read our answer while the rest of its body is left unread. */
const FAREWELL = 1_000

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The table of everything that answers; all else is 404. */
function routes(endpoints: Endpoints): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['POST /api/github/webhooks', async (request, response) => send(response, await endpoints.webhook(request))],
    ...(Object.keys(HOOKS) as HookName[]).map((name): [string, Route] => [
      `POST /hooks/${name}`,
      async (request, response) => send(response, await endpoints.hook(name, request)),
    ]),
    ['GET /healthz', async (_, response) => send(response, { status: 200, body: { alive: true } })],
    [
      'GET /readyz',
      async (_, response) => {
        const readiness = await endpoints.readiness()
        send(response, { status: readiness.ready ? 200 : 503, body: readiness })
      },
    ],
    [
      'GET /metrics',
      async (_, response) => {
        const { type, text } = await endpoints.metrics.print()
        response.writeHead(200, { 'content-type': type }).end(text)
      },
    ],
  ])
}

/** Answers every request with the route of its method and path; nothing that goes wrong in one request reaches another. */
export function answerer(endpoints: Endpoints, log: Logger): RequestListener {
  const table = routes(endpoints)
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const route = table.get(`${request.method} ${path}`)
    if (!route) return send(response, { status: 404, body: { error: 'not found' } })
    route(request, response).catch(error => {
      log.error({ err: error, route: `${request.method} ${path}` }, 'a request failed')
      if (response.headersSent) response.destroy()
      else send(response, { status: 500, body: { error: 'failed; the log says why' } })
    })
  }
}

/** A body that was not read to its end would be taken for the next request: then the connection is closed, after a moment to read the answer. */
function send(response: ServerResponse, { status, body }: Answer): void {
  const { req: request } = response
  const unread = !request.complete
  response.writeHead(status, { 'content-type': 'application/json', ...(unread ? { connection: 'close' } : {}) })
  response.end(`${JSON.stringify(body)}\n`)
  if (unread) setTimeout(() => request.destroy(), FAREWELL).unref()
}
