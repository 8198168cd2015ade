import type { Signal } from '../model.ts'
import { feeds, type GitOpsFacts } from './gitops.ts'
import { isFluxStatus, named } from './named.ts'

/** Flux posts failures to Git providers since 2.9 (notification-controller 1.9.0, #1317): before, silence could be a failure. */
const HONEST = [2, 9] as const

/**
 * What the success of a signal is worth in an environment: null when it means healthy (grade A), else why it means less (grade B) and what
 * to do about it, in plain words that hold names of strangers.
 */
export function weakness(
  signal: Signal,
  { environment, patterns, gitops }: { environment: string; patterns: readonly string[]; gitops: GitOpsFacts },
): string | null {
  const isStatus = isFluxStatus(signal)
  if (signal.via !== 'flux' && !isStatus) return null
  const old = isStatus ? tooOld(environment, gitops) : null
  const isPlaced = signal.place !== null || patterns.includes(signal.name)
  return old ?? (isPlaced ? null : ambiguous(signal, environment, gitops)) ?? ofObject(signal, environment, gitops)
}

/** Clusters that apply the same branch post on the same commit, and only the end of the name (the provider) tells them apart. */
function ambiguous({ name }: Signal, environment: string, { objects }: GitOpsFacts): string | null {
  const about = named(name)
  const isElsewhere = objects.some(
    object => object.kind === about?.kind && object.name === about.name && !feeds(object.environment, environment),
  )
  if (!isElsewhere) return null
  return `${about?.kind} ${about?.name} stands in other environments too, and ${name} does not say which it is about: name it in full under "health", or give /hooks/flux the environment`
}

function tooOld(environment: string, { flux }: GitOpsFacts): string | null {
  const versions = flux.filter(version => feeds(version.environment, environment))
  if (versions.length === 0)
    return 'the version of Flux does not stand in this repository, and before 2.9 it does not report failures to GitHub: send its events to /hooks/flux instead'
  const old = versions.find(({ least }) => isBefore(least))
  return old === undefined
    ? null
    : `Flux ${old.written} may not report failures to GitHub (2.9 does): upgrade Flux, or send its events to /hooks/flux`
}

function isBefore(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < HONEST[0] || (major === HONEST[0] && minor < HONEST[1])
}

function ofObject(signal: Signal, environment: string, { objects }: GitOpsFacts): string | null {
  const about = named(signal.name)
  if (about === null)
    return `${signal.name} names no Kustomization or HelmRelease, so that nobody knows what its success proves`
  const found = objects.filter(
    ({ kind, name, environment: place }) => kind === about.kind && name === about.name && feeds(place, environment),
  )
  if (found.some(({ waits }) => !waits)) return REMEDY[about.kind](about.name)
  if (found.length > 0 || about.kind === 'HelmRelease') return null
  return `Kustomization ${about.name} does not stand in this repository, so that nobody knows whether it waits for what it applies`
}

const REMEDY = {
  Kustomization: (name: string) =>
    `Kustomization ${name} has neither "wait: true" nor health checks, so that its success means applied, not healthy: set "spec.wait: true"`,
  HelmRelease: (name: string) =>
    `HelmRelease ${name} has "disableWait", so that its success means applied, not healthy: remove it from "spec.upgrade"`,
  Application: (name: string) => `Application ${name} is not one of Flux`,
}
