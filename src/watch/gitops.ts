import type { Detected, Install, Resource } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { type FluxObject, fluxObject } from './flux-object.ts'
import { type FluxVersion, fluxVersions } from './flux-version.ts'

export type { FluxObject } from './flux-object.ts'
export type { FluxVersion } from './flux-version.ts'

/** An Argo CD Application; `sources` counts what it is made of. */
export type Application = {
  readonly name: string
  readonly environment: string | null
  readonly sources: number
  readonly file: string
}

/** What Git says about the engines that apply it, as far as it tells what their reports are worth. */
export type GitOpsFacts = {
  readonly objects: readonly FluxObject[]
  readonly flux: readonly FluxVersion[]
  readonly applications: readonly Application[]
  /** The file with a PromotionStrategy of GitOps Promoter, which merges into environment branches itself; null without one. */
  readonly promoter: string | null
}

/** Reads them from what was detected. Bodies are parsed only of the few kinds that matter. */
export function gitopsFacts({ resources, pins }: Pick<Detected, 'resources' | 'pins'>): GitOpsFacts {
  return {
    objects: resources.flatMap(fluxObject),
    flux: fluxVersions(resources, pins),
    applications: resources.flatMap(application),
    promoter: resources.find(isPromotion)?.file ?? null,
  }
}

/** The names of the HelmRelease objects behind these installs. */
export function releasesOf(installs: readonly Install[], resources: readonly Resource[]): readonly string[] {
  const places = new Set(installs.map(({ file, line }) => `${file}:${line}`))
  return resources
    .filter(({ kind, file, line }) => kind === 'HelmRelease' && places.has(`${file}:${line}`))
    .map(({ name }) => name)
}

/** Whether something that stands in `environment` feeds the one that is asked about; what belongs to none may feed any. */
export function feeds(environment: string | null, asked: string): boolean {
  return environment === null || environment === asked
}

function isPromotion({ apiVersion, kind }: Resource): boolean {
  return kind === 'PromotionStrategy' && apiVersion.startsWith('promoter.argoproj.io/')
}

function application(resource: Resource): Application[] {
  const { apiVersion, kind, name, environment, file } = resource
  if (kind !== 'Application' || !apiVersion.startsWith('argoproj.io/')) return []
  const { spec } = resource.body
  const sources = isMap(spec) && Array.isArray(spec.sources) ? spec.sources.length : 1
  return [{ name, environment, sources, file }]
}
