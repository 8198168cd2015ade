import { UserError } from '../user-error.ts'

/** Exit codes that scripts rely on. */
export const EXIT = { done: 0, finding: 1, usage: 2, partly: 3 } as const

/** A command that cannot go on because of how it was called. */
export class UsageError extends UserError {
  override readonly name = 'UsageError'
}
