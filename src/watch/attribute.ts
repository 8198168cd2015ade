import type { EnvironmentPolicy } from '../config.ts'
import type { Signal } from '../model.ts'
import { compareVersions, readVersion } from '../text/version.ts'
import { feeds, type GitOpsFacts } from './gitops.ts'
import { named } from './named.ts'
import type { Standing } from './standing.ts'

/** Milliseconds that clocks may differ; what is said further in the future would outlast everything that is said after it. */
const CLOCKS = 5 * 60_000

/**
 * Whether a signal is about what stands: `ours`; `other`, about something else or older, which is no news; or not to be told, with the reason.
 * Commit statuses and Kustomizations are known by their commit, HelmReleases by chart version, digest or our run.
 */
export type Attributed = 'ours' | 'other' | { readonly why: string }

/** Attributes one signal. `now` is the present. */
export function attribute(signal: Signal, standing: Standing, now: Date): Attributed {
  const at = Date.parse(signal.at)
  if (Number.isNaN(at)) return { why: 'its time cannot be read' }
  if (at > now.getTime() + CLOCKS) return { why: 'its time lies in the future: is a clock wrong?' }
  if (at < Date.parse(standing.since)) return 'other'
  if (signal.run !== null && standing.run !== null) return signal.run === standing.run ? 'ours' : 'other'
  if (signal.via === 'flux' && named(signal.name)?.kind === 'HelmRelease') return release(signal, standing)
  return byContent(signal, standing)
}

function byContent({ commit, version }: Signal, standing: Standing): Attributed {
  if (commit !== null && !standing.commits.includes(commit)) return 'other'
  if (version !== null) return isVersion(version, standing) ? 'ours' : 'other'
  if (commit !== null) return 'ours'
  return { why: 'it names neither a commit nor a version, so that it may be about what stood before' }
}

/** A failure may name no version: the rollback of Flux carries the one before (helm-controller, RollbackRemediation), and we drop that. */
function release(signal: Signal, standing: Standing): Attributed {
  const name = named(signal.name)?.name ?? ''
  const isKnown = standing.releases.includes(name)
  if (standing.releases.length > 0 && !isKnown) return 'other'
  if (signal.version !== null) return isVersion(signal.version, standing) ? 'ours' : 'other'
  if (isKnown && signal.state === 'failure') return 'ours'
  return { why: 'it does not say which version of the chart it is about' }
}

/** Flux adds twelve characters of the digest to the version of a chart from an OCIRepository (helm-controller, mutateChartWithSourceRevision). */
const DIGEST = /\+([0-9a-f]{12})$/

/** Whether two texts are the same version, with or without `v`, and of the same digest where both say one. */
function isVersion(said: string, { version, digest }: Standing): boolean {
  const built = DIGEST.exec(said)?.[1]
  const pinned = digest?.replace(/^sha256:/, '').slice(0, 12)
  if (built !== undefined && pinned !== undefined && built !== pinned) return false
  const [a, b] = [said.replace(DIGEST, ''), version]
  const [x, y] = [readVersion(a, 'image'), readVersion(b, 'image')]
  return a === b || (x !== null && y !== null && x.family === y.family && compareVersions(x, y) === 0)
}

/**
 * Whether a signal is about this environment: `here`, `elsewhere`, or not to be told, with what to do. `declared`: the policy of the
 * environment names the signal, which says where it belongs unless the signal itself says otherwise.
 */
export function locate(
  signal: Signal,
  environment: Pick<EnvironmentPolicy, 'name' | 'cluster'>,
  facts: GitOpsFacts,
  declared: boolean,
): 'here' | 'elsewhere' | { readonly why: string } {
  const { place, via } = signal
  if (declared && (place === null || via === 'deployment')) return 'here'
  if (place === null) return fromGit(signal, environment.name, facts)
  const here = [environment.name, environment.cluster].some(name => name?.toLowerCase() === place.toLowerCase())
  if (here || !declared) return here ? 'here' : 'elsewhere'
  return { why: `it says that it is about ${place}: let its sender say ${environment.name} if that is meant` }
}

/** Where the object stands that the signal is about. */
function fromGit(
  signal: Signal,
  environment: string,
  { objects, applications }: GitOpsFacts,
): ReturnType<typeof locate> {
  const about = named(signal.name)
  const all = about?.kind === 'Application' ? applications : objects.filter(({ kind }) => kind === about?.kind)
  const places = all.filter(({ name }) => name === about?.name).map(object => object.environment)
  if (places.length > 0 && places.every(place => feeds(place, environment))) return 'here'
  if (places.length > 0 && !places.some(place => feeds(place, environment))) return 'elsewhere'
  return { why: 'it does not say which environment it is about: name it under "health" in the policy' }
}
