import { clock } from './clock.ts'
import type { Reply } from './route.ts'

/** GitHub's limits for one installation (docs: "Rate limits for the REST API", "Best practices"). */
const PER_MINUTE = 80
const PER_HOUR = 500
const POINTS_PER_MINUTE = 900

/** Milliseconds that a replica has to learn what GitHub said to another one. */
const GRACE = 2_000

/** A request as the limits see it: who sends it, and when it left. */
export type Sent = { readonly method: string; readonly path: string; readonly replica: string; readonly at: number }

/** The limits of GitHub, which bans whoever goes on: a breach is what it would ban for. */
export type Limits = {
  /** The answer of a refused request, null when it may pass. */
  meet(sent: Sent): Reply | null
  /** Refuses everything for some seconds, beginning with this request. */
  refuse(seconds: number): Reply
  /** The refusal has reached a replica, which knows from here on. */
  heard(replica: string): void
  readonly breaches: readonly string[]
}

/**
 * The limits as they are before the first request. `isWritten`: whether the product has written down that it must be quiet; what a process
 * knew that died before, nobody can know.
 */
export function createLimits(isWritten: () => boolean): Limits {
  const breaches: string[] = []
  const writes: number[] = []
  const points: { readonly t: number; readonly cost: number }[] = []
  let until = 0
  const heard = new Map<string, number>()
  const refused = (): Reply => ({
    status: 403,
    body: {
      message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      retryAfter: Math.ceil((until - clock.now()) / 1000),
    },
  })
  const within = (ms: number) => writes.filter(t => clock.now() - t < ms).length
  const say = (what: string, { method, path, replica }: Sent) => breaches.push(`${what}: ${replica} ${method} ${path}`)

  /** Whoever was told, or had time to hear of it, must be quiet. */
  function isWarned({ replica, at }: Sent): boolean {
    const own = heard.get(replica)
    if (own !== undefined) return at > own
    return isWritten() && [...heard.values()].some(told => at > told + GRACE)
  }

  function count(sent: Sent): void {
    const isWrite = sent.method !== 'GET' && !sent.path.endsWith('/access_tokens')
    points.push({ t: clock.now(), cost: isWrite ? 5 : 1 })
    if (isWrite) writes.push(clock.now())
    const spent = points.filter(({ t }) => clock.now() - t < 60_000).reduce((sum, { cost }) => sum + cost, 0)
    if (within(60_000) > PER_MINUTE) say('more than 80 content writes in a minute', sent)
    if (within(3_600_000) > PER_HOUR) say('more than 500 content writes in an hour', sent)
    if (spent > POINTS_PER_MINUTE) say('more than 900 points in a minute', sent)
  }

  return {
    breaches,
    meet(sent) {
      if (clock.now() >= until) {
        heard.clear()
        count(sent)
        return null
      }
      if (isWarned(sent)) say('a request inside a Retry-After window', sent)
      return refused()
    },
    refuse(seconds) {
      until = clock.now() + seconds * 1000
      return refused()
    },
    heard(replica) {
      if (!heard.has(replica)) heard.set(replica, clock.now())
    },
  }
}
