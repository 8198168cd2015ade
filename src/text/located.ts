import type { Alias, Document, Node, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import type { Path } from '../model.ts'
import type { Chunk } from './documents.ts'
import type { LineIndex } from './lines.ts'
import { pathKey } from './path-key.ts'
import { preciseYaml } from './precise-yaml.ts'
import { trace } from './trace.ts'
import { plainValue } from './yaml-scalars.ts'

/** A scalar's content in the text of its file, without quotes: offsets in UTF-16 units, line and column 1-based. */
export type Spot = {
  readonly text: string
  readonly line: number
  readonly column: number
  readonly start: number
  readonly end: number
}

/** Where things stand in one document. Paths start at its root; null when nothing stands there. */
export type Located = {
  /** The content of a scalar; null as well when it is written with escapes or over several lines. */
  scalar(path: Path): Spot | null
  line(path: Path): number | null
  /** The line of every key and list item below a path, by `pathKey` of the path from there. */
  lines(path: Path): ReadonlyMap<string, number>
  /** For text within text (a block scalar): the line of its first line, and whether its lines follow one by one. */
  text(path: Path): { readonly line: number; readonly stepwise: boolean } | null
}

const isAlias = (node: unknown): node is Alias => preciseYaml().isAlias(node)
const isMap = (node: unknown): node is YAMLMap => preciseYaml().isMap(node)
const isScalar = (node: unknown): node is Scalar => preciseYaml().isScalar(node)
const isSeq = (node: unknown): node is YAMLSeq => preciseYaml().isSeq(node)

/** How the reader in yaml.ts names this key, so that both agree on every path. */
function keyOf(key: unknown): string {
  if (!isScalar(key)) return String(key)
  const text = key.source ?? String(key.value)
  return key.type === 'PLAIN' ? String(plainValue(text)) : text
}

/** What each alias stands for, found in one walk: an anchor may be given twice, and the nearest before counts. */
function aliasTargets(document: Document): ReadonlyMap<unknown, Node> {
  const anchors = new Map<string, Node>()
  const targets = new Map<unknown, Node>()
  preciseYaml().visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source)
      if (target) targets.set(alias, target)
    },
    Value: (_, node) => {
      if (node.anchor) anchors.set(node.anchor, node)
    },
  })
  return targets
}

type Tree = { readonly root: unknown; readonly resolve: (node: unknown) => unknown }

/** The value of a key: the last of equal ones, else what a merge key (`<<`) brings. */
function child(tree: Tree, map: YAMLMap, name: string): { readonly key: unknown; readonly value: unknown } | null {
  const own = map.items.findLast(pair => keyOf(pair.key) === name)
  if (own) return own
  for (const { key, value } of map.items) {
    if (keyOf(key) !== '<<') continue
    const merged = tree.resolve(value)
    for (const from of isSeq(merged) ? merged.items.map(tree.resolve) : [merged]) {
      const found = isMap(from) ? child(tree, from, name) : null
      if (found) return found
    }
  }
  return null
}

/** The node at a path, and the node that its line is counted from: the key in a map, the item in a list. */
function find(tree: Tree, path: Path): { readonly node: unknown; readonly at: unknown } | null {
  let found = { node: tree.resolve(tree.root), at: tree.root }
  for (const step of path) {
    const pair = isMap(found.node) ? child(tree, found.node, String(step)) : null
    const item = isSeq(found.node) && typeof step === 'number' ? found.node.items[step] : pair?.value
    if (item === undefined) return null
    found = { node: tree.resolve(item), at: pair ? pair.key : item }
  }
  return found
}

function startOf(node: unknown): number | null {
  return ((node ?? {}) as Partial<Node>).range?.[0] ?? null
}

function contentOf(scalar: Scalar, text: string): { readonly start: number; readonly text: string } | null {
  const [from, to] = scalar.range ?? [0, 0]
  const content = (scalar.source ?? '').trim()
  const at = content === '' ? -1 : text.slice(from, to).indexOf(content)
  return at < 0 ? null : { start: from + at, text: content }
}

/** Reads where things stand in one document of a file; parses when first asked. `lineAt` counts in the whole file. */
export function locate(chunk: Chunk, lineAt: LineIndex): Located {
  const fast = trace(chunk.text)
  let parsed: Tree | null = null
  const tree = (): Tree => {
    if (parsed) return parsed
    const document = preciseYaml().parseDocument(chunk.text, { uniqueKeys: false, strict: false, logLevel: 'silent' })
    const targets = aliasTargets(document)
    parsed = { root: document.contents, resolve: node => (isAlias(node) ? targets.get(node) : node) }
    return parsed
  }
  const lineOf = (node: unknown): number | null => {
    const start = startOf(node)
    return start === null ? null : lineAt(chunk.start + start).line
  }
  const collect = (node: unknown, path: Path, into: Map<string, number>): void => {
    const add = (step: string | number, at: unknown, value: unknown): void => {
      const line = lineOf(at)
      if (line !== null) into.set(pathKey([...path, step]), line)
      collect(tree().resolve(value), [...path, step], into)
    }
    if (isSeq(node)) for (const [i, item] of node.items.entries()) add(i, item, item)
    if (!isMap(node)) return
    for (const { key, value } of node.items) {
      if (keyOf(key) !== '<<') continue
      const merged = tree().resolve(value)
      const all = isSeq(merged) ? merged.items.map(tree().resolve) : [merged]
      for (const from of all.toReversed()) collect(from, path, into)
    }
    for (const { key, value } of node.items) if (keyOf(key) !== '<<') add(keyOf(key), key, value)
  }
  return {
    scalar: path => {
      const known = fast.scalar(path)
      if (known) {
        const start = chunk.start + known.start
        return { text: known.text, ...lineAt(start), start, end: start + known.text.length }
      }
      const node = find(tree(), path)?.node
      const content = isScalar(node) ? contentOf(node, chunk.text) : null
      if (!content) return null
      const start = chunk.start + content.start
      return { text: content.text, ...lineAt(start), start, end: start + content.text.length }
    },
    line: path => {
      const known = fast.start(path)
      return known === null ? lineOf(find(tree(), path)?.at) : lineAt(chunk.start + known).line
    },
    lines: path => {
      const into = new Map<string, number>()
      collect(find(tree(), path)?.node, [], into)
      return into
    },
    text: path => {
      const node = find(tree(), path)?.node
      const line = lineOf(node)
      if (!isScalar(node) || line === null) return null
      return { line: node.type === 'BLOCK_LITERAL' ? line + 1 : line, stepwise: node.type === 'BLOCK_LITERAL' }
    },
  }
}
