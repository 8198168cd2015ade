import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Webhooks } from '@octokit/webhooks'
import type { Logger } from 'pino'
import { actionOf, repositoriesOf, type Wake } from '../app.ts'
import type { Received } from '../outside/store/deliveries.ts'
import type { Store } from '../outside/store/store.ts'
import type { Queue } from '../queue.ts'
import { type ReadBody, Refused } from './body.ts'
import type { Metrics } from './metrics.ts'
import { nameOf } from './pass.ts'

/** An answer to an HTTP request, JSON. */
export type Answer = { readonly status: number; readonly body: object }

export type WebhookWorld = {
  /** Knows the secret of the App. */
  readonly webhooks: Pick<Webhooks, 'verify'>
  readonly readBody: ReadBody
  readonly store: Store
  readonly queue: Queue
  readonly metrics: Metrics
  readonly log: Logger
  /** Our own login, `windlass[bot]`, null when unknown. */
  readonly self: string | null
}

type Headers = { readonly event: string; readonly guid: string; readonly signature: string }

/**
 * Answers one delivery of GitHub: checked against its signature before a byte of it is parsed, then stored, then queued, then answered.
 * 202 with what it wakes, 200 for one we have had, 4xx for what GitHub would not send, 503 when it could not be stored (press "Redeliver").
 */
export async function receiveWebhook(world: WebhookWorld, request: IncomingMessage): Promise<Answer> {
  const event = request.headers['x-github-event']
  const label = typeof event === 'string' ? event : ''
  try {
    const headers = readHeaders(request)
    const payload = await readSigned(world, request, headers.signature)
    return await accept(world, headers, payload)
  } catch (error) {
    if (error instanceof Refused) {
      world.metrics.delivery(label, error.status === 503 ? 'failed' : 'refused')
      world.log.warn({ status: error.status, reason: error.message }, 'refused a delivery')
      return { status: error.status, body: { error: error.message } }
    }
    world.metrics.delivery(label, 'failed')
    world.log.error({ err: error }, 'a delivery could not be stored')
    return { status: 503, body: { error: 'could not be stored; deliver it again' } }
  }
}

/** Parsing comes after this, so a header is either of GitHub's form or refused. */
function readHeaders({ headers }: IncomingMessage): Headers {
  const event = header(headers['x-github-event'], /^[a-z_]{1,64}$/, 'X-GitHub-Event')
  const guid = header(headers['x-github-delivery'], /^[\w-]{1,100}$/, 'X-GitHub-Delivery')
  const signature = header(headers['x-hub-signature-256'], /^sha256=[0-9a-f]{64}$/, 'X-Hub-Signature-256', 401)
  if (!/^application\/json\b/i.test(headers['content-type'] ?? ''))
    throw new Refused(415, 'not application/json: choose that content type in the settings of the webhook')
  return { event, guid, signature }
}

function header(value: string | string[] | undefined, form: RegExp, name: string, status = 400): string {
  if (typeof value === 'string' && form.test(value)) return value
  throw new Refused(status, `${name} is ${value === undefined ? 'missing' : 'malformed'}`)
}

/** The body is verified before anything is made of it. Bytes that are not UTF-8 would be verified in one form and sent in another. */
async function readSigned(world: WebhookWorld, request: IncomingMessage, signature: string): Promise<unknown> {
  const bytes = await world.readBody(request)
  if (bytes.length === 0) throw new Refused(400, 'the body is empty')
  if (!isUtf8(bytes)) throw new Refused(400, 'the body is not UTF-8')
  const text = bytes.toString('utf8')
  if (!(await world.webhooks.verify(text, signature)))
    throw new Refused(401, 'the signature does not fit: is WEBHOOK_SECRET the secret of the App?')
  return parse(text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused(400, 'the body is not JSON')
  }
}

async function accept(world: WebhookWorld, { event, guid }: Headers, payload: unknown): Promise<Answer> {
  const { store, metrics, self } = world
  const wake = repositoriesOf(event, payload, self)
  const delivery = { guid, event, action: actionOf(payload), ...placeOf(wake) }
  const received = await store.receive(delivery, wake.kind === 'nothing' ? wake.reason : null)
  if (wake.kind === 'nothing') {
    metrics.delivery(event, received === 'seen' ? 'duplicate' : 'ignored')
    return { status: received === 'seen' ? 200 : 202, body: { accepted: [], ignored: wake.reason } }
  }
  return received === 'seen' ? duplicate(world, event) : queueUp(world, event, guid, wake, received)
}

function duplicate({ metrics }: WebhookWorld, event: string): Answer {
  metrics.delivery(event, 'duplicate')
  return { status: 200, body: { accepted: [], duplicate: true } }
}

async function queueUp(
  { queue, metrics }: WebhookWorld,
  event: string,
  guid: string,
  wake: Exclude<Wake, { kind: 'nothing' }>,
  received: Received,
): Promise<Answer> {
  const cause = `${event} ${guid}`
  if (wake.kind === 'repository') await queue.wake(wake.repository, cause)
  else await queue.sweep(wake.installation, cause)
  metrics.delivery(event, received === 'new' ? 'accepted' : 'duplicate')
  const accepted = [wake.kind === 'repository' ? nameOf(wake.repository) : `installation ${wake.installation}`]
  return received === 'new' ? { status: 202, body: { accepted } } : { status: 200, body: { accepted, duplicate: true } }
}

function placeOf(wake: Wake): { readonly installation: number | null; readonly repository: string | null } {
  if (wake.kind === 'nothing') return { installation: null, repository: null }
  if (wake.kind === 'installation') return { installation: wake.installation, repository: null }
  return { installation: wake.repository.installation, repository: nameOf(wake.repository) }
}
