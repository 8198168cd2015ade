/**
 * A pass that cannot go on now, through no fault of its own: come again in that many seconds. It is no failure, is not counted as
 * one, and may come again as often as it takes.
 */
export class Later extends Error {
  override readonly name: string = 'Later'
  readonly seconds: number

  constructor(message: string, seconds: number) {
    super(message)
    this.seconds = seconds
  }
}

/** GitHub answered with what was there before something that we know to be done. Its replicas agree within seconds. */
export class Stale extends Later {
  override readonly name = 'Stale'

  constructor(message: string) {
    super(message, 2)
  }
}

/** Another process holds the repository now: this pass may write nothing any more. */
export class Lost extends Later {
  override readonly name = 'Lost'

  constructor(message: string) {
    super(message, 1)
  }
}

/**
 * Seconds after which a pass that ended with this error comes again, null when it failed. Of several errors of one pass, any real
 * failure counts as one; else the first that can go on says when.
 */
export function laterOf(error: unknown): number | null {
  if (error instanceof Later) return error.seconds
  if (!(error instanceof AggregateError) || error.errors.length === 0) return null
  const waits = error.errors.map(laterOf)
  return waits.every(wait => wait !== null) ? Math.min(...waits) : null
}
