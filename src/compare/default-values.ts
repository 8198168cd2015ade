import type { Chart, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { readYaml } from '../text/yaml.ts'
import { child, isList, text } from './data.ts'

/** A chart within a chart: the keys under which its values stand, and where its files do. */
export type Subchart = { readonly prefix: readonly string[]; readonly folder: string }

/** All charts of an archive, the whole one first. A subchart's values stand under its alias, else its name. */
export function subcharts({ files }: Chart): Subchart[] {
  const folders = new Set(
    [...files.keys()].flatMap(path => /^((?:charts\/[^/]+\/)+)(?:Chart|values)\.yaml$/.exec(path)?.[1] ?? []),
  )
  const byDepth = [...folders].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  const found: Subchart[] = [{ prefix: [], folder: '' }]
  for (const folder of byDepth) {
    const [, above = '', name = ''] = /^(.*)charts\/([^/]+)\/$/.exec(folder) ?? []
    for (const parent of found.filter(chart => chart.folder === above)) {
      for (const key of names(files.get(`${above}Chart.yaml`), name))
        found.push({ prefix: [...parent.prefix, key], folder })
    }
  }
  return found
}

/** The keys of a dependency: a chart may bring it in more than once, each time under another alias. */
function names(chartYaml: string | undefined, name: string): readonly string[] {
  const read = chartYaml === undefined ? null : readYaml(chartYaml)
  const listed = read?.ok ? child(read.value, 'dependencies') : undefined
  const aliases = (isList(listed) ? listed : [])
    .filter(one => text(child(one, 'name')) === name)
    .map(one => text(child(one, 'alias')) || name)
  return aliases.length === 0 ? [name] : [...new Set(aliases)]
}

/** The default values of a chart with those of its subcharts below, a parent's word before its child's, as Helm merges them. */
export function defaultsOf(chart: Chart): ValueMap {
  const below = subcharts(chart)
    .filter(({ folder }) => folder !== '')
    .map(({ prefix, folder }) => {
      const read = readYaml(chart.files.get(`${folder}values.yaml`) ?? '')
      return prefix.reduceRight<Value>((inner, key) => ({ [key]: inner }), read.ok ? read.value : null)
    })
  return [...below.reverse(), chart.values].reduce<ValueMap>(
    (under, over) => (isMap(over) ? merge(under, over) : under),
    {},
  )
}

/** Values over values, map by map, as Helm merges them. */
export function merge(under: ValueMap, over: ValueMap): ValueMap {
  const entries = Object.entries(over).map(([key, value]): [string, Value] => {
    const below = child(under, key)
    return [key, isMap(below) && isMap(value) ? merge(below, value) : value]
  })
  return Object.fromEntries([...Object.entries(under), ...entries])
}
