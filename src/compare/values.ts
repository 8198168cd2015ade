import type { Fact, Install } from '../model.ts'
import { type Comparison, chartOf, rendered } from './comparison.ts'
import { at, equal, isMap } from './data.ts'
import { shapeOf } from './renames.ts'
import { type Setting, settingsOf } from './settings.ts'
import { type Evidence, lost } from './value-lost.ts'
import { inComment, mentionsIn } from './value-notes.ts'
import { readingOf } from './value-reading.ts'
import { type Refusal, schemaView } from './value-schema.ts'
import type { Verdict } from './value-verdict.ts'

/** What the new chart makes of the keys that the user sets. A key that it treats as before is not named. */
export function compareValues(input: Comparison): readonly Fact[] {
  const [before, after] = [chartOf(input.before), chartOf(input.after)]
  if (!before || !after || input.installs.every(({ values }) => values.length === 0)) return []
  const evidence = { old: readingOf(before), next: readingOf(after), mentions: mentionsIn(input.notes) }
  const seen = new Set<string>()
  return input.installs
    .flatMap((install, i) => ofInstall(install, evidence, hasRendered(input, i)))
    .filter(([identity]) => !seen.has(identity) && seen.add(identity))
    .map(([, fact]) => fact)
}

/** A fact and what makes it the same as another: a map that is judged as a whole is named once in a file. */
type Named = readonly [identity: string, fact: Fact]

function ofInstall(install: Install, evidence: Evidence, isProven: boolean): Named[] {
  const settings = settingsOf(install)
  const [was, is] = [schemaView(evidence.old.chart, settings), schemaView(evidence.next.chart, settings)]
  const known = new Set(was.refusals.map(keyOf))
  const refusals = is.refusals.filter(refusal => !known.has(keyOf(refusal)))
  const used = new Set<Refusal>()
  const named = settings.flatMap((setting): Named[] => {
    const own = refusals.filter(({ path }) => overlap(path, setting.path))
    const verdict = verdictOn(setting, evidence, own)
    for (const refusal of own) used.add(refusal)
    return verdict ? [[identity(setting, verdict), factOf(setting, verdict)]] : []
  })
  const missing = refusals.filter(refusal => !used.has(refusal) && refusal.keyword === 'required')
  const whole = { file: install.file, line: install.line, path: [] }
  const left = [
    ...missing.map(refusal => refusedAs(refusal, evidence)),
    // Helm has held these values against the same schema when it rendered them.
    ...(isProven ? [] : is.unread.map((what): Verdict => ({ path: [], status: 'not-checked', reason: what }))),
  ]
  return [...named, ...left.map((verdict): Named => [JSON.stringify([verdict, whole]), factOf(whole, verdict)])]
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
  return {
    kind: 'value',
    key,
    status: verdict.status,
    to: verdict.to?.join('.') ?? null,
    file,
    line,
    detail: verdict.detail,
  }
}

function verdictOn(setting: Setting, evidence: Evidence, refusals: readonly Refusal[]): Verdict | null {
  const [refusal] = refusals
  return (
    typeChanged(setting, evidence) ??
    lost(setting, evidence, refusal !== undefined) ??
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
      return {
        path: key,
        status: 'type-changed',
        to: null,
        detail: `it was a ${from} and is a ${to} from ${next.chart.version} on`,
      }
  }
  return null
}

function refusedAs({ path, keyword, says }: Refusal, { next }: Evidence): Verdict {
  const detail = `the schema of ${next.chart.version} refuses it: it ${says}`
  return { path, status: keyword === 'type' ? 'type-changed' : 'refused', to: null, detail }
}

/** The user repeats what the old default was, word for word, and the new chart comes with something else. */
function repeated({ path, value }: Setting, { old, next }: Evidence): Verdict | null {
  const [was, is] = [at(old.defaults, path), at(next.defaults, path)]
  if (is === undefined || isMap(value) || isPlain(value) || !equal(value, was) || equal(was, is)) return null
  const detail = `it repeats the default of ${old.chart.version}; ${next.chart.version} has another one, which yours keeps out`
  return { path, status: 'default-changed', to: null, detail }
}

/** Values that many keys have, so that repeating one says nothing. */
function isPlain(value: Setting['value']): boolean {
  return value === null || typeof value === 'boolean' || value === '' || (Array.isArray(value) && value.length === 0)
}

/** The comment above the key, or above a map around it, calls it deprecated and did not before. */
function deprecated({ path }: Setting, { old, next }: Evidence): Verdict | null {
  const version = next.chart.version
  for (let length = path.length; length > 0; length--) {
    const key = path.slice(0, length)
    const comment = next.comments.above(key)
    if (!/deprecat/i.test(comment) || /deprecat/i.test(old.comments.above(key))) continue
    const to = inComment(comment, '')
      .map(({ name }) => name.split('.'))
      .find(name => at(next.defaults, name) !== undefined)
    return {
      path: key,
      status: 'still-honoured',
      to: to ?? null,
      detail: `values.yaml of ${version} calls it deprecated`,
    }
  }
  return null
}

/** Whether helm has rendered this install with the new chart; a case folder without renders shows no objects. */
function hasRendered(input: Comparison, index: number): boolean {
  const render = rendered(input.after)[index]
  return render?.ok === true && render.objects.length > 0
}
