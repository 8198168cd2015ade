/** Who asked: an app by its JWT, an installation token, a person, or nobody we know. */
export type Who =
  | { readonly kind: 'app'; readonly app: string }
  | { readonly kind: 'installation'; readonly app: string; readonly installation: number }
  | { readonly kind: 'user'; readonly login: string }
  | { readonly kind: 'nobody' }

/** One line of the append-only log. Times are ISO 8601; refs' `before` and `after` are commit ids, null for none. */
export type LogEntry =
  | {
      readonly kind: 'request'
      readonly at: string
      readonly method: string
      readonly path: string
      readonly operationId: string | null
      readonly status: number | 'dropped' | 'hanging'
      readonly body: unknown
      readonly who: Who
      readonly fault: boolean
    }
  | {
      readonly kind: 'effect'
      readonly at: string
      readonly what: string
      readonly repo: string
      readonly by: string
      readonly detail: Readonly<Record<string, unknown>>
    }
  | {
      readonly kind: 'delivery'
      readonly at: string
      readonly event: string
      readonly guid: string
      readonly status: number
    }

/** The log: entries are only ever added. */
export type Log = LogEntry[]
