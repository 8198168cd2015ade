import { load, type State } from 'js-yaml'
import type { Path } from '../model.ts'
import { YAML_SCHEMA } from './yaml.ts'
import { plainValue } from './yaml-scalars.ts'

/** A node of a YAML document as the fast reader met it: from where it was looked for to where it ended. */
type Traced = {
  readonly start: number
  end: number
  kind: 'scalar' | 'mapping' | 'sequence' | null
  value: unknown
  children: Traced[]
}

/** Where a scalar's content stands in the text that was read, without quotes. */
export type Found = { readonly start: number; readonly text: string }

/**
 * Finds scalars with the fast reader, by listening to it. Everything it answers is checked against the value that was
 * read; where anything is out of the ordinary (aliases, merge keys, block scalars, escapes) it says null, and the precise
 * reader must be asked.
 */
export type Trace = {
  scalar(path: Path): Found | null
  /** Where the key of a path begins, or the item of a list. */
  start(path: Path): number | null
}

type Heard = State & { readonly kind: Traced['kind']; readonly result: unknown; readonly position: number }

/** Listens to the reader; null when the text does not parse. */
function treeOf(text: string): Traced | null {
  const root: Traced = { start: 0, end: 0, kind: null, value: null, children: [] }
  const open: Traced[] = [root]
  const listener = (event: 'open' | 'close', state: State): void => {
    const { kind, result, position } = state as Heard
    if (event === 'open') {
      open.push({ start: position, end: position, kind: null, value: null, children: [] })
      return
    }
    const node = open.pop()
    if (!node) return
    Object.assign(node, { end: position, kind, value: result })
    const [only] = node.children
    // The reader looks for a map first, and keeps what it found when there was none: one node, heard twice.
    const twice = node.children.length === 1 && only?.kind === kind && kind !== 'mapping' && kind !== 'sequence'
    open.at(-1)?.children.push(twice && only ? only : node)
  }
  try {
    load(text, { schema: YAML_SCHEMA, json: true, listener } as Parameters<typeof load>[1])
  } catch {
    return null
  }
  return root.children[0] ?? null
}

const BLANK = /(?:[ \t\r\n\uFEFF]|#[^\n]*(?:\n|$)|---(?=[ \t\r\n])|%[^\n]*\n)*/y
const PROPERTIES = /(?:[&!][^\s,{}[\]]*[ \t]+)*/y

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function contentOf(text: string, { start, end, kind, value }: Traced): Found | null {
  if (kind !== 'scalar') return null
  const at = skip(PROPERTIES, text, skip(BLANK, text, start))
  const quote = text[at]
  if (quote === '"' || quote === "'") {
    const content = String(value)
    const isWhole = text.startsWith(content, at + 1) && text[at + 1 + content.length] === quote
    return isWhole && content !== '' && !content.includes('\n') ? { start: at + 1, text: content } : null
  }
  if (at >= end || quote === '|' || quote === '>' || quote === '*') return null
  const content = text.slice(at, end).replace(/\s+(?:#[\s\S]*)?$/, '')
  return content !== '' && !content.includes('\n') && Object.is(plainValue(content), value)
    ? { start: at, text: content }
    : null
}

function keyStart(text: string, { start }: Traced): number {
  return skip(BLANK, text, start)
}

/** The last pair of a key, as equal keys go. */
function pairOf(text: string, node: Traced, name: string): readonly [Traced, Traced] | null {
  for (let i = node.children.length - (node.children.length % 2) - 2; i >= 0; i -= 2) {
    const [key, value] = [node.children[i], node.children[i + 1]]
    if (key?.kind === 'scalar' && value && String(key.value) === name)
      return contentOf(text, key) === null ? null : [key, value]
  }
  return null
}

/** Reads the text once more when first asked. */
export function trace(text: string): Trace {
  let tree: Traced | null | undefined
  const find = (path: Path): { readonly node: Traced; readonly at: Traced } | null => {
    tree = tree === undefined ? treeOf(text) : tree
    let found = tree ? { node: tree, at: tree } : null
    for (const step of path) {
      if (!found) return null
      const { node }: { node: Traced } = found
      if (node.kind === 'mapping') {
        const pair = pairOf(text, node, String(step))
        found = pair && { node: pair[1], at: pair[0] }
      } else {
        const item = node.kind === 'sequence' && typeof step === 'number' ? node.children[step] : undefined
        found = item ? { node: item, at: item } : null
      }
    }
    return found
  }
  return {
    scalar: path => {
      const found = find(path)
      return found && contentOf(text, found.node)
    },
    start: path => {
      const found = find(path)
      return found && path.length > 0 && found.at.kind !== null ? keyStart(text, found.at) : null
    },
  }
}
