import type { Chart, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { at } from './data.ts'
import { merge, subcharts } from './default-values.ts'
import { holdAgainst, type Misfit } from './json-schema.ts'
import type { Setting } from './settings.ts'
import type { Reading } from './value-reading.ts'

/** A key that the schema of a chart refuses: `path` ends where the key stands in a list. */
export type Refusal = { readonly path: readonly string[]; readonly keyword: string; readonly says: string }

/** What the schemas of a chart, and of its subcharts, say about values; `unread` is what of them was left out. */
export type SchemaView = { readonly refusals: readonly Refusal[]; readonly unread: readonly string[] }

/** Holds the defaults of a chart with a user's settings over them against all its schemas, as Helm does before it renders. */
export function schemaView({ chart, defaults }: Reading, settings: readonly Setting[]): SchemaView {
  const views = schemasOf(chart)
  if (views.length === 0) return { refusals: [], unread: [] }
  const values = withoutNull(merge(defaults, treeOf(settings)))
  const looks = views.map(({ prefix, schema, file }) => look(prefix, schema, file, at(values, prefix)))
  return { refusals: looks.flatMap(({ refusals }) => refusals), unread: looks.flatMap(({ unread }) => unread) }
}

type Schema = { readonly prefix: readonly string[]; readonly file: string; readonly schema: Value | undefined }

function schemasOf(chart: Chart): readonly Schema[] {
  const below = subcharts(chart).flatMap(({ prefix, folder }): Schema[] => {
    const file = `${folder}values.schema.json`
    const text = folder === '' ? undefined : chart.files.get(file)
    return text === undefined ? [] : [{ prefix, file, schema: parsed(text) }]
  })
  return chart.schema === null ? below : [{ prefix: [], file: 'values.schema.json', schema: chart.schema }, ...below]
}

function parsed(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}

function look(
  prefix: readonly string[],
  schema: Value | undefined,
  file: string,
  value: Value | undefined,
): SchemaView {
  if (value === undefined) return { refusals: [], unread: [] }
  if (!isMap(schema)) return { refusals: [], unread: [`${file} is not a schema`] }
  const { misfits, unread } = holdAgainst(schema, value)
  return {
    refusals: misfits.map(misfit => ({ ...misfit, path: [...prefix, ...keysOf(misfit)] })),
    unread: unread.map(what => `${file}: ${what}`),
  }
}

function keysOf({ path }: Misfit): readonly string[] {
  const end = path.findIndex(key => typeof key === 'number')
  return path.slice(0, end < 0 ? path.length : end).map(String)
}

/** The settings as the tree that they were read from. */
function treeOf(settings: readonly Setting[], depth = 0): ValueMap {
  const byKey = Map.groupBy(settings, ({ path }) => path[depth] ?? '')
  const entries = [...byKey].map(([key, group]): [string, Value] => {
    const leaf = group.find(({ path }) => path.length === depth + 1)
    return [key, leaf ? leaf.value : treeOf(group, depth + 1)]
  })
  return Object.fromEntries(entries)
}

/** A null of the user deletes the chart's default. */
function withoutNull(value: ValueMap): ValueMap {
  const entries = Object.entries(value).flatMap(([key, inner]): [string, Value][] =>
    inner === null ? [] : [[key, isMap(inner) ? withoutNull(inner) : inner]],
  )
  return Object.fromEntries(entries)
}
