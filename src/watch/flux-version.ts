import { minVersion } from 'semver'
import { FLUX_DISTRIBUTIONS } from '../knowledge/flux.ts'
import type { Pin, Resource, Value, ValueMap } from '../model.ts'
import { readRange } from '../text/version.ts'
import { mapAt } from './flux-object.ts'

/** A version of Flux that stands in Git. `least` is the oldest that `written` can mean: FluxInstance takes ranges such as `2.x`. */
export type FluxVersion = { readonly written: string; readonly least: string; readonly environment: string | null }

/** Every version of Flux that stands in the repository. */
export function fluxVersions(resources: readonly Resource[], pins: readonly Pin[]): readonly FluxVersion[] {
  const written = [
    ...resources.map(resource => ({ text: versionIn(resource), environment: resource.environment })),
    ...pins
      .filter(({ source }) => source.url !== null && FLUX_DISTRIBUTIONS.test(source.url))
      .map(({ version, environment }) => ({ text: version, environment })),
  ]
  return written.flatMap(({ text, environment }) => {
    const range = text === null ? null : readRange(text.replace(/^v/, ''))
    const least = range && minVersion(range)
    return text !== null && least ? [{ written: text, least: least.version, environment }] : []
  })
}

function versionIn(resource: Resource): string | null {
  const { kind, name, apiVersion, namespace } = resource
  if (kind === 'FluxInstance' && apiVersion.startsWith('fluxcd.controlplane.io/'))
    return distribution(mapAt(resource.body, 'spec'))
  // The chart that makes a FluxInstance (controlplaneio-fluxcd/flux-instance).
  if (kind === 'HelmRelease' && name === 'flux-instance')
    return distribution(mapAt(mapAt(mapAt(resource.body, 'spec'), 'values'), 'instance'))
  if (kind === 'Namespace' && name === 'flux-system') return label(resource.body)
  if (kind === 'Deployment' && name === 'notification-controller' && namespace !== null)
    return label(resource.body) ?? fromImage(resource.body)
  return null
}

function distribution(spec: ValueMap): string | null {
  return text(mapAt(spec, 'distribution').version)
}

/** gotk-components.yaml carries the version of Flux in a label of every object. */
function label(body: ValueMap): string | null {
  const labels = mapAt(mapAt(body, 'metadata'), 'labels')
  return labels['app.kubernetes.io/part-of'] === 'flux' ? text(labels['app.kubernetes.io/version']) : null
}

/** notification-controller 1.9 is the one of Flux 2.9: its minor version is Flux's (fluxcd/flux2, releases). */
function fromImage(body: ValueMap): string | null {
  const { containers } = mapAt(mapAt(mapAt(body, 'spec'), 'template'), 'spec')
  const images = Array.isArray(containers)
    ? containers.map(container => text(mapAt({ container }, 'container').image))
    : []
  const tag = images.map(image => /\/notification-controller:v1\.(\d{1,4})\.\d+/.exec(image ?? '')?.[1]).find(Boolean)
  return tag === undefined ? null : `2.${tag}.0`
}

function text(value: Value | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
