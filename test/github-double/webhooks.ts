import { createHmac, randomUUID } from 'node:crypto'
import type { Json } from './json.ts'
import { type State, timestamp } from './state.ts'
import { checkPayload } from './webhook-schema.ts'

/** What came of a delivery: status 0 when nothing answered (`body` says why); `ms` until the answer was read. */
export type Delivery = { readonly guid: string; readonly status: number; readonly body: string; readonly ms: number }

/** `guid` and `secret` otherwise are a new one and the app's own; `app` is the first one unless its slug is given; `to` is for this one only. */
export type DeliveryOptions = {
  readonly guid?: string
  readonly secret?: string
  readonly app?: string
  readonly to?: string
}

/** The sender of webhooks. */
export type Webhooks = {
  /** Where deliveries go from now on. */
  readonly sendWebhooksTo: (url: string) => void
  /** Signs and sends an event; refuses to send a payload GitHub's schema does not allow. */
  readonly deliver: (event: string, payload: Json | Promise<Json>, options?: DeliveryOptions) => Promise<Delivery>
  /** Sends an earlier delivery once more: same id, same bytes, as the Redeliver button does. */
  readonly redeliver: (guid: string, to?: string) => Promise<Delivery>
}

type Sent = { readonly event: string; readonly body: string; readonly secret: string; readonly appId: number }

/** GitHub gives a receiver ten seconds. */
const PATIENCE_MS = 10_000

/** Makes the sender; the address may be given later. */
export function createWebhooks(state: State, url: string | null): Webhooks {
  let target = url
  const sent = new Map<string, Sent>()
  const send = async (guid: string, to: string | null = target): Promise<Delivery> => {
    const delivery = sent.get(guid)
    if (!delivery) throw new Error(`redelivering ${guid}: it was never delivered`)
    if (to === null) throw new Error('delivering a webhook: say where with sendWebhooksTo(url)')
    const answer = await post(to, guid, delivery)
    state.log.push({ kind: 'delivery', at: timestamp(state), event: delivery.event, guid, status: answer.status })
    return answer
  }
  return {
    sendWebhooksTo: to => {
      target = to
    },
    deliver: async (event, given, { guid = randomUUID(), secret, app: slug, to } = {}) => {
      const payload = await given
      checkPayload(event, payload)
      const app = state.apps.find(one => slug === undefined || one.slug === slug)
      if (!app) throw new Error(`delivering ${event}: there is no app ${slug ?? ''}`)
      sent.set(guid, { event, body: JSON.stringify(payload), secret: secret ?? app.webhookSecret, appId: app.id })
      return send(guid, to)
    },
    redeliver: send,
  }
}

async function post(url: string, guid: string, { event, body, secret, appId }: Sent): Promise<Delivery> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/d0ub1e5',
    'x-github-event': event,
    'x-github-delivery': guid,
    'x-github-hook-id': '1',
    'x-github-hook-installation-target-id': String(appId),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  const start = performance.now()
  const since = () => performance.now() - start
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const text = await response.text()
    return { guid, status: response.status, body: text, ms: since() }
  } catch (error) {
    return { guid, status: 0, body: String(error), ms: since() }
  }
}
