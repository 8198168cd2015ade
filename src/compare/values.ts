import type { Chart, Fact, Value, ValueMap, ValueStatus } from '../model.ts'
import { type Comparison, chartOf } from './comparison.ts'
import { at, isMap } from './data.ts'
import { defaultsOf } from './default-values.ts'
import { refusedBy } from './refusal.ts'
import { renamedTo, shapeOf } from './renames.ts'
import { type Setting, settingsOf } from './settings.ts'
import { type Reader, readerOf } from './templates.ts'

/** A chart as far as values are concerned. */
type Reading = { readonly chart: Chart; readonly defaults: ValueMap; readonly reads: Reader }

type Verdict = {
  readonly path: readonly string[]
  readonly status: ValueStatus
  readonly to: readonly string[] | null
  readonly detail: string
}

/** What the new chart makes of the keys that the user sets. A key that it treats as before is not named. */
export function compareValues(input: Comparison): readonly Fact[] {
  const [before, after] = [chartOf(input.before), chartOf(input.after)]
  if (!before || !after) return []
  const [old, next] = [readingOf(before), readingOf(after)]
  const seen = new Set<string>()
  return input.installs.flatMap(settingsOf).flatMap((setting): Fact[] => {
    const verdict = typeChanged(setting, old, next) ?? lost(setting, old, next) ?? newlyRefused(setting, old, next)
    if (!verdict || seen.has(identity(setting, verdict))) return []
    seen.add(identity(setting, verdict))
    const { path, status, to, detail } = verdict
    const { file, line } = setting
    return [{ kind: 'value', key: path.join('.'), status, to: to?.join('.') ?? null, file, line, detail }]
  })
}

function readingOf(chart: Chart): Reading {
  return { chart, defaults: defaultsOf(chart), reads: readerOf(chart) }
}

/** A map that is judged as a whole is named once in a file, at the first key that the user sets in it. */
function identity({ path, file, line }: Setting, verdict: Verdict): string {
  return JSON.stringify([verdict.path, verdict.status, file, verdict.path.length === path.length ? line : null])
}

/** The user wrote what the old default was (a map, a list, a scalar), and the new default is something else. */
function typeChanged({ path, value }: Setting, old: Reading, next: Reading): Verdict | null {
  for (let length = 1; length <= path.length; length++) {
    const key = path.slice(0, length)
    const [was, is] = [at(old.defaults, key), at(next.defaults, key)]
    const [from, to] = [shapeOf(was), shapeOf(is)]
    const own = length < path.length ? 'map' : shapeOf(value)
    if (from !== to && from === own && to !== 'nothing' && is !== '')
      return {
        path: key,
        status: 'type-changed',
        to: null,
        detail: `it was a ${from} and is a ${to} from ${next.chart.version} on`,
      }
  }
  return null
}

function lost(setting: Setting, old: Reading, next: Reading): Verdict | null {
  const path = setting.value === null ? null : goneKey(setting.path, old, next)
  if (!path) return null
  const to = renamedTo(path, old.defaults, next.defaults)
  const file = next.reads(path)
  if (file !== null)
    return { path, status: 'still-honoured', to, detail: `it is gone from the defaults, but ${file} still reads it` }
  const gone = `it is gone from the defaults of ${next.chart.version} and no template reads it`
  if (to) return { path, status: 'renamed', to, detail: `${gone}; ${to.join('.')} is new` }
  const refused =
    refusedBy(next.chart.schema, setting.path) !== null && refusedBy(old.chart.schema, setting.path) === null
  return refused
    ? { path, status: 'refused', to: null, detail: `the schema of ${next.chart.version} does not know it` }
    : { path, status: 'removed', to: null, detail: gone }
}

/**
 * The key that the old chart knew and the new one does not, null when there is none. Below a default that is an empty
 * map (`nodeSelector: {}`) or no map, keys are the user's own: only the map itself can go. A key that stands beside
 * known ones but is none of them counts when a template of the old chart read it by name.
 */
function goneKey(path: readonly string[], old: Reading, next: Reading): readonly string[] | null {
  const length = known(path, old.defaults)
  const anchor = path.slice(0, length)
  const was = at(old.defaults, anchor)
  if (length > 0 && at(next.defaults, anchor) === undefined) return isFree(was) ? anchor : path
  if (length === path.length || (length > 0 && isFree(was))) return null
  return old.reads(path) !== null && next.reads(path) === null && at(next.defaults, path) === undefined ? path : null
}

/** How many keys of a path stand in the defaults. */
function known(path: readonly string[], defaults: ValueMap): number {
  const missing = path.findIndex((_, i) => at(defaults, path.slice(0, i + 1)) === undefined)
  return missing < 0 ? path.length : missing
}

function isFree(value: Value | undefined): boolean {
  return !isMap(value) || Object.keys(value).length === 0
}

function newlyRefused({ path }: Setting, old: Reading, next: Reading): Verdict | null {
  const refused = refusedBy(next.chart.schema, path)
  if (!refused || refusedBy(old.chart.schema, path) !== null) return null
  return { path: refused, status: 'refused', to: null, detail: `the schema of ${next.chart.version} does not know it` }
}
