import type { Value } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { isList } from '../data.ts'

/** What templates and substitutions leave for later: Helm, Go and Argo CD templates, Flux and shell variables, argocd-vault-plugin. */
const PLACEHOLDER = /\{\{|\$\{|\$\([A-Za-z_]|^<path:/

/** Unquoted `{{ .x }}` is a map whose key is a map to a reader of YAML. */
const MAP_AS_KEY = '[object Object]'

/** Whether a value is written by something else later on, so that nothing certain can be said of it. */
export function isPlaceholder(value: Value): boolean {
  if (typeof value === 'string') return PLACEHOLDER.test(value)
  return isMap(value) && Object.keys(value).includes(MAP_AS_KEY)
}

/** Values that are looked at before a value counts as one without placeholders. */
const MOST = 2_000

/** Whether a value, or something in it, is written later on. */
export function hasPlaceholder(value: Value): boolean {
  const open: Value[] = [value]
  for (let i = 0; i < open.length && i < MOST; i++) {
    const one = open[i] ?? null
    if (isPlaceholder(one)) return true
    if (isList(one)) open.push(...one.slice(0, MOST))
    if (isMap(one)) for (const [key, part] of Object.entries(one).slice(0, MOST)) open.push(key, part)
  }
  return false
}
