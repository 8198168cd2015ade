import type { Path, Value, ValueMap } from '../model.ts'
import { valueAt } from '../text/path-steps.ts'

/** One change of one document: of what it says, and (rewrite.ts) of how it is written. */
export type Change =
  | { readonly kind: 'set'; readonly path: Path; readonly value: Value }
  | { readonly kind: 'move'; readonly path: Path; readonly to: Path }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add'; readonly path: Path; readonly value: Value }

type Node = { [key: string]: Node } | Node[] | Value

function isContainer(node: Node | undefined): node is { [key: string]: Node } | Node[] {
  return typeof node === 'object' && node !== null
}

function step(node: Node | undefined, key: string | number): Node | undefined {
  if (!isContainer(node)) return undefined
  return Object.hasOwn(node, key) ? (node as Record<string | number, Node>)[key] : undefined
}

/** Writes a value where a path leads, with whatever is missing on the way. False when something else stands in the way. */
function put(root: Node, path: Path, value: Node): boolean {
  let at: Node = root
  for (const [i, key] of path.entries()) {
    if (!isContainer(at) || key === '__proto__' || Array.isArray(at) !== (typeof key === 'number')) return false
    if (Array.isArray(at) && Number(key) > at.length) return false
    const last = i === path.length - 1
    const next = step(at, key)
    const made: Node = last ? value : isContainer(next) ? next : typeof path[i + 1] === 'number' ? [] : {}
    if (!last && next !== undefined && next !== null && !isContainer(next)) return false
    ;(at as Record<string | number, Node>)[key] = made
    at = made
  }
  return true
}

/** Takes a key or an item out, and every map and list above it that becomes empty by that. */
function take(root: Node, path: Path): void {
  const parent = valueAt(root as Value, path.slice(0, -1)) as Node | undefined
  const key = path.at(-1)
  if (key === undefined || !isContainer(parent)) return
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete (parent as Record<string | number, Node>)[key]
  if (Object.keys(parent).length === 0 && path.length > 1) take(root, path.slice(0, -1))
}

/** What an object says after the changes, in order; null when one of them cannot be made. Nothing that is there is ever written over by a move or an addition. */
export function changed(body: ValueMap, changes: readonly Change[]): ValueMap | null {
  const root = structuredClone(body) as { [key: string]: Node }
  for (const change of changes) {
    const here = valueAt(root as Value, change.path)
    if (change.kind === 'set') {
      if (here === undefined || !put(root, change.path, structuredClone(change.value) as Node)) return null
    } else if (change.kind === 'add') {
      if (here !== undefined || !put(root, change.path, structuredClone(change.value) as Node)) return null
    } else if (here === undefined) {
      return null
    } else if (change.kind === 'remove') {
      take(root, change.path)
    } else {
      if (valueAt(root as Value, change.to) !== undefined) return null
      const moved = structuredClone(here) as Node
      if (!put(root, change.to, moved)) return null
      take(root, change.path)
    }
  }
  return root as ValueMap
}
