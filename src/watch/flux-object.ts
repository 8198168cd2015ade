import type { Resource, Value, ValueMap } from '../model.ts'
import { nanoseconds } from '../text/go-duration.ts'
import { isMap } from '../text/is-map.ts'

/** A Kustomization or HelmRelease of Flux as it stands in Git. */
export type FluxObject = {
  readonly kind: 'Kustomization' | 'HelmRelease'
  readonly name: string
  readonly environment: string | null
  /** Whether its success means that what it applies is healthy, not only that it was applied. */
  readonly waits: boolean
  /** Milliseconds from a change in Git within which it has said how it went. */
  readonly patience: number
}

/** Helm waits five minutes unless told otherwise (HelmRelease, spec.timeout). */
const HELM_TIMEOUT = 5 * 60_000

/** Taken for an `interval` that cannot be read, such as a variable. */
const USUAL_INTERVAL = 10 * 60_000

/** One of the two kinds, none for every other object and for a patch, which has no `interval`: Flux demands one. */
export function fluxObject(resource: Resource): FluxObject[] {
  const { apiVersion, kind, name, environment } = resource
  if (!/^(?:kustomize|helm)\.toolkit\.fluxcd\.io\//.test(apiVersion)) return []
  if (mapAt(resource.body, 'spec').interval === undefined) return []
  if (kind === 'Kustomization' && apiVersion.startsWith('kustomize.toolkit.fluxcd.io/'))
    return [{ kind, name, environment, ...kustomization(mapAt(resource.body, 'spec')) }]
  if (kind === 'HelmRelease' && apiVersion.startsWith('helm.toolkit.fluxcd.io/'))
    return [{ kind, name, environment, ...helmRelease(mapAt(resource.body, 'spec')) }]
  return []
}

/** `timeout` and `retryInterval` default to `interval` (Kustomization, spec); with `wait` it waits for everything it applies. */
function kustomization(spec: ValueMap): Pick<FluxObject, 'waits' | 'patience'> {
  const interval = duration(spec.interval) ?? USUAL_INTERVAL
  const timeout = duration(spec.timeout) ?? interval
  const retry = duration(spec.retryInterval) ?? interval
  const checks = Array.isArray(spec.healthChecks) && spec.healthChecks.length > 0
  return { waits: spec.wait === true || checks, patience: interval + timeout + 2 * retry }
}

/** Helm waits for what it installs unless `disableWait`; it is tried again only with the strategy that has a `retryInterval`. */
function helmRelease(spec: ValueMap): Pick<FluxObject, 'waits' | 'patience'> {
  const upgrade = mapAt(spec, 'upgrade')
  const interval = duration(spec.interval) ?? USUAL_INTERVAL
  const timeout = duration(upgrade.timeout) ?? duration(spec.timeout) ?? HELM_TIMEOUT
  const retry = duration(mapAt(upgrade, 'strategy').retryInterval) ?? 0
  return { waits: upgrade.disableWait !== true, patience: interval + timeout + 2 * retry }
}

function duration(value: Value | undefined): number | null {
  const found = typeof value === 'string' ? nanoseconds(value) : null
  return found !== null && found > 0 ? found / 1e6 : null
}

/** The map below a key, an empty one when there is none. */
export function mapAt(map: ValueMap, key: string): ValueMap {
  const found = Object.hasOwn(map, key) ? map[key] : undefined
  return isMap(found) ? found : {}
}
