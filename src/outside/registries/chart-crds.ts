import type { KubeObject, Value } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { type ArchiveBudget, readArchive } from './archive.ts'
import { ChartUnreadable, readChartDocuments } from './chart-yaml.ts'

/** Charts inside charts; the deepest public one is three levels. */
const MAX_DEPTH = 8

/**
 * The objects of the `crds/` folders of a chart and of all charts below `charts/`, packed or not. Throws
 * ChartUnreadable. Whether a subchart is switched off by its condition is not looked at.
 */
export async function chartCrds(
  files: ReadonlyMap<string, Buffer>,
  budget: ArchiveBudget,
  depth = 0,
): Promise<readonly KubeObject[]> {
  if (depth > MAX_DEPTH) throw new ChartUnreadable(`has charts in charts more than ${MAX_DEPTH} levels deep`)
  const found: KubeObject[] = []
  for (const [path, bytes] of files) {
    if (/^crds\/.+\.(ya?ml|json)$/.test(path)) found.push(...objectsOf(bytes, path))
    if (/^charts\/[^/._][^/]*\.tgz$/.test(path)) {
      const archive = await readArchive(bytes, budget)
      if (!archive.ok) throw new ChartUnreadable(`${path}: ${archive.reason}`)
      found.push(...(await chartCrds(archive.value.files, budget, depth + 1)))
    }
  }
  for (const folder of subcharts(files)) found.push(...(await chartCrds(folder, budget, depth + 1)))
  return found
}

/** The unpacked charts below `charts/`; Helm ignores names that begin with `_` or a dot. */
function subcharts(files: ReadonlyMap<string, Buffer>): readonly ReadonlyMap<string, Buffer>[] {
  const charts = new Map<string, Map<string, Buffer>>()
  for (const [path, bytes] of files) {
    const [, name, below] = /^charts\/([^/._][^/]*)\/(.+)$/.exec(path) ?? []
    if (name === undefined || below === undefined) continue
    const chart = charts.get(name) ?? new Map<string, Buffer>()
    charts.set(name, chart.set(below, bytes))
  }
  return [...charts.values()]
}

function objectsOf(bytes: Buffer, file: string): readonly KubeObject[] {
  return readChartDocuments(bytes.toString('utf8'), file)
    .filter(document => document !== null)
    .flatMap(itemsOf)
    .map(document => objectOf(document, file))
}

/** Helm takes a List for its items. */
function itemsOf(document: Value): readonly Value[] {
  return isMap(document) && document.kind === 'List' && Array.isArray(document.items) ? document.items : [document]
}

function objectOf(document: Value, file: string): KubeObject {
  if (isObject(document)) return document
  throw new ChartUnreadable(`${file} has a document without apiVersion, kind or metadata.name`)
}

function isObject(document: Value): document is KubeObject {
  if (!isMap(document) || typeof document.apiVersion !== 'string' || typeof document.kind !== 'string') return false
  return isMap(document.metadata) && typeof document.metadata.name === 'string'
}
