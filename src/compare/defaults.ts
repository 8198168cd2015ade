import type { Fact, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { pathKey } from '../text/path-key.ts'
import { type Comparison, chartOf } from './comparison.ts'
import { child, equal, isList } from './data.ts'
import { defaultsOf } from './default-values.ts'
import { isSecretKey, maskChange } from './mask.ts'
import { type Setting, settingsOf } from './settings.ts'

type Change = { readonly path: readonly string[]; readonly from: Value; readonly to: Value | undefined }

/** Default values that change or go away and that some install leaves as they are. New defaults show in what is rendered. */
export function compareDefaults(input: Comparison): readonly Fact[] {
  const [before, after] = [chartOf(input.before), chartOf(input.after)]
  if (!before || !after) return []
  const own = input.installs.map(install => ownKeys(settingsOf(install)))
  return changes(defaultsOf(before), defaultsOf(after), [])
    .filter(({ path }) => own.length === 0 || own.some(keys => !overrides(keys, path)))
    .map(({ path, from, to }) => {
      const secret = isSecretKey(path.at(-1) ?? '', from, undefined)
      const { path: key, ...masked } = maskChange({ path: path.join('.'), from, to }, secret)
      return { kind: 'default-changed', key, ...masked }
    })
}

/** The keys that a user sets, and every map around them. */
type OwnKeys = { readonly set: ReadonlySet<string>; readonly around: ReadonlySet<string> }

function ownKeys(settings: readonly Setting[]): OwnKeys {
  const around = settings.flatMap(({ path }) => path.map((_, i) => pathKey(path.slice(0, i))))
  return { set: new Set(settings.map(({ path }) => pathKey(path))), around: new Set(around) }
}

/** Whether the user's keys decide about a default: one is the same, or one of the two stands within the other. */
function overrides({ set, around }: OwnKeys, path: readonly string[]): boolean {
  return around.has(pathKey(path)) || path.some((_, i) => set.has(pathKey(path.slice(0, i + 1))))
}

function changes(from: ValueMap, to: ValueMap, path: readonly string[]): Change[] {
  return Object.entries(from).flatMap(([key, old]) => change(old, child(to, key), [...path, key]))
}

function change(from: Value, to: Value | undefined, path: readonly string[]): Change[] {
  if (equal(from, to) || (isEmpty(from) && (to === undefined || isEmpty(to)))) return []
  if (to === undefined) return isMap(from) ? changes(from, {}, path) : from === false ? [] : [{ path, from, to }]
  return isMap(from) && isMap(to) && !isEmpty(from) ? changes(from, to, path) : [{ path, from, to }]
}

/** What templates treat alike: nothing, '', an empty list, an empty map. */
function isEmpty(value: Value): boolean {
  if (value === null || value === '') return true
  return isList(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0
}
