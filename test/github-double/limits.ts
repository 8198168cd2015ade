import type { Caller } from './auth.ts'
import { Refusal } from './refusal.ts'

/** GitHub's limits for one installation ("Rate limits for the REST API"); reads cost one point, writes five. `pause` in seconds. */
export type Limit = {
  readonly requestsPerHour: number
  readonly pointsPerMinute: number
  readonly writesPerMinute: number
  readonly writesPerHour: number
  readonly pause: number
}

/** What GitHub documents; every write counts as one that creates content, the strictest reading. */
export const DOCUMENTED: Limit = {
  requestsPerHour: 5000,
  pointsPerMinute: 900,
  writesPerMinute: 80,
  writesPerHour: 500,
  pause: 60,
}

/** The limits of the double; none is in force until a test says so. */
export type Limits = {
  /**
   * From now on, requests above the limit are refused, and so is all that an installation asks in the pause that follows. Pauses and
   * counts from before are over.
   */
  readonly enforce: (limit: Limit) => void
  /** Requests that were made in a pause: for these GitHub bans an App. */
  readonly breaches: readonly string[]
  /** How often a limit was met. */
  readonly refused: () => number
  /** Counts a request; throws the refusal that GitHub would answer with. */
  readonly demand: (caller: Caller, method: string, path: string) => void
  readonly headers: (caller: Caller | null) => Record<string, string>
}

type Spent = { readonly at: number; readonly isWrite: boolean }
type Account = { readonly spent: Spent[]; until: number }

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The books of all installations. */
export function createLimits(now: () => Date): Limits {
  let limit: Limit | null = null
  let refused = 0
  const breaches: string[] = []
  const accounts = new Map<number, Account>()

  function accountOf(caller: Caller | null): Account | null {
    if (caller?.kind !== 'installation') return null
    const { id } = caller.installation
    const account = accounts.get(id) ?? { spent: [], until: 0 }
    accounts.set(id, account)
    while (account.spent[0] && account.spent[0].at <= now().getTime() - HOUR) account.spent.shift()
    return account
  }

  return {
    enforce(wanted) {
      limit = wanted
      accounts.clear()
    },
    breaches,
    refused: () => refused,
    demand(caller, method, path) {
      const account = accountOf(caller)
      if (account === null) return
      const at = now().getTime()
      if (limit !== null && at < account.until) {
        breaches.push(`${method} ${path}`)
        throw tooMany(account.until - at)
      }
      account.spent.push({ at, isWrite: method !== 'GET' })
      if (limit === null || isWithin(limit, account.spent, at)) return
      refused += 1
      account.until = at + limit.pause * 1000
      throw tooMany(limit.pause * 1000)
    },
    headers(caller) {
      const used = accountOf(caller)?.spent.length ?? 0
      const most = limit?.requestsPerHour ?? Number.MAX_SAFE_INTEGER
      return {
        'x-ratelimit-limit': String(most),
        'x-ratelimit-remaining': String(Math.max(most - used, 0)),
        'x-ratelimit-used': String(used),
        'x-ratelimit-reset': String(Math.floor(now().getTime() / 1000) + 3600),
        'x-ratelimit-resource': 'core',
      }
    },
  }
}

function isWithin(limit: Limit, spent: readonly Spent[], at: number): boolean {
  const recent = spent.filter(one => one.at > at - MINUTE)
  const writes = (some: readonly Spent[]) => some.filter(({ isWrite }) => isWrite).length
  const points = recent.length + 4 * writes(recent)
  return (
    spent.length <= limit.requestsPerHour &&
    points <= limit.pointsPerMinute &&
    writes(recent) <= limit.writesPerMinute &&
    writes(spent) <= limit.writesPerHour
  )
}

function tooMany(milliseconds: number): Refusal {
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
  return new Refusal(403, message, {}, { 'retry-after': String(Math.ceil(milliseconds / 1000)) })
}
