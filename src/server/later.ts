/**
 * Not now: whoever was asked told us when to come again (a rate limit, an answer that lags behind). The pass ends, counts as no
 * failure, and the repository is due at `until`.
 */
export class Later extends Error {
  override readonly name: string = 'Later'
  readonly until: Date

  constructor(message: string, until: Date) {
    super(message)
    this.until = until
  }
}

/** The moment in so many seconds. */
export function inSeconds(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000)
}

/** When to come again, if that is all that `error` says; several things that failed together count when each of them says it. */
export function laterOf(error: unknown): Date | null {
  if (error instanceof Later) return error.until
  if (!(error instanceof AggregateError) || error.errors.length === 0) return null
  const dates = error.errors.map(laterOf)
  const times = dates.flatMap(date => (date === null ? [] : [date.getTime()]))
  return times.length === dates.length ? new Date(Math.max(...times)) : null
}
