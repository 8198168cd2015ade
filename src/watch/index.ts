import type { EnvironmentPolicy } from '../config.ts'
import type { Disbelieved, Health, Signal } from '../model.ts'
import { matchesGlob } from '../text/glob.ts'
import { believedFor, disbelief } from './believe.ts'
import { concern, patternsFor } from './concern.ts'
import { type Course, courses } from './course.ts'
import { deadline } from './deadline.ts'
import type { GitOpsFacts } from './gitops.ts'
import { remarks, silence } from './remarks.ts'
import type { Standing } from './standing.ts'
import { verdict } from './verdict.ts'

export {
  type Application,
  type FluxObject,
  type FluxVersion,
  type GitOpsFacts,
  gitopsFacts,
  releasesOf,
} from './gitops.ts'
export type { Standing } from './standing.ts'

/** What the health of one environment is judged by. */
export type Watched = {
  readonly environment: EnvironmentPolicy
  readonly standing: Standing
  /** Whether somebody must say something: `health` is declared, or a soak depends on it. */
  readonly strict: boolean
  readonly signals: readonly Signal[]
  readonly gitops: GitOpsFacts
  /** Who was the first to report a name in this environment, for every name that `firstReports` answers. */
  readonly reporters: ReadonlyMap<string, string>
  readonly now: Date
}

/**
 * What was said about the health of what stands, and what was not believed and why. `says` is what a person should know about how this
 * repository is delivered. All of it is plain text with names of strangers: to be neutralised where it is shown.
 */
export type Seen = {
  readonly health: Health
  readonly ignored: readonly Disbelieved[]
  readonly says: readonly string[]
}

/** Longest list of what was not believed: everybody who may write can post statuses. */
const MOST_IGNORED = 20

/** Comes to a judgement. Unknown is never healthy: silence, weak proof and strangers leave it open, and say so. */
export function watch(watched: Watched): Seen {
  const { environment, standing, signals, gitops, now, strict } = watched
  const believed: Signal[] = []
  const ignored: Disbelieved[] = []
  for (const signal of signals) {
    const why = whyNot(watched, signal)
    if (why === null) believed.push(signal)
    else if (why !== 'other') ignored.push({ signal, why })
  }
  const patterns = environment.health.map(({ name }) => name)
  const { releases, since } = standing
  const found = courses(believed)
  const due = deadline(since, patterns, releases, environment.name, gitops)
  const isUnwatched = patterns.length === 0 && found.length === 0 && !strict
  return {
    health: isUnwatched
      ? { kind: 'unwatched' }
      : verdict(
          { expected: expectedOf(patterns, found), due, now, environment: environment.name, patterns, gitops },
          () => silence(environment.name, ignored, gitops),
        ),
    ignored: distinct(ignored).slice(0, MOST_IGNORED),
    says: remarks(environment.name, gitops),
  }
}

/**
 * The first report of every name that counts for an environment and for which the policy names nobody: to be remembered, so that later
 * only its reporter is believed.
 */
export function firstReports(
  watched: Omit<Watched, 'reporters'>,
): readonly { readonly name: string; readonly by: string }[] {
  const candidates = watched.signals
    .filter(signal => concern(watched, signal) === null && believedFor(patternsFor(watched, signal)).length === 0)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const first = new Map<string, string>()
  for (const { name, by } of candidates) if (!first.has(name)) first.set(name, by)
  return [...first].map(([name, by]) => ({ name, by }))
}

/** Why a signal does not count, null when it does; `other` when it is about something else and so no news. */
function whyNot(watched: Watched, signal: Signal): string | 'other' | null {
  const about = concern(watched, signal)
  if (about !== null) return about
  return disbelief(signal, believedFor(patternsFor(watched, signal)), watched.reporters.get(signal.name))
}

/** What is expected, with what was said about it: each pattern of the policy, or else anything at all. */
function expectedOf(patterns: readonly string[], found: readonly Course[]) {
  if (patterns.length === 0) return [{ what: 'a report of its health', found }]
  return patterns.map(what => ({ what, found: found.filter(({ name }) => matchesGlob(name, what)) }))
}

function distinct(ignored: readonly Disbelieved[]): readonly Disbelieved[] {
  return [...new Map(ignored.map(one => [JSON.stringify([one.signal.name, one.signal.by, one.why]), one])).values()]
}
