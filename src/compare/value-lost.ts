import type { Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { at, equal } from './data.ts'
import { renamedTo } from './renames.ts'
import type { Setting } from './settings.ts'
import { inComment, type Mention, type Successor, saysGone, successors } from './value-notes.ts'
import type { Reading } from './value-reading.ts'
import { told, type Verdict } from './value-verdict.ts'

/** Both charts, and what the notes say about a key. */
export type Evidence = {
  readonly old: Reading
  readonly next: Reading
  readonly mentions: (path: readonly string[]) => readonly Mention[]
}

/**
 * What became of a key that the old chart knew and whose default is gone. Templates that read it keep it alive; where no
 * template is at hand, examples in comments and the kind of map it stands in speak, as an indication. `refusal` is why
 * the new chart refuses it, null when nothing says so.
 */
export function lost(setting: Setting, evidence: Evidence, refusal: string | null): Verdict | null {
  const path = setting.value === null ? null : goneKey(setting.path, evidence)
  if (path === null) return null
  const { next } = evidence
  const successor = successorOf(path, evidence)
  const alive = refusal === null ? stillRead(path, next) : null
  if (alive !== null) return told(path, 'still-honoured', alive, { to: successor?.to ?? null })
  const gone = [...howGone(path, evidence, refusal), ...(successor ? [successor.why] : [])].join('; ')
  if (successor) {
    const isSame = path.length === setting.path.length && equal(at(next.defaults, successor.to), setting.value)
    return told(path, 'renamed', isSame ? `${gone}, and has your value by default` : gone, {
      to: successor.to,
      effect: isSame ? 'same' : 'unknown',
    })
  }
  if (refusal === null && next.isUnseen(path)) {
    const [subchart] = path
    const reason = `it is gone from the defaults of ${next.chart.version}, and what the subchart ${subchart} makes of it was not seen`
    return { path, status: 'not-checked', reason }
  }
  return told(path, refusal === null ? 'removed' : 'refused', gone)
}

function howGone(path: readonly string[], { next, mentions }: Evidence, refusal: string | null): readonly string[] {
  const { version } = next.chart
  const origin = saysGone(mentions(path))
  return [
    `it is gone from the defaults of ${version}`,
    ...(refusal === null ? [] : [refusal]),
    ...(next.hasTemplates ? ['no template reads it'] : ['no template could be looked at, so this is an indication']),
    ...(origin === null ? [] : [`${origin} says that it is gone`]),
  ]
}

/** Why a key without a default still counts, null when nothing says so. */
function stillRead(
  path: readonly string[],
  { reads, hasTemplates, comments, defaults, chart }: Reading,
): string | null {
  const gone = 'it is gone from the defaults'
  const file = reads(path)
  if (file !== null) return `${gone}, but ${file} still reads it`
  if (hasTemplates) return null
  if (comments.isExample(path))
    return `${gone}, but values.yaml of ${chart.version} shows it as an example in a comment`
  return isMap(at(defaults, path.slice(0, -1))) && isNoName(path.at(-1) ?? '')
    ? `${gone}; templates can only read a key of this form with the whole map around it, so it probably still counts`
    : null
}

/** `server.insecure` as one key: no template can name it after a dot, such maps are handed on whole. */
function isNoName(key: string): boolean {
  return /[./]/.test(key)
}

/** Where a key went and what says so: the defaults themselves, or a text that leads to a key which exists now. */
function successorOf(
  path: readonly string[],
  { old, next, mentions }: Evidence,
): { readonly to: readonly string[]; readonly why: string } | null {
  const said = [
    ...successors(mentions(path)),
    ...inComment(old.comments.above(path), `values.yaml of ${old.chart.version}`),
  ]
  for (const { name, origin } of said) {
    const to = resolved({ name, origin }, path, next.defaults)
    if (to !== null) return { to, why: `${origin} leads to ${to.join('.')}` }
  }
  const to = renamedTo(path, old.defaults, next.defaults)
  return to === null ? null : { to, why: `${to.join('.')} is new` }
}

/** The key of the new defaults that a name means: as written, or beside the old key or a map around it. */
function resolved({ name }: Successor, path: readonly string[], defaults: ValueMap): readonly string[] | null {
  const words = name.split('.')
  for (let length = 0; length < path.length; length++) {
    const to = [...path.slice(0, length), ...words]
    if (at(defaults, to) !== undefined && to.join('.') !== path.join('.')) return to
  }
  return null
}

/**
 * The key that the old chart knew and the new one does not, null when there is none. Below a default that is an empty
 * map (`nodeSelector: {}`) or no map, keys are the user's own: only the map itself can go. A key that stands beside
 * known ones but is none of them counts when a template of the old chart read it by name.
 */
function goneKey(path: readonly string[], { old, next }: Evidence): readonly string[] | null {
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
