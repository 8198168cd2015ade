import type { Fact, Value, ValueMap } from '../model.ts'
import { type Comparison, chartOf } from './comparison.ts'
import { child, equal, isList, isMap } from './data.ts'
import { defaultsOf } from './default-values.ts'
import { isSecretKey, maskChange } from './mask.ts'
import { type Setting, settingsOf } from './settings.ts'

type Change = { readonly path: readonly string[]; readonly from: Value; readonly to: Value | undefined }

/** Default values that change or go away and that some install leaves as they are. New defaults show in what is rendered. */
export function compareDefaults(input: Comparison): readonly Fact[] {
  const [before, after] = [chartOf(input.before), chartOf(input.after)]
  if (!before || !after) return []
  const settings = input.installs.map(settingsOf)
  return changes(defaultsOf(before), defaultsOf(after), [])
    .filter(({ path }) => settings.length === 0 || settings.some(own => !own.some(setting => overrides(setting, path))))
    .map(({ path, from, to }) => {
      const secret = isSecretKey(path.at(-1) ?? '', from, undefined)
      const { path: key, ...masked } = maskChange({ path: path.join('.'), from, to }, secret)
      return { kind: 'default-changed', key, ...masked }
    })
}

/** Whether the user's key decides about a default: it is the same, or one of the two stands within the other. */
function overrides({ path: own }: Setting, path: readonly string[]): boolean {
  return own.slice(0, path.length).every((key, i) => key === path[i])
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
