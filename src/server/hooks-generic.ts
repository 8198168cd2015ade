import { z } from 'zod'
import { readAs } from './hooks-read.ts'
import type { Tell } from './hooks-signal.ts'
import { atMost, line, repository, words } from './hooks-words.ts'

/** What a sender of one's own writes. Unknown keys are refused, so that a typing error does not go unnoticed. */
const Body = z.strictObject({
  repository,
  name: line(255),
  state: z.enum(['success', 'failure', 'pending']),
  environment: line(100).optional(),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/, 'a commit is 40 hex digits')
    .optional(),
  version: line(128).optional(),
  description: z.string().optional(),
  at: z.iso.datetime({ offset: true }).optional(),
})

/** Reads a signal in our own words. Without `at` it is of now, and the same words count once. */
export const readGeneric: Tell = (payload, _query, now) => {
  const { repository, name, state, environment, commit, version, description, at } = readAs(Body, payload)
  return {
    kind: 'signal',
    repository,
    signal: {
      via: 'generic',
      name,
      state,
      at: at === undefined ? now.toISOString() : atMost(at, now),
      by: 'hook',
      commit: commit ?? null,
      place: environment ?? null,
      version: version ?? null,
      run: null,
      says: words(description ?? ''),
    },
  }
}
