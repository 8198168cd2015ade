import type { ValueMap, ValuesLayer } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { pathKey } from '../text/path-key.ts'
import { at } from './at.ts'

type Values = Extract<ValuesLayer, { kind: 'values' }>

/** Values of this name reach every chart below (Helm, "Global Chart Values"). */
const GLOBAL = 'global'

/** What of a chart's values its dependency `key` gets: those below the key, and the global ones (Helm, "Subcharts and Globals"). */
export function below(key: string, layer: ValuesLayer): ValuesLayer {
  if (layer.kind === 'values') return narrowed(key, layer)
  if (layer.kind === 'missing' || layer.key.startsWith(`${GLOBAL}.`)) return layer
  const start = `${key}.`
  return layer.key.startsWith(start)
    ? { ...layer, key: layer.key.slice(start.length) }
    : { kind: 'values', file: layer.file, tree: {}, lines: new Map() }
}

function narrowed(key: string, layer: Values): Values {
  const own = at(layer.tree, [key])
  const shared = at(layer.tree, [GLOBAL])
  const tree: ValueMap = { ...(isMap(own) ? own : {}), ...(isMap(shared) ? { [GLOBAL]: shared } : {}) }
  return {
    kind: 'values',
    file: layer.file,
    tree,
    get lines() {
      return linesBelow(key, layer.lines)
    },
  }
}

function linesBelow(key: string, lines: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [path, line] of lines) {
    const [first, ...rest] = JSON.parse(path) as (string | number)[]
    if (first === GLOBAL) found.set(path, line)
    else if (first === key && rest.length > 0) found.set(pathKey(rest), line)
  }
  return found
}
