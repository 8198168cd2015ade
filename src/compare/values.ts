import type { Fact, Install, Render, Value } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { type Comparison, chartOf, rendered } from './comparison.ts'
import { at, equal, isList } from './data.ts'
import { type Shape, shapeOf } from './renames.ts'
import { type Setting, settingsOf } from './settings.ts'
import { type Evidence, lost } from './value-lost.ts'
import { inComment, mentionsIn } from './value-notes.ts'
import { readingOf } from './value-reading.ts'
import { type Refusal, schemaView } from './value-schema.ts'
import { told, type Verdict } from './value-verdict.ts'

/** What the new chart makes of the keys that the user sets. A key that it treats as before is not named. */
export function compareValues(input: Comparison): readonly Fact[] {
  const [before, after] = [chartOf(input.before), chartOf(input.after)]
  if (!before || !after || input.installs.every(({ values }) => values.length === 0)) return []
  const evidence = { old: readingOf(before), next: readingOf(after), mentions: mentionsIn(input.notes) }
  const seen = new Set<string>()
  return input.installs
    .flatMap((install, i) => ofInstall(install, evidence, rendered(input.after)[i]))
    .filter(([identity]) => !seen.has(identity) && seen.add(identity))
    .map(([, fact]) => fact)
}

/** A fact and what makes it the same as another: a map that is judged as a whole is named once in a file. */
type Named = readonly [identity: string, fact: Fact]

function ofInstall(install: Install, evidence: Evidence, render: Render | undefined): Named[] {
  const settings = settingsOf(install)
  const [was, is] = [schemaView(evidence.old, settings), schemaView(evidence.next, settings)]
  const known = new Set(was.refusals.map(keyOf))
  const refusals = is.refusals.filter(refusal => !known.has(keyOf(refusal)))
  const blamed = blamedBy(render)
  const named = settings.flatMap((setting): Named[] => {
    const own = refusals.filter(({ path }) => overlap(path, setting.path))
    const verdict = verdictOn(setting, evidence, [...own, ...blamed(setting.path)])
    return verdict ? [[identity(setting, verdict), factOf(setting, verdict)]] : []
  })
  const missing = refusals.filter(
    ({ keyword, path }) => keyword === 'required' && !settings.some(set => overlap(path, set.path)),
  )
  // A render that shows objects has passed helm's own check of the same schema.
  const unread = render?.ok && render.objects.length > 0 ? [] : is.unread
  return [
    ...named,
    ...missing.map(refusal => unset(refusal, install, settings, evidence)),
    ...unread.map((reason): Named => {
      const fact = factOf(install, { path: [], status: 'not-checked', reason })
      return [JSON.stringify(fact), fact]
    }),
  ]
}

/** A key that the new schema asks for and nobody sets: said where the map around it is set, else where the chart is installed. */
function unset(refusal: Refusal, install: Install, settings: readonly Setting[], evidence: Evidence): Named {
  const parent = refusal.path.slice(0, -1)
  const place = parent.length > 0 ? settings.find(({ path }) => overlap(parent, path)) : undefined
  const fact = factOf(place ?? install, refusedAs(refusal, evidence))
  return [JSON.stringify(fact), fact]
}

/** The settings that the new chart names when it fails to render. */
function blamedBy(render: Render | undefined): (path: readonly string[]) => readonly Refusal[] {
  if (render === undefined || render.ok) return () => []
  const mentions = mentionsIn([{ origin: 'helm', version: null, text: render.reason }])
  return path => (mentions(path).length === 0 ? [] : [{ path, keyword: 'fail', says: 'is named as the reason' }])
}

function keyOf({ path, keyword, says }: Refusal): string {
  return JSON.stringify([path, keyword, says])
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 0 && a.every((key, i) => i >= b.length || key === b[i])
}

function identity({ path, file, line }: Setting, verdict: Verdict): string {
  return JSON.stringify([verdict.path, verdict.status, file, verdict.path.length === path.length ? line : null])
}

