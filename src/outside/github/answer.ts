import { Later } from '../../server/later.ts'

/** What we read of GitHub's answers, good or bad; by shape, because several copies of Octokit's error class may be installed. */
type Answered = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number | undefined>>
  readonly message: string
}

/** Codes of errors before a connection stood: nothing can have been sent. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Seconds that the clock of `x-ratelimit-reset` may be behind ours. */
const MARGIN = 1

/** GitHub's answer behind an error of Octokit; null when there was none, or only half of one. */
export function answerOf(error: unknown): Answered | null {
  if (!(error instanceof Error) || !('response' in error)) return null
  const { status, headers } = Object(error.response) as Partial<Answered>
  return typeof status === 'number' ? { status, headers: headers ?? {}, message: error.message } : null
}

/** Whether a request that ended with this error may have had its effect all the same: no answer, or one of a server in trouble. */
export function isAmbiguous(error: unknown): boolean {
  if (error instanceof Later) return false
  const answer = answerOf(error)
  return answer === null ? !wasNotSent(error) : answer.status >= 500
}

/** Whether a request surely never left: there was no connection, or we held it back ourselves. */
export function wasNotSent(error: unknown): boolean {
  return causesOf(error).some(
    cause => cause instanceof HeldBack || ('code' in cause && NOT_SENT.has(String(cause.code))),
  )
}

/** Whether we held a request back ourselves. */
export function isHeldBack(error: unknown): boolean {
  return causesOf(error).some(cause => cause instanceof HeldBack)
}

function causesOf(error: unknown): readonly Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : []
}

/** The request was ready too late after it was allowed: the process was stopped in between. */
export class HeldBack extends Error {
  override readonly name = 'HeldBack'
}

/**
 * The pause that an answer asks for (GitHub: "Rate limits for the REST API", "Exceeding the rate limit"): seconds, `null` when it
 * asks for one and does not say how long; undefined when it asks for none.
 */
export function pauseIn({ status, headers, message }: Answered): number | null | undefined {
  const after = Number(headers['retry-after'] ?? Number.NaN)
  const refused = status === 403 || status === 429
  if ((refused || status === 503) && after > 0) return after
  if (headers['x-ratelimit-remaining'] === '0' && (refused || status < 300)) return untilReset(headers)
  if (status === 429 || (status === 403 && /rate limit|abuse/i.test(message))) return null
  return undefined
}

function untilReset(headers: Answered['headers']): number | null {
  const now = Date.parse(String(headers.date)) || Date.now()
  const seconds = Number(headers['x-ratelimit-reset']) - now / 1000
  return Number.isFinite(seconds) ? Math.max(seconds, 0) + MARGIN : null
}
