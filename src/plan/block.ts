import { isMap, isScalar, isSeq, type Pair, parseDocument, stringify, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Path, Value } from '../model.ts'

/** A document as lines and as a tree; offsets of the tree count in `text`. */
export type Parsed = { readonly text: string; readonly root: unknown }

export function parse(text: string): Parsed {
  return { text, root: parseDocument(text, { uniqueKeys: false, strict: false, logLevel: 'silent' }).contents }
}

/** How the readers of YAML name a key. */
function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.source ?? key.value) : String(key)
}

/** The node at a path, and the pair that it is the value of; null when nothing stands there (aliases and merges are not followed). */
export function find({ root }: Parsed, path: Path): { readonly node: unknown; readonly pair: Pair | null } | null {
  let found: { node: unknown; pair: Pair | null } = { node: root, pair: null }
  for (const step of path) {
    if (isMap(found.node)) {
      const pair = found.node.items.findLast(each => keyOf(each) === String(step))
      if (!pair) return null
      found = { node: pair.value, pair }
    } else if (isSeq(found.node) && typeof step === 'number' && step < found.node.items.length)
      found = { node: found.node.items[step], pair: null }
    else return null
  }
  return found
}

export function isBlock(node: unknown): node is YAMLMap | YAMLSeq {
  return (isMap(node) || isSeq(node)) && node.flow !== true && node.items.length > 0
}

export function startOf(node: unknown): number {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? -1
}

export function columnAt(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** Where the lines of a key end that begins at this offset: everything deeper, and the dashes of a list that is its value. */
export function endOfPair(text: string, keyStart: number, value: unknown): number {
  const column = columnAt(text, keyStart)
  let end = lineEnd(text, keyStart)
  for (let at = end; at < text.length; ) {
    const next = lineEnd(text, at)
    const line = text.slice(at, next)
    const blank = line.trim() === ''
    const deeper = indentOf(line) > column
    const ownDash = isSeq(value) && indentOf(line) === column && /^-(?:\s|$)/.test(line.trimStart())
    if (!blank && !deeper && !ownDash) {
      if (!(line.trimStart().startsWith('#') && isSeq(value) && indentOf(line) === column)) break
    } else if (!blank) end = next
    at = next
  }
  return end
}

/** Where the comments begin that stand right above a key, in its column. */
export function startWithComments(text: string, keyStart: number): number {
  const column = columnAt(text, keyStart)
  let start = lineStart(text, keyStart)
  while (start > 0) {
    const above = lineStart(text, start - 1)
    const line = text.slice(above, start)
    if (!line.trimStart().startsWith('#') || indentOf(line) !== column) break
    start = above
  }
  return start
}

/** Whether a key is the first thing on its line. */
export function standsAlone(text: string, keyStart: number): boolean {
  return text.slice(lineStart(text, keyStart), keyStart).trim() === ''
}

/** Lines shifted to the right or left; blank lines stay, what has less room than asked goes to the left edge. */
export function shifted(lines: string, by: number): string {
  if (by === 0) return lines
  return lines
    .split('\n')
    .map(line => {
      if (line.trim() === '') return line
      return by > 0 ? ' '.repeat(by) + line : line.slice(Math.min(-by, indentOf(line)))
    })
    .join('\n')
}

/** A value as lines of YAML from the left edge, with a line end. */
export function written(value: Value): string {
  const text = stringify(value, { lineWidth: 0, version: '1.1' })
  return text.endsWith('\n') ? text : `${text}\n`
}

export function writtenKey(key: string): string {
  return written(key).trimEnd()
}

/**
 * `a: {b: [{c: …}]}` written as a block whose innermost key is made by `leaf`, which gets its column and returns whole lines.
 * A number is a new item of a list.
 */
export function nested(steps: Path, column: number, leaf: (key: string, column: number) => string): string {
  const [first = '', ...rest] = steps
  const pad = ' '.repeat(column)
  if (rest.length === 0) return leaf(String(first), column)
  if (typeof first === 'number') {
    const inner = nested(rest, column + 2, leaf)
    return `${pad}- ${inner.slice(column + 2)}`
  }
  const inside = typeof rest[0] === 'number' ? column + 2 : column + 2
  return `${pad}${writtenKey(first)}:\n${nested(rest, inside, leaf)}`
}
