/** One reason of a 422, in GitHub's words. */
export type Reason = {
  readonly resource: string
  readonly field?: string
  readonly code: string
  readonly message?: string
}

const DOCS = 'https://docs.github.com/rest'

/** An answer that says no. Handlers throw it; the server sends it. */
export class Refusal extends Error {
  readonly status: number
  readonly body: object
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, more: object = {}, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
    this.body = { message, ...more, documentation_url: DOCS, status: String(status) }
  }
}

/** 404: not there, or not for this token; GitHub does not tell which. */
export function notFound(message = 'Not Found'): Refusal {
  return new Refusal(404, message)
}

/** 422 with the reasons GitHub lists. */
export function invalid(...reasons: readonly Reason[]): Refusal {
  return new Refusal(422, 'Validation Failed', { errors: reasons })
}

/** 422 with a sentence only. */
export function unprocessable(message: string): Refusal {
  return new Refusal(422, message)
}