function factOf({ file, line }: Pick<Setting, 'file' | 'line'>, verdict: Verdict): Fact {
  const key = verdict.path.join('.')
  if (verdict.status === 'not-checked') return { kind: 'value-not-checked', key, file, line, reason: verdict.reason }
  const { status, effect, to, detail } = verdict
  return { kind: 'value', key, status, effect, to: to?.join('.') ?? null, file, line, detail }
}

function verdictOn(setting: Setting, evidence: Evidence, refusals: readonly Refusal[]): Verdict | null {
  const [refusal] = refusals
  return (
    typeChanged(setting, evidence) ??
    lost(setting, evidence, refusal ? whyRefused(refusal, evidence) : null) ??
    (refusal ? refusedAs(refusal, evidence) : null) ??
    repeated(setting, evidence) ??
    deprecated(setting, evidence)
  )
}

/** The user wrote what the old default was (a map, a list, a scalar), and the new default is something else. */
function typeChanged({ path, value }: Setting, { old, next }: Evidence): Verdict | null {
  for (let length = 1; length <= path.length; length++) {
    const key = path.slice(0, length)
    const [was, is] = [at(old.defaults, key), at(next.defaults, key)]
    const [from, to] = [shapeOf(was), shapeOf(is)]
    const own = length < path.length ? 'map' : shapeOf(value)
    if (from !== to && from === own && to !== 'nothing' && is !== '')
      return told(key, 'type-changed', `it was a ${from} and is a ${to} from ${next.chart.version} on`)
  }
  return itemsChanged(path, value, at(old.defaults, path), at(next.defaults, path))
}

/** The user's list is made of what the items of the old default were, and the items of the new default are something else. */
function itemsChanged(path: readonly string[], value: Value, was?: Value, is?: Value): Verdict | null {
  const [own, from, to] = [itemShape(value), itemShape(was), itemShape(is)]
  if (own === null || own !== from || to === null || from === to) return null
  return told(path, 'type-changed', `its items were ${from}s and are ${to}s in the new default`)
}

/** What all items of a list are made of, null when there are none or they differ. */
function itemShape(list: Value | undefined): Shape | null {
  const shapes = new Set(isList(list) ? list.map(shapeOf) : [])
  const [only] = shapes
  return shapes.size === 1 ? (only ?? null) : null
}

function whyRefused({ keyword, says }: Refusal, { next }: Evidence): string {
  return keyword === 'fail'
    ? `${next.chart.version} does not render, and it ${says}`
    : `the schema of ${next.chart.version} refuses it: it ${says}`
}

function refusedAs(refusal: Refusal, evidence: Evidence): Verdict {
  return told(refusal.path, refusal.keyword === 'type' ? 'type-changed' : 'refused', whyRefused(refusal, evidence))
}

/** The user repeats what the old default was, word for word, and the new chart comes with something else. */
function repeated({ path, value }: Setting, { old, next }: Evidence): Verdict | null {
  const [was, is] = [at(old.defaults, path), at(next.defaults, path)]
  if (is === undefined || isMap(value) || isPlain(value) || !equal(value, was) || equal(was, is)) return null
  const [from, to] = [old.chart.version, next.chart.version]
  return told(path, 'default-changed', `it repeats the default of ${from}, and keeps out the new one of ${to}`)
}

/** Values that many keys have, so that repeating one says nothing. */
function isPlain(value: Setting['value']): boolean {
  return value === null || typeof value === 'boolean' || value === '' || (Array.isArray(value) && value.length === 0)
}

/** How comments mark a key: `Deprecated: …`, `(deprecated, …)`, `is deprecated`. */
const DEPRECATED = /^\W*deprecated\b|\(deprecated\b|\b(?:is|are|been|was|now)\s+deprecated\b/im

/** The comment above the key, or above a map around it, calls it deprecated and did not before. */
function deprecated({ path }: Setting, { old, next }: Evidence): Verdict | null {
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length)
    const comment = next.comments.above(key)
    if (!DEPRECATED.test(comment) || DEPRECATED.test(old.comments.above(key))) continue
    const names = inComment(comment, '').map(({ name }) => name.split('.'))
    const to = names.find(name => at(next.defaults, name) !== undefined) ?? null
    return told(key, 'still-honoured', `values.yaml of ${next.chart.version} calls it deprecated`, { to })
  }
  return null
}
