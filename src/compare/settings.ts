import type { Install, Path, Value, ValuesLayer } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { pathKey } from '../text/path-key.ts'
import { plainValue } from '../text/yaml-scalars.ts'

/** One key that the user gives to a chart: scalars, lists and empty maps; a map is the keys in it. */
export type Setting = {
  readonly path: readonly string[]
  readonly value: Value
  readonly file: string
  readonly line: number
}

/** Helm refuses a parameter that nests deeper (pkg/strvals, MaxNestedNameLevel), and then nothing is rendered. */
const MOST_LEVELS = 30

type Node = Map<string, Node | Setting>

/** What the user sets for an install once all layers are merged, each key where the layer that wins sets it. */
export function settingsOf({ values }: Install): Setting[] {
  const root: Node = new Map()
  for (const layer of values) for (const setting of ofLayer(layer)) put(root, setting)
  return flatten(root)
}

function ofLayer(layer: ValuesLayer): Setting[] {
  if (layer.kind === 'missing') return []
  if (layer.kind === 'values') return leaves(layer.tree, [], layer)
  const { key, value, asString, file, line } = layer
  const set = parameter(key, asString ? value : typed(value))
  return set.path.length > MOST_LEVELS ? [] : [{ ...set, file, line }]
}

function leaves(value: Value, path: readonly string[], layer: Extract<ValuesLayer, { kind: 'values' }>): Setting[] {
  if (isMap(value) && (path.length === 0 || Object.keys(value).length > 0))
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key], layer))
  return [{ path, value, file: layer.file, line: lineOf(layer.lines, path) }]
}

/** The line of a key, or of the nearest map around it that has one (merged keys of YAML have none of their own). */
function lineOf(lines: ReadonlyMap<string, number>, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(pathKey(path.slice(0, length)))
    if (line !== undefined) return line
  }
  return 1
}

/** A key as `helm --set` reads it: `a.b\.c[0].d`; what stands in a list is part of the list, which is not built up here. */
export function parameter(key: string, value: Value): Pick<Setting, 'path' | 'value'> {
  const [whole = '', index] = key.split(/(\[\d+\])/, 2)
  const path = [...whole.matchAll(/(?:\\.|[^.\\])+/gs)].map(([part]) => part.replaceAll(/\\(.)/gs, '$1'))
  return { path: path.length === 0 ? [key] : path, value: index === undefined ? value : [] }
}

function typed(value: string): Value {
  return value.startsWith('{') ? [] : plainValue(value)
}

function put(root: Node, setting: Setting): void {
  const [last = '', ...above] = [...setting.path].reverse()
  let node = root
  for (const key of above.reverse()) {
    const inner = node.get(key)
    if (inner instanceof Map) node = inner
    else {
      const made: Node = new Map()
      node.set(key, made)
      node = made
    }
  }
  if (!(node.get(last) instanceof Map && isMap(setting.value))) node.set(last, setting)
}

function flatten(node: Node): Setting[] {
  return [...node.values()].flatMap(inner => (inner instanceof Map ? flatten(inner) : [inner]))
}
