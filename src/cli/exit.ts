/** Exit codes that scripts rely on. */
export const EXIT = { done: 0, finding: 1, usage: 2, partly: 3 } as const

/** A command that cannot go on because of how it was called; printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
