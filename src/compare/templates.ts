import type { Chart } from '../model.ts'
import { type Subchart, subcharts } from './default-values.ts'

/** One place where a template reads a value: the keys, and the action (`{{ … }}`) it stands in. */
type Read = {
  readonly path: readonly string[]
  readonly file: string
  readonly actions: readonly string[]
  readonly index: number
}

/** The file of a template that reads a key, null when none is seen to. */
export type Reader = (path: readonly string[]) => string | null

/**
 * Which values the templates of a chart read, found in their text. A key counts as read when it is named, or when a map
 * around it is passed on whole; not when it is only named to refuse it with `fail`. Only the release's notes do not count.
 */
export function readerOf(chart: Chart): Reader {
  const reads = subcharts(chart).flatMap(sub => readsOf(chart, sub))
  const texts = [...new Set(reads.map(({ actions }) => actions))].flat()
  const words = new Set(texts.flatMap(action => [...action.matchAll(/\.(\w+)/g)].map(([, word = '']) => word)))
  return path =>
    reads.find(read => !isRefusal(read) && (names(read, path) || passesOn(read, path, words)))?.file ?? null
}

function readsOf({ files }: Chart, { prefix, folder }: Subchart): Read[] {
  return [...files].flatMap(([file, text]) => {
    if (!file.startsWith(`${folder}templates/`) || file.endsWith('NOTES.txt')) return []
    const actions = actionsOf(text)
    return actions.flatMap((action, index) =>
      pathsIn(action).map(path => ({ path: path[0] === 'global' ? path : [...prefix, ...path], file, actions, index })),
    )
  })
}

/** The text between `{{` and `}}`, comments left out. */
function actionsOf(text: string): string[] {
  const actions: string[] = []
  for (let start = text.indexOf('{{'); start >= 0; ) {
    const end = text.indexOf('}}', start)
    if (end < 0) break
    const action = text.slice(start + 2, end)
    if (!/^-?\s*\/\*/.test(action)) actions.push(action)
    start = text.indexOf('{{', end)
  }
  return actions
}

/** The keys that an action reads: `.Values.a.b`, `index .Values.a "b-c"`. */
function pathsIn(action: string): string[][] {
  const found = action.matchAll(/\.Values((?:\.\w+)*)((?:[ \t]+"[^"]{1,200}")*)/g)
  return [...found].flatMap(({ index, 1: dots = '', 2: quoted = '' }) => {
    const isLookup = /\b(?:index|get|hasKey)\s+\(?\$?$/.test(action.slice(Math.max(0, index - 20), index))
    const words = isLookup ? [...quoted.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word) : []
    const path = [...dots.split('.').slice(1), ...words]
    return path.length === 0 ? [] : [path]
  })
}

function names({ path }: Read, wanted: readonly string[]): boolean {
  return path.length >= wanted.length && wanted.every((key, i) => path[i] === key)
}

/** Functions that hand on every key of a map. */
const WHOLE =
  /\b(?:toYaml|toYamlPretty|toJson|toPrettyJson|toToml|toRawJson|range|merge|mergeOverwrite|mustMerge|mustMergeOverwrite|omit|tpl)\b/
/** What gives a map another name, under which a key of it may be read further on. */
const RENAMED = /\b(?:with|include|template|dict|list|set)\b|:=/

function passesOn({ path, actions, index }: Read, wanted: readonly string[], words: ReadonlySet<string>): boolean {
  if (path.length >= wanted.length || !path.every((key, i) => wanted[i] === key)) return false
  const action = actions[index] ?? ''
  return WHOLE.test(action) || (RENAMED.test(action) && words.has(wanted.at(-1) ?? ''))
}

/** Whether a key is named in a condition whose block ends the render: `{{ if .Values.old }}{{ fail "…" }}{{ end }}`. */
function isRefusal({ actions, index }: Read): boolean {
  if (/\bfail\b/.test(actions[index] ?? '')) return true
  if (!/^-?\s*(?:else\s+)?if\b/.test(actions[index] ?? '')) return false
  for (let i = index + 1, depth = 1; i < actions.length && depth > 0; i++) {
    const action = actions[i] ?? ''
    if (/\bfail\b/.test(action)) return true
    if (/^-?\s*(?:if|with|range|define|block)\b/.test(action)) depth++
    if (/^-?\s*(?:end\b|else\b)/.test(action) && (depth === 1 || !/else/.test(action))) depth--
  }
  return false
}
