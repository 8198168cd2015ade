import type { Value, ValueMap, ValuesLayer } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { parseSetKey, parseSetValue, SetSyntaxError, setAt } from './helm-set.ts'

/** What a user's layers come to, or the parameter that helm would refuse. */
export type MergedValues =
  | { readonly ok: true; readonly values: ValueMap }
  | { readonly ok: false; readonly reason: string }

/** Merges as helm merges `-f` files: maps key by key, everything else replaced; null stays, it deletes a chart's default. */
function merge(base: ValueMap, over: ValueMap): ValueMap {
  const merged = Object.entries(over).map(([key, value]): [string, Value] => {
    const under = Object.hasOwn(base, key) ? base[key] : undefined
    return [key, isMap(under) && isMap(value) ? merge(under, value) : value]
  })
  // Object.fromEntries defines own properties, also for `__proto__`.
  return { ...base, ...Object.fromEntries(merged) }
}

function apply(values: ValueMap, layer: ValuesLayer): ValueMap {
  if (layer.kind === 'values') return merge(values, layer.tree)
  if (layer.kind === 'missing') return values
  return setAt(values, parseSetKey(layer.key), parseSetValue(layer.value, layer.asString)) as ValueMap
}

/**
 * One tree out of all layers in their order, so that nothing a user wrote becomes an argument of helm. Layers that are
 * missing are left out here: saying so is the comparer's part, it sees the same layers.
 * An integer parameter is a float in a file, so a template that prints it bare shows 1e+06 for a million; with `--set` it
 * would not. Both sides of an upgrade show the same.
 */
export function mergeLayers(layers: readonly ValuesLayer[]): MergedValues {
  let values: ValueMap = {}
  for (const layer of layers) {
    try {
      values = apply(values, layer)
    } catch (error) {
      if (!(error instanceof SetSyntaxError) || layer.kind !== 'parameter') throw error
      return { ok: false, reason: `${layer.file}:${layer.line}: the parameter cannot be read: ${error.message}` }
    }
  }
  return { ok: true, values }
}

/**
 * The text of a values file. JSON is YAML, except for characters that JSON allows raw and YAML calls not printable
 * (YAML 1.2, section 5.1): these are escaped.
 */
export function valuesText(values: ValueMap): string {
  return JSON.stringify(values, null, 1).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
