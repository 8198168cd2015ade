import { matchesGlob } from '../text/glob.ts'
import { type FluxObject, feeds, type GitOpsFacts } from './gitops.ts'
import { named } from './named.ts'

/** Milliseconds to wait for a report where Git does not say how long its reporter may take. */
const USUAL = 30 * 60_000

/** An interval of a day is how often Flux looks for drift, not how long a commit takes. */
const LONGEST = 6 * 60 * 60_000

/** When everything that the patterns name must have been said: `since` and the patience of the slowest object that one of them is about. */
export function deadline(
  since: string,
  patterns: readonly string[],
  releases: readonly string[],
  environment: string,
  { objects }: GitOpsFacts,
): Date {
  const here = objects.filter(object => feeds(object.environment, environment))
  const isOther = ({ kind, name }: FluxObject) =>
    kind === 'HelmRelease' && releases.length > 0 && !releases.includes(name)
  const concerned = here.filter(object =>
    patterns.length === 0
      ? object.kind === 'HelmRelease' && releases.includes(object.name)
      : !isOther(object) && patterns.some(pattern => isAbout(pattern, object)),
  )
  const patience = concerned.length === 0 ? USUAL : Math.max(...concerned.map(object => object.patience))
  return new Date(Date.parse(since) + Math.min(patience, LONGEST))
}

function isAbout(pattern: string, { kind, name }: FluxObject): boolean {
  const about = named(pattern)
  return about !== null && about.kind === kind && matchesGlob(name, about.name)
}
