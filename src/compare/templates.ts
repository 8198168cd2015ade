import type { Chart } from '../model.ts'
import { pathKey } from '../text/path-key.ts'
import { type Subchart, subcharts } from './default-values.ts'

/** One place where a template reads a value: the keys, and the action (`{{ … }}`) it stands in. */
type Read = { readonly path: readonly string[]; readonly file: string; readonly action: string }

/** The file of a template that reads a key, null when none is seen to. */
export type Reader = (path: readonly string[]) => string | null

/**
 * Which values the templates of a chart read, found in their text. A key counts as read when it is named, or when a map
 * around it is passed on whole; not when it is only named to refuse it with `fail`. Only the release's notes do not count.
 */
export function readerOf(chart: Chart): Reader {
  const named = new Map<string, string>()
  const whole = new Map<string, string>()
  const renamed = new Map<string, string>()
  const words = new Set<string>()
  for (const { path, file, action } of subcharts(chart).flatMap(sub => readsOf(chart, sub, words))) {
    for (let length = 1; length <= path.length; length++) first(named, pathKey(path.slice(0, length)), file)
    if (WHOLE.test(action)) first(whole, pathKey(path), file)
    else if (RENAMED.test(action)) first(renamed, pathKey(path), file)
  }
  return path => {
    const around = path.slice(0, -1).map((_, i) => pathKey(path.slice(0, i + 1)))
    const handed = around.map(key => whole.get(key) ?? (words.has(path.at(-1) ?? '') ? renamed.get(key) : undefined))
    return named.get(pathKey(path)) ?? handed.find(file => file !== undefined) ?? null
  }
}

function first(files: Map<string, string>, key: string, file: string): void {
  if (!files.has(key)) files.set(key, file)
}

/** The reads of one chart that do not only refuse a key; every name after a dot goes into `words`. */
function readsOf({ files }: Chart, { prefix, folder }: Subchart, words: Set<string>): Read[] {
  return [...files].flatMap(([file, text]) => {
    if (!file.startsWith(`${folder}templates/`) || file.endsWith('NOTES.txt')) return []
    const actions = actionsOf(text)
    const refuses = refusals(actions)
    for (const action of actions) for (const [, word = ''] of action.matchAll(/\.(\w+)/g)) words.add(word)
    return actions.flatMap((action, i) =>
      refuses[i]
        ? []
        : pathsIn(action).map(path => ({ path: path[0] === 'global' ? path : [...prefix, ...path], file, action })),
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

/** Functions that hand on every key of a map. */
const WHOLE =
  /\b(?:toYaml|toYamlPretty|toJson|toPrettyJson|toToml|toRawJson|range|merge|mergeOverwrite|mustMerge|mustMergeOverwrite|omit|tpl)\b/
/** What gives a map another name, under which a key of it may be read further on. */
const RENAMED = /\b(?:with|include|template|dict|list|set)\b|:=/

/**
 * Which actions only name keys to refuse them: those that `fail`, and conditions whose own branch does:
 * `{{ if .Values.old }}{{ fail "…" }}{{ end }}`.
 */
function refusals(actions: readonly string[]): readonly boolean[] {
  const fails = actions.map(action => /\bfail\b/.test(action))
  const before = [0]
  for (const [i, isFail] of fails.entries()) before.push((before[i] ?? 0) + Number(isFail))
  const ends = branchEnds(actions)
  return actions.map((_, i) => {
    const end = ends.get(i)
    return fails[i] === true || (end !== undefined && (before[end] ?? 0) > (before[i + 1] ?? 0))
  })
}

/** Where the branch of each condition ends: at its `else` or `end`, or with the text. */
function branchEnds(actions: readonly string[]): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  const open: (number | null)[] = []
  const close = (at: number) => {
    const start = open.pop()
    if (start !== undefined && start !== null) ends.set(start, at)
  }
  for (const [i, action] of actions.entries()) {
    const [, word = '', next = ''] = /^-?\s*(if|with|range|define|block|else|end)\b(?:\s+(if)\b)?/.exec(action) ?? []
    if (word === 'end' || word === 'else') close(i)
    if (word === 'if' || next === 'if') open.push(i)
    else if (word !== '' && word !== 'end') open.push(null)
  }
  while (open.length > 0) close(actions.length)
  return ends
}
