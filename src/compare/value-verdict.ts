import type { ValueStatus } from '../model.ts'

/** What one comparer of values says of a key; `path` may be a map around the key that the user sets. */
export type Verdict =
  | {
      readonly path: readonly string[]
      readonly status: ValueStatus
      readonly to: readonly string[] | null
      readonly detail: string
    }
  | { readonly path: readonly string[]; readonly status: 'not-checked'; readonly reason: string }
