import type { Notes } from '../../src/outside/store/notes.ts'

/** Notes of a server that has just lost its database: nothing is known, and everything is new. */
export function forgetful(): Notes {
  return {
    all: async () => [],
    keep: async () => {},
    begin: async () => ({ kind: 'new' }),
    said: async () => {},
    unsaid: async () => {},
    among: async () => new Set(),
  }
}
