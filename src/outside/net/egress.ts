import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Looked } from '../../model.ts'
import type { Credentials } from './credentials.ts'
import { admit, type Guard, isTrusted, type Target } from './egress-guard.ts'
import { get, type HttpAnswer, UnfitAnswer } from './http-get.ts'

/** Total time of one fetch, its redirects and retries included. Helm's own getter waits 120 s; a pass must not wait so long for one source. */
const TIMEOUT_MS = 30_000
/** Each redirect is checked like a first request; registries need one or two (to their blob store). */
const MAX_REDIRECTS = 3
/** More attempts are the queue's business. */
const MAX_RETRIES = 2
/** A server that asks for more patience than this gets it from the queue. */
const MAX_WAIT_MS = 10_000

/** What is asked for, beside the address. */
export type FetchOptions = {
  /** Bytes of the body at most, on the wire and after decoding. */
  readonly maxBytes: number
  readonly accept?: string
  /** Milliseconds for everything, redirects and retries included. */
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
  /** The address that named this one (an index, a registry). Credentials and `authorization` go along only within its origin. */
  readonly from?: string
  /** For archives: the bytes as they come. Servers mark .tgz files with `content-encoding: gzip` although nothing is encoded. */
  readonly raw?: boolean
}

/** An answer of 2xx, or 304 to a conditional request. `url` is where it came from in the end. */
export type Fetched = HttpAnswer & { readonly url: string }

/** No answer, or one that is no success. `status` and `headers` are those of the server, null and empty when it was never asked. */
export type NotFetched = {
  readonly ok: false
  readonly reason: string
  readonly retry: boolean
  readonly status: number | null
  readonly headers: IncomingHttpHeaders
}

export type FetchAnswer = { readonly ok: true; readonly value: Fetched } | NotFetched

/** The one door to the internet: everything that is fetched for a repository goes through it. */
export type Egress = {
  fetch(url: string, options: FetchOptions): Promise<FetchAnswer>
  /** The address that will really be asked for a http, https or oci URL: its mirror, else itself over https. */
  locate(url: string): string
  /** For a program of ours that fetches by itself (git): where it may go instead of `url`, and with what. */
  admit(url: string): Promise<Looked<Admitted>>
}

/** An address that was located and checked. `authorization` is the header for exactly its origin, null when there is none. */
export type Admitted = Target & { readonly authorization: string | null }

export type EgressSettings = Guard & {
  readonly credentials: Credentials
  /** Milliseconds to wait before a retry. Told apart for tests only. */
  readonly sleep?: (ms: number) => Promise<unknown>
  /** Milliseconds that no fetch may take longer than, whatever it asks for. Told apart for tests only. */
  readonly patience?: number
}

/**
 * A client that only reaches public https addresses, what the operator allowed, and the operator's mirrors.
 * Each hop is resolved once, checked, and connected to the very address that was checked. Failures are values.
 */
export function createEgress(settings: EgressSettings): Egress {
  const { sleep = pause, mirrors } = settings
  const fetch: Egress['fetch'] = async (url, options) => {
    const limit = Math.min(options.timeoutMs ?? TIMEOUT_MS, settings.patience ?? Number.POSITIVE_INFINITY)
    const deadline = performance.now() + limit
    const signal = AbortSignal.timeout(limit)
    for (let attempt = 0; ; attempt++) {
      const answer = await follow(settings, url, options, signal)
      const wait = answer.ok || attempt === MAX_RETRIES ? null : waitFor(answer, attempt)
      if (wait === null || performance.now() + wait > deadline) return answer
      await sleep(wait)
    }
  }
  return { fetch, locate: mirrors.locate, admit: url => admitProgram(settings, url) }
}

async function admitProgram(settings: EgressSettings, url: string): Promise<Looked<Admitted>> {
  const address = settings.mirrors.locate(url)
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const target = await admit(settings, address, signal)
    if (typeof target === 'string') return refuse(address, target)
    return { ok: true, value: { ...target, authorization: settings.credentials.authorization(target.url.origin) } }
  } catch (error) {
    return unreachable(address, error, signal)
  }
}

