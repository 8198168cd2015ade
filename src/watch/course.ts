import type { Signal } from '../model.ts'

/** How what was said under one name went: where it stands now, since when, and the signal that says so. */
export type Course = {
  readonly name: string
  readonly state: Signal['state']
  /** ISO 8601; for a success the first one after which nothing else was said. */
  readonly since: string
  readonly signal: Signal
}

/** At the same second the worse one counts: Flux has posted success before the failure of the same commit (notification-controller#327). */
const ORDER: Readonly<Record<Signal['state'], number>> = { success: 0, pending: 1, failure: 2 }

/** One course for each name, of signals that are believed and about the same thing. */
export function courses(signals: readonly Signal[]): readonly Course[] {
  const sorted = signals.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || ORDER[a.state] - ORDER[b.state])
  const byName = new Map<string, Course>()
  for (const signal of sorted) byName.set(signal.name, follow(byName.get(signal.name), signal))
  return [...byName.values()]
}

/**
 * A later failure takes a success back, and a later success heals a failure. Work in progress heals nothing, and takes a success back only
 * on the commit that had it: the next commit to be applied says nothing against what was healthy before.
 */
function follow(before: Course | undefined, signal: Signal): Course {
  const { name, state, at } = signal
  if (before?.state === state) return { ...before, signal }
  const isNext = before?.state === 'success' && before.signal.commit !== signal.commit
  if (before && state === 'pending' && (before.state === 'failure' || isNext)) return before
  return { name, state, since: at, signal }
}
