import { posix } from 'node:path'
import type { Path, Value } from '../model.ts'
import { at, listAt, scalarAt, textAt } from './at.ts'
import type {
  ChartAt,
  ChartLayerFact,
  ChartUserFact,
  Detector,
  LayerFact,
  Manifest,
  ObjectRef,
  ReleaseFact,
} from './facts.ts'
import { installOf } from './releases.ts'
import { chartSource } from './source.ts'
import { floatingChart, note } from './version.ts'

/** An object's own name; null without one. */
export function objectRef(body: Value, kind: string): ObjectRef | null {
  const name = scalarAt(body, ['metadata', 'name'])
  return name === null ? null : { kind, name, namespace: scalarAt(body, ['metadata', 'namespace']) }
}

/** A reference to another object; its namespace is the referrer's unless it is written. */
function referenceAt(body: Value, path: Path): ObjectRef | null {
  const kind = textAt(body, [...path, 'kind'])
  const name = scalarAt(body, [...path, 'name'])
  const namespace = scalarAt(body, [...path, 'namespace']) ?? scalarAt(body, ['metadata', 'namespace'])
  return kind === null || name === null ? null : { kind, name, namespace }
}

/** The chart that a `sourceRef` names, null when it comes from git or a bucket: those have no chart version. */
export function chartAt(body: Value, path: Path): ChartAt | null {
  const chart = textAt(body, [...path, 'chart'])
  const object = referenceAt(body, [...path, 'sourceRef'])
  return chart === null || object?.kind !== 'HelmRepository' ? null : { type: 'object', object, chart }
}

/** Flux reads the key `values.yaml` unless told otherwise (helm-controller, ValuesReference.GetValuesKey). */
function valuesFrom(manifest: Manifest, entry: Value, path: Path): LayerFact {
  const { body, file } = manifest
  const line = manifest.lineOf(path)
  const kind = textAt(entry, ['kind'])
  const name = scalarAt(entry, ['name'])
  if (kind !== 'ConfigMap' || name === null)
    return {
      kind: 'missing',
      file,
      line,
      reason: `the values from ${kind ?? 'an unnamed object'} ${name ?? ''} cannot be read here`.replace(/ +/g, ' '),
    }
  const object = { kind, name, namespace: scalarAt(body, ['metadata', 'namespace']) }
  const key = textAt(entry, ['valuesKey']) ?? 'values.yaml'
  return { kind: 'config', object, key, target: textAt(entry, ['targetPath']), file, line }
}

/** In the order Flux merges them: `valuesFrom` first, `values` over it (helm-controller, ChartValuesFromReferences). */
function layers(manifest: Manifest): readonly ChartLayerFact[] {
  const values = manifest.values(['spec', 'values'])
  const inline: ChartLayerFact | null =
    values && manifest.hasVariables
      ? { kind: 'variable', layer: values, read: replace => manifest.valuesAfter(['spec', 'values'], replace) }
      : values
  const from = listAt(manifest.body, ['spec', 'valuesFrom']).map((entry, i) =>
    valuesFrom(manifest, entry, ['spec', 'valuesFrom', i]),
  )
  return inline ? [...from, inline] : from
}

/** A Flux HelmRelease, whole or as a patch of another; which one it is shows when all files are known. */
export const fluxRelease: Detector = manifest => {
  const { body, file } = manifest
  const object = objectRef(body, 'HelmRelease')
  if (body.kind !== 'HelmRelease' || object === null) return []
  if (!textAt(body, ['apiVersion'])?.startsWith('helm.toolkit.fluxcd.io/')) return []
  const spec = ['spec', 'chart', 'spec']
  const path = [...spec, 'version']
  const version = manifest.version(path)
  const floating = floatingChart(version?.version ?? scalarAt(body, path))
  const release: ReleaseFact = {
    fact: 'release',
    object,
    file,
    line: manifest.line,
    chart: chartAt(body, spec),
    of: referenceAt(body, ['spec', 'chartRef']),
    version: floating === null ? version : null,
    floating:
      floating === null || at(body, path) === undefined ? null : { reason: floating, line: manifest.lineOf(path) },
    releaseName: scalarAt(body, ['spec', 'releaseName']),
    targetNamespace: scalarAt(body, ['spec', 'targetNamespace']),
    upgradeCrds: textAt(body, ['spec', 'upgrade', 'crds']),
    values: layers(manifest),
  }
  const folder = textAt(body, [...spec, 'chart'])
  return folder !== null && release.chart === null ? [chartUser(release, folder)] : [release]
}

/** A release of a chart that is kept in git: in this repository, if a chart lies at that path. */
function chartUser(release: ReleaseFact, path: string): ChartUserFact {
  return { fact: 'chart-user', folder: posix.normalize(path).replace(/\/+$/, ''), install: installOf(release) }
}

/** The HelmRelease of the first Flux, which names its chart repository itself (helm-operator, HelmRelease v1). */
export const fluxOneRelease: Detector = manifest => {
  const { body, file } = manifest
  const object = objectRef(body, 'HelmRelease')
  const chart = textAt(body, ['spec', 'chart', 'name'])
  if (body.kind !== 'HelmRelease' || object === null || chart === null) return []
  if (!/^(?:helm\.fluxcd\.io|flux\.weave\.works)\//.test(textAt(body, ['apiVersion']) ?? '')) return []
  const path = ['spec', 'chart', 'version']
  const version = manifest.version(path)
  const floating = floatingChart(version?.version ?? scalarAt(body, path))
  if (floating !== null || version === null) return [note(manifest, path, `${chart}: ${floating}`)]
  const values = manifest.values(['spec', 'values'])
  const install = {
    engine: 'flux' as const,
    name: scalarAt(body, ['spec', 'releaseName']) ?? object.name,
    namespace: scalarAt(body, ['spec', 'targetNamespace']) ?? object.namespace,
    values: values ? [values] : [],
    crds: 'unknown' as const,
    file,
    line: manifest.line,
  }
  const source = chartSource(textAt(body, ['spec', 'chart', 'repository']), chart)
  return [
    {
      fact: 'pin',
      component: chart,
      kind: 'flux-helmrelease',
      version,
      source,
      installs: [install],
      object: null,
      aliases: [],
    },
  ]
}