/** Milliseconds before the next attempt, null when there is to be none. */
function waitFor(answer: NotFetched, attempt: number): number | null {
  if (!answer.retry) return null
  const asked = retryAfter(answer.headers['retry-after'])
  const wait = asked ?? 500 * 3 ** attempt
  return wait <= MAX_WAIT_MS ? wait : null
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfter(header: string | undefined): number | null {
  if (header === undefined) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

async function follow(settings: EgressSettings, start: string, options: FetchOptions, signal: AbortSignal) {
  const home = originOf(settings.mirrors.locate(options.from ?? start))
  let next = start
  for (let hop = 0; ; hop++) {
    const address = settings.mirrors.locate(next)
    const answer = await ask(settings, address, home, options, signal)
    const location = redirection(answer)
    if (location === null) return hop === 0 || answer.ok ? answer : redirected(answer, start)
    if (hop === MAX_REDIRECTS) return refuse(next, `redirects more than ${MAX_REDIRECTS} times`)
    if (!URL.canParse(location, address)) return refuse(next, 'redirects to something that is no URL')
    next = new URL(location, address).href
  }
}

function redirection(answer: FetchAnswer): string | null {
  if (answer.ok || answer.status === null || ![301, 302, 303, 307, 308].includes(answer.status)) return null
  return answer.headers.location ?? null
}

function redirected(answer: NotFetched, start: string): NotFetched {
  return { ...answer, reason: `${answer.reason} (redirected from ${shown(start)})` }
}

async function ask(
  settings: EgressSettings,
  address: string,
  home: string | null,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<FetchAnswer> {
  try {
    const target = await admit(settings, address, signal)
    if (typeof target === 'string') return refuse(address, target)
    const { maxBytes, raw = false } = options
    const headers = headersFor(target.url, home, settings.credentials, options)
    const answer = await get({ ...target, headers, maxBytes, raw, signal })
    if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) {
      return { ok: true, value: { ...answer, url: target.url.href } }
    }
    return failed(answer, target.url)
  } catch (error) {
    if (error instanceof UnfitAnswer) return refuse(address, `the answer ${error.message}`)
    return unreachable(address, error, signal)
  }
}

function headersFor(url: URL, home: string | null, credentials: Credentials, options: FetchOptions) {
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  const secret = ['authorization', 'cookie', 'proxy-authorization']
  const mayKnow = home !== null && isTrusted(credentials, home, url.origin)
  const known = mayKnow ? credentials.authorization(url.origin) : null
  return {
    'user-agent': 'windlass',
    accept: options.accept ?? '*/*',
    'accept-encoding': options.raw ? 'identity' : 'gzip',
    ...(known === null ? {} : { authorization: known }),
    ...Object.fromEntries(headers.filter(([name]) => home === url.origin || !secret.includes(name))),
  }
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null
}

function refuse(url: string, reason: string): NotFetched {
  return { ok: false, reason: `${shown(url)} ${reason}`, retry: false, status: null, headers: {} }
}

function failed({ status, headers }: HttpAnswer, url: URL): NotFetched {
  const retry = status === 429 || status >= 500
  return { ok: false, reason: `${shown(url.href)} answered ${status}${hint(status)}`, retry, status, headers }
}

function hint(status: number): string {
  if (status === 401 || status === 403) return ' (credentials for that origin? they belong into WINDLASS_REGISTRY_AUTH)'
  if (status === 404) return ' (not found)'
  if (status === 429) return ' (too many requests)'
  return ''
}

function unreachable(url: string, error: unknown, signal: AbortSignal): NotFetched {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const reason = signal.aborted ? 'did not answer completely in time' : `could not be fetched (${code})`
  return { ok: false, reason: `${shown(url)} ${reason}`, retry: true, status: null, headers: {} }
}

/** A URL as it may be shown: without user name, password, query and fragment, where secrets travel. */
export function shown(url: string): string {
  if (!URL.canParse(url)) return 'the address'
  const { protocol, host, pathname } = new URL(url)
  const text = `${protocol}//${host}${pathname}`
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
