import { posix } from 'node:path'
import type { Path, Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { at, listAt, scalarAt, textAt } from './at.ts'
import type { Detector, Fact, LayerFact, Manifest } from './facts.ts'
import { chartSource, imageRepository, lastElement, unknownSource } from './source.ts'
import { floatingChart, floatingTag, isDigest, note, tagAndDigest } from './version.ts'

function besides(manifest: Manifest, name: string): string {
  return posix.join(posix.dirname(manifest.file), name)
}

function fileLayer(manifest: Manifest, path: Path): readonly LayerFact[] {
  const name = textAt(manifest.body, path)
  if (name === null) return []
  const line = manifest.lineOf(path)
  if (!/^[a-z]+:\/\//i.test(name)) return [{ kind: 'file', path: besides(manifest, name), file: manifest.file, line }]
  return [
    { kind: 'missing', file: manifest.file, line, reason: `the values file ${name} is remote and was not fetched` },
  ]
}

/**
 * `valuesMerge: override` (the default) puts valuesInline over valuesFile, `merge` under it, `replace` drops the file;
 * additionalValuesFiles come last (kustomize, HelmChartInflationGenerator: replaceValuesInline and AsHelmArgs).
 */
function layers(manifest: Manifest, chart: Path): readonly LayerFact[] {
  const found = manifest.values([...chart, 'valuesInline'])
  const inline: readonly LayerFact[] = found ? [found] : []
  const file = fileLayer(manifest, [...chart, 'valuesFile'])
  const merge = textAt(manifest.body, [...chart, 'valuesMerge'])
  const both = merge === 'merge' ? [...inline, ...file] : [...file, ...inline]
  const more = listAt(manifest.body, [...chart, 'additionalValuesFiles'])
  return [
    ...(merge === 'replace' && inline.length > 0 ? inline : both),
    ...more.flatMap((_, i) => fileLayer(manifest, [...chart, 'additionalValuesFiles', i])),
  ]
}

function helmChart(manifest: Manifest, path: Path): readonly Fact[] {
  const { body, file } = manifest
  const chart = textAt(body, [...path, 'name'])
  const repository = textAt(body, [...path, 'repo'])
  if (chart === null) return []
  const place = [...path, 'version']
  const version = manifest.version(place)
  const floating = floatingChart(version?.version ?? null)
  if (version === null && !/^(?:https?|oci):/.test(repository ?? '')) return []
  if (floating !== null || version === null) return [note(manifest, version ? place : path, `${chart}: ${floating}`)]
  const source = repository
    ? chartSource(repository, chart)
    : unknownSource(chart, 'the chart lies in the repository itself')
  const install = {
    engine: 'kustomize' as const,
    name: scalarAt(body, [...path, 'releaseName']) ?? chart,
    namespace: scalarAt(body, [...path, 'namespace']) ?? scalarAt(body, ['namespace']),
    values: layers(manifest, path),
    crds: at(body, [...path, 'includeCRDs']) === true ? ('applied' as const) : ('skipped' as const),
    file,
    line: manifest.lineOf(path),
  }
  return [
    {
      fact: 'pin',
      component: lastElement(chart),
      kind: 'kustomize-helmcharts',
      version,
      source,
      installs: [install],
      object: null,
      aliases: [],
    },
  ]
}

function image(manifest: Manifest, path: Path): readonly Fact[] {
  const { body } = manifest
  const name = textAt(body, [...path, 'newName']) ?? textAt(body, [...path, 'name'])
  const tag = scalarAt(body, [...path, 'newTag'])
  const digest = isDigest(scalarAt(body, [...path, 'digest']))
  if (name === null || (tag === null && !digest)) return []
  const version = tagAndDigest(manifest, [...path, 'newTag'], [...path, 'digest'])
  const floating = digest || version?.digest ? null : floatingTag(tag)
  const component = lastElement(name)
  if (floating !== null || version === null)
    return [note(manifest, path, `${component}: ${floating ?? 'the tag is written in a way that cannot be edited'}`)]
  const source = { type: 'docker', url: imageRepository(name), chart: null } as const
  return [{ fact: 'pin', component, kind: 'kustomize-image', version, source, installs: [], object: null, aliases: [] }]
}

/** `files: [values.yaml, values.yaml=path]` of a configMapGenerator, from key to path. */
function generated(manifest: Manifest, generator: Value): readonly Fact[] {
  const name = textAt(generator, ['name'])
  if (name === null) return []
  const files = listAt(generator, ['files']).flatMap(entry => {
    if (typeof entry !== 'string') return []
    const [key = '', path] = entry.includes('=') ? entry.split('=', 2) : [posix.basename(entry), entry]
    return path === undefined ? [] : [[key, besides(manifest, path)] as const]
  })
  const namespace = textAt(generator, ['namespace']) ?? textAt(manifest.body, ['namespace'])
  return [
    { fact: 'generator', object: { kind: 'ConfigMap', name, namespace }, file: manifest.file, files: new Map(files) },
  ]
}

function isKustomization({ body }: Manifest): boolean {
  const group = textAt(body, ['apiVersion'])
  if (group?.startsWith('kustomize.config.k8s.io/')) return true
  if (group !== null) return false
  const renames = listAt(body, ['images']).some(
    entry => isMap(entry) && ('newTag' in entry || 'digest' in entry || 'newName' in entry),
  )
  return (
    body.kind === 'Kustomization' ||
    body.kind === 'Component' ||
    (body.kind === undefined && (renames || Array.isArray(body.helmCharts)))
  )
}

function images(manifest: Manifest, path: Path): readonly Fact[] {
  return listAt(manifest.body, path).flatMap((_, i) => image(manifest, [...path, i]))
}

/** A patch that gives HelmReleases a CRD policy from outside, at whatever depth it stands: which ones, only the cluster knows. */
function patchesCrds(manifest: Manifest, path: Path): readonly Fact[] {
  const patches = listAt(manifest.body, path).map(entry => textAt(entry, ['patch']) ?? '')
  const found = patches.some(patch => /kind: *HelmRelease/.test(patch) && /^\s*crds:/m.test(patch))
  return found ? [{ fact: 'crds-patched' }] : []
}

/** A kustomization: charts, images, the namespace it gives, and the ConfigMaps it makes. Flux' Kustomization has images too. */
export const kustomization: Detector = manifest => {
  const { body, file } = manifest
  if (body.kind === 'Kustomization' && textAt(body, ['apiVersion'])?.startsWith('kustomize.toolkit.fluxcd.io/'))
    return [...images(manifest, ['spec', 'images']), ...patchesCrds(manifest, ['spec', 'patches'])]
  if (!isKustomization(manifest)) return []
  const namespace = textAt(body, ['namespace'])
  return [
    ...listAt(body, ['helmCharts']).flatMap((_, i) => helmChart(manifest, ['helmCharts', i])),
    ...images(manifest, ['images']),
    ...patchesCrds(manifest, ['patches']),
    ...listAt(body, ['configMapGenerator']).flatMap(generator => generated(manifest, generator)),
    ...(namespace === null ? [] : [{ fact: 'namespace', folder: posix.dirname(file), namespace } as const]),
  ]
}
