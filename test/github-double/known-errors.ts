/** A place where the description is known to be wrong about the real GitHub. */
export type KnownError = {
  readonly operation: RegExp
  readonly path: RegExp
  readonly message: RegExp
  readonly why: string
}

/** Violations that are the description's fault, not ours. Keep it short; each entry says why. */
export const knownErrors: readonly KnownError[] = [
  {
    operation: /./,
    path: /^error\/status$/,
    message: /does not describe/,
    why: 'every error carries its status as text; basic-error names that field, validation-error and others forgot it',
  },
  {
    operation: /^apps\/list-installations$/,
    path: /^answer\/\d+\/account$/,
    message:
      /must have required property '(name|slug|created_at|updated_at)'|must be null|must match a schema in anyOf/,
    why: 'an account must be a user and an enterprise at once there (allOf); the installation schema says either (anyOf)',
  },
  {
    operation: /^pulls\/(list|request-reviewers)$/,
    path: /\/labels\/\d+\/description$/,
    message: /must be string/,
    why: 'pull-request-simple says a label has a description; GitHub answers null for a label made in passing',
  },
]

/** Errors every endpoint may answer, and few describe with a body: not authenticated, not allowed, not there, broken. */
export const commonErrors: ReadonlySet<number> = new Set([401, 403, 404, 422, 429, 500, 502, 503])
