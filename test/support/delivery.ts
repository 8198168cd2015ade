import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'

export const SECRET = 'correct horse battery staple'
const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })

/** The environment of a server on loopback that never sweeps by itself. */
export const environment = (data: string, database: string | null) => ({
  APP_ID: '4217',
  PRIVATE_KEY: KEY.toString(),
  WEBHOOK_SECRET: SECRET,
  PORT: '0',
  WINDLASS_DATA: data,
  WINDLASS_SWEEP: '0 0 1 1 *',
  ...(database === null ? {} : { DATABASE_URL: database }),
})

/** The payload of a push to the default branch of `acme/<name>`. */
export const push = (name: string) => ({
  ref: 'refs/heads/main',
  repository: { name, owner: { login: 'acme' }, default_branch: 'main' },
  installation: { id: 7 },
  sender: { login: 'someone' },
})

export type Delivery = { event?: string; guid?: string; body?: string; headers?: Record<string, string | undefined> }

/** Sends a delivery as GitHub does; `headers` overrides, an undefined one is left out. */
export async function deliver(
  url: string,
  payload: unknown,
  { event = 'push', guid = randomUUID(), body, headers = {} }: Delivery = {},
) {
  const text = body ?? JSON.stringify(payload)
  const all: Record<string, string | undefined> = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': guid,
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`,
    ...headers,
  }
  const sent = Object.entries(all).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  )
  const response = await fetch(`${url}/api/github/webhooks`, { method: 'POST', headers: sent, body: text })
  const read = (await response.json()) as { accepted?: string[]; ignored?: string; duplicate?: boolean; error?: string }
  return { status: response.status, body: read }
}
