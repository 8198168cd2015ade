import type { ValueEffect, ValueStatus } from '../model.ts'

/** What one comparer of values says of a key; `path` may be a map around the key that the user sets. */
export type Verdict =
  | Told
  | { readonly path: readonly string[]; readonly status: 'not-checked'; readonly reason: string }

type Told = {
  readonly path: readonly string[]
  readonly status: ValueStatus
  readonly effect: ValueEffect
  readonly to: readonly string[] | null
  readonly detail: string
}

/** A verdict that rests on what charts and notes say; only a render can prove more. */
export function told(
  path: readonly string[],
  status: ValueStatus,
  detail: string,
  { to = null, effect = 'unknown' }: Partial<Pick<Told, 'to' | 'effect'>> = {},
): Told {
  return { path, status, effect, to, detail }
}
