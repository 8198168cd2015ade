import type { Problem } from './model.ts'
import { problemLine } from './text/problem-line.ts'
import { UserError } from './user-error.ts'

/** A policy that cannot be read: nothing is concluded and nothing is written until it can. */
export class BadPolicy extends UserError {
  override readonly name = 'BadPolicy'
  readonly problems: readonly (Problem & { readonly column: number | null })[]
  constructor(problems: BadPolicy['problems']) {
    super(problems.map(problemLine).join('\n'))
    this.problems = problems
  }
}
