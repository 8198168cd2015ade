import type { Chart, ValueMap } from '../model.ts'
import { readYaml } from '../text/yaml.ts'
import { child, isList, text } from './data.ts'
import { defaultsOf, subcharts } from './default-values.ts'
import { type Reader, readerOf } from './templates.ts'
import { type Comments, commentsOf } from './value-comments.ts'

/** A chart as far as values are concerned: all that can speak for or against a key of the user. */
export type Reading = {
  readonly chart: Chart
  readonly defaults: ValueMap
  readonly reads: Reader
  readonly comments: Comments
  /** Whether there are templates to look into: without them, what a key does is told by the rest alone. */
  readonly hasTemplates: boolean
  /** Whether a key belongs to a subchart of which nothing is at hand: its own defaults and templates decide. */
  readonly isUnseen: (path: readonly string[]) => boolean
}

const readings = new WeakMap<Chart, Reading>()

/** Reads a chart once, for all keys and installs that are asked about. */
export function readingOf(chart: Chart): Reading {
  const reading = readings.get(chart) ?? read(chart)
  readings.set(chart, reading)
  return reading
}

function read(chart: Chart): Reading {
  const seen = new Set(subcharts(chart).flatMap(({ prefix }) => (prefix.length === 1 ? prefix : [])))
  const named = dependencyKeys(chart)
  return {
    chart,
    defaults: defaultsOf(chart),
    reads: readerOf(chart),
    comments: commentsOf(chart.valuesText),
    hasTemplates: [...chart.files.keys()].some(path => path.startsWith('templates/')),
    isUnseen: ([first = '', ...rest]) => rest.length > 0 && named.has(first) && !seen.has(first),
  }
}

/** The keys under which the values of dependencies stand: the alias, else the name. */
function dependencyKeys({ dependencies, files }: Chart): ReadonlySet<string> {
  const about = readYaml(files.get('Chart.yaml') ?? '')
  const listed = about.ok ? child(about.value, 'dependencies') : undefined
  const aliases = (isList(listed) ? listed : []).map(one => text(child(one, 'alias')))
  return new Set([...dependencies.map(({ name }) => name), ...aliases].filter(name => name !== ''))
}
