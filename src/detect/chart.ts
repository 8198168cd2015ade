import { posix } from 'node:path'
import type { Path } from '../model.ts'
import { listAt, scalarAt, textAt } from './at.ts'
import type { Detector, Fact, Manifest } from './facts.ts'
import { chartSource, unknownSource } from './source.ts'
import { floatingChart, note } from './version.ts'

function dependency(manifest: Manifest, path: Path): readonly Fact[] {
  const chart = textAt(manifest.body, [...path, 'name'])
  const repository = textAt(manifest.body, [...path, 'repository'])
  if (chart === null || repository === null) return []
  if (repository.startsWith('file://'))
    return [note(manifest, path, `${chart}: ${repository} lies beside the chart: no versions to look for`)]
  const place = [...path, 'version']
  const version = manifest.version(place)
  const floating = floatingChart(version?.version ?? null)
  if (floating !== null || version === null) return [note(manifest, path, `${chart}: ${floating}`)]
  const source = /^(?:@|alias:)/.test(repository)
    ? unknownSource(chart, `${repository} is an alias that only the machine running helm knows`)
    : chartSource(repository, chart)
  const key = textAt(manifest.body, [...path, 'alias']) ?? chart
  return [{ fact: 'dependency', folder: posix.dirname(manifest.file), key, component: chart, version, source }]
}

/** The dependencies of a chart kept in the repository, recognised by what a Chart.yaml must have. */
export const chartDependencies: Detector = manifest => {
  const { body } = manifest
  const isChart = /^v[12]$/.test(textAt(body, ['apiVersion']) ?? '') && scalarAt(body, ['version']) !== null
  // Helm 2 kept them in a requirements.yaml that holds nothing else.
  const isRequirements = Object.keys(body).every(key => key === 'dependencies')
  if (body.kind !== undefined || !(isRequirements || (isChart && textAt(body, ['name']) !== null))) return []
  return listAt(body, ['dependencies']).flatMap((_, i) => dependency(manifest, ['dependencies', i]))
}
