import type { EnvironmentPolicy, HealthContext } from '../config.ts'
import type { Signal } from '../model.ts'
import { matchesGlob } from '../text/glob.ts'
import { attribute, locate } from './attribute.ts'
import type { GitOpsFacts } from './gitops.ts'
import { reportsHealth } from './named.ts'
import type { Standing } from './standing.ts'

/** What a signal is held against. */
export type Subject = {
  readonly environment: EnvironmentPolicy
  readonly standing: Standing
  readonly gitops: GitOpsFacts
  readonly now: Date
}

/** The patterns of the policy that a signal's name matches. */
export function patternsFor({ environment }: Pick<Subject, 'environment'>, { name }: Signal): readonly HealthContext[] {
  return environment.health.filter(pattern => matchesGlob(name, pattern.name))
}

/**
 * Whether a signal is about this environment and what stands in it: null when it is, `other` when it is about something else, else why that
 * cannot be told. Whether its reporter is believed is another question.
 */
export function concern(subject: Subject, signal: Signal): string | 'other' | null {
  const { environment, standing, gitops, now } = subject
  const declared = environment.health.length > 0
  const isAsked = declared ? patternsFor(subject, signal).length > 0 : reportsHealth(signal)
  if (!isAsked) return 'other'
  const attributed = attribute(signal, standing, now)
  if (attributed !== 'ours') return attributed === 'other' ? 'other' : attributed.why
  const place = locate(signal, environment, gitops, declared)
  if (place === 'here') return null
  return place === 'elsewhere' ? 'other' : place.why
}
