import { isMap, isScalar, isSeq, type Scalar } from 'yaml'
import type { Path, Value } from '../model.ts'
import { plainValue } from '../text/yaml-scalars.ts'
import {
  columnAt,
  endOfPair,
  find,
  isBlock,
  nested,
  type Parsed,
  parse,
  shifted,
  standsAlone,
  startOf,
  startWithComments,
  written,
  writtenKey,
} from './block.ts'
import type { Change } from './object-change.ts'

/** A text after one change, and the lines (trimmed) that the change was allowed to alter. */
type Step = { readonly text: string; readonly touched: readonly string[] }

function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}

/** Trimmed lines that a range of the text reaches into. */
function linesOf(text: string, start: number, end: number): string[] {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const to = text.indexOf('\n', Math.max(start, end - 1))
  return text
    .slice(from, to < 0 ? text.length : to)
    .split('\n')
    .map(line => line.trim())
}

function withLineEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** A scalar in the quotes of the one whose place it takes; plain only where it reads as the same value. */
function scalarText(value: Value, { type }: Scalar): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  if (type === 'QUOTE_DOUBLE') return JSON.stringify(value)
  if (type === 'QUOTE_SINGLE' && !value.includes('\n')) return `'${value.replaceAll("'", "''")}'`
  return typeof plainValue(value) === 'string' ? written(value).trimEnd() : JSON.stringify(value)
}

function set(doc: Parsed, path: Path, value: Value): Step | null {
  const found = find(doc, path)
  const node = found?.node
  const flat = typeof value !== 'object' || value === null
  if (!isScalar(node) || !node.range || !flat || node.anchor !== undefined || node.type?.startsWith('BLOCK'))
    return null
  const [start, end] = node.range
  return { text: splice(doc.text, start, end, scalarText(value, node)), touched: linesOf(doc.text, start, end) }
}

/** The same key in the same map under a new name. */
function rename(doc: Parsed, path: Path, name: string): Step | null {
  const key = find(doc, path)?.pair?.key
  if (!isScalar(key) || !key.range) return null
  const [start, end] = key.range
  return { text: splice(doc.text, start, end, writtenKey(name)), touched: linesOf(doc.text, start, end) }
}

type Cut = {
  /** Comments above the key, whole lines. */
  readonly comments: string
  /** From the key to the end of its last line, without what stands before the key on its line. */
  readonly lines: string
  readonly column: number
  readonly start: number
  readonly end: number
}

/** The lines of a key of a block map. A key beside the dash of its list item is cut without the dash. */
function cut(doc: Parsed, path: Path): Cut | null {
  const parent = find(doc, path.slice(0, -1))?.node
  const pair = find(doc, path)?.pair
  if (!isMap(parent) || parent.flow === true || !pair || !isScalar(pair.key)) return null
  const keyStart = startOf(pair.key)
  const end = endOfPair(doc.text, keyStart, pair.value)
  const column = columnAt(doc.text, keyStart)
  const lines = doc.text.slice(keyStart, end)
  if (standsAlone(doc.text, keyStart)) {
    // What stands above the first key of a document is about the document.
    const isFirst = path.length === 1 && parent.items[0] === pair
    const start = isFirst ? keyStart - column : startWithComments(doc.text, keyStart)
    return { comments: doc.text.slice(start, keyStart - column), lines, column, start, end }
  }
  const next = parent.items[parent.items.indexOf(pair) + 1]
  // A comment about the next key would lose its place.
  if (!next || doc.text.slice(end, startOf(next.key)).trim() !== '') return null
  return { comments: '', lines, column, start: keyStart, end: startOf(next.key) }
}

/** Takes a key out, and every key above it that holds nothing else. */
function remove(doc: Parsed, path: Path): Step | null {
  const parent = find(doc, path.slice(0, -1))?.node
  const last = path.at(-1)
  const holds = isMap(parent) || isSeq(parent) ? parent.items.length : 0
  if (holds > 1 && isSeq(parent) && typeof last === 'number') return removeItem(doc, path)
  if (holds === 1 && path.length > 1) return remove(doc, path.slice(0, -1))
  const piece = cut(doc, path)
  if (!piece) return null
  return { text: splice(doc.text, piece.start, piece.end, ''), touched: linesOf(doc.text, piece.start, piece.end) }
}

function removeItem(doc: Parsed, path: Path): Step | null {
  const list = find(doc, path.slice(0, -1))?.node
  if (!isBlock(list) || list.items.length < 2) return null
  const at = startOf(find(doc, path)?.node)
  const dash = doc.text.lastIndexOf('-', at)
  const from = doc.text.lastIndexOf('\n', dash) + 1
  const next = list.items[Number(path.at(-1)) + 1]
  const end =
    next === undefined
      ? endOfPair(doc.text, dash, null)
      : doc.text.lastIndexOf('\n', doc.text.lastIndexOf('-', startOf(next))) + 1
  if (doc.text.slice(from, dash).trim() !== '' || end <= from) return null
  return { text: splice(doc.text, from, end, ''), touched: linesOf(doc.text, from, end) }
}

/** How much of a path exists already. */
function existing(doc: Parsed, path: Path): number {
  let depth = 0
  while (depth < path.length && find(doc, path.slice(0, depth + 1))) depth++
  return depth
}

/** Puts whole lines at a path whose last step is new; `leaf` makes them for a column. */
function insert(doc: Parsed, path: Path, leaf: (key: string, column: number) => string): Step | null {
  const depth = existing(doc, path)
  if (depth >= path.length) return null
  const [above, rest] = [path.slice(0, depth), path.slice(depth)]
  const found = find(doc, above)
  const { text } = doc
  if (!found) return null
  if (isBlock(found.node) && isMap(found.node)) {
    const last = found.node.items.at(-1)
    if (!last || !isScalar(last.key) || typeof rest[0] === 'number') return null
    const first = found.node.items[0]
    const column = columnAt(text, startOf(first?.key))
    const end = endOfPair(text, startOf(last.key), last.value)
    return behind(text, end, nested(rest, column, leaf))
  }
  if (isBlock(found.node) && isSeq(found.node) && typeof rest[0] === 'number' && rest[0] === found.node.items.length) {
    const dash = text.lastIndexOf('-', startOf(found.node.items.at(-1)))
    const column = columnAt(text, dash)
    const end = endOfPair(text, dash, null)
    return behind(text, end, nested(rest, column, leaf))
  }
  return insideEmpty(doc, found, rest, leaf)
}

/** Whole lines put where a line ends. */
function behind(text: string, end: number, lines: string): Step {
  const lineEnd = text.slice(0, end).endsWith('\n') ? '' : '\n'
  return { text: splice(text, end, end, lineEnd + lines), touched: [] }
}

/** `key:`, `key: {}` or `key: []` gets its first content. */
function insideEmpty(
  { text }: Parsed,
  { node, pair }: NonNullable<ReturnType<typeof find>>,
  rest: Path,
  leaf: (key: string, column: number) => string,
): Step | null {
  if (!pair || !isScalar(pair.key) || !pair.key.range) return null
  const empty =
    node === null ||
    (isScalar(node) && node.value === null) ||
    ((isMap(node) || isSeq(node)) && node.items.length === 0)
  if (!empty) return null
  const column = columnAt(text, pair.key.range[0]) + 2
  const colon = text.indexOf(':', pair.key.range[1]) + 1
  const lineEnd = text.indexOf('\n', colon)
  const end = lineEnd < 0 ? text.length : lineEnd
  const tail = text
    .slice(colon, end)
    .replace(/^\s*(?:\{\s*\}|\[\s*\]|null|~)?\s*/, ' ')
    .trimEnd()
  const lines = nested(rest, column, leaf).replace(/\n$/, '')
  return { text: splice(text, colon, end, `${tail}\n${lines}`), touched: linesOf(text, colon, end) }
}

/** The lines of a cut key under another name and in another column, or as an item of a list. */
function placed({ comments, lines, column }: Cut, name: string | number): (key: string, to: number) => string {
  return (_, to) => {
    const body = shifted(' '.repeat(column) + withLineEnd(lines), to - column)
    const own = shifted(comments, to - column)
    if (typeof name === 'string') {
      const rest = body.slice(to).replace(/^(?:"[^"]*"|'[^']*'|[^\s:]+)/, () => writtenKey(name))
      return own + ' '.repeat(to) + rest
    }
    const value = /^(?:"[^"]*"|'[^']*'|[^\s:]+)\s*:[ \t]*(\S[^\n]*)?\n/.exec(body.slice(to))
    if (!value) return body
    if (value[1] !== undefined && !value[1].startsWith('#'))
      return `${own}${' '.repeat(to)}- ${value[1]}\n${body.slice(to).slice(value[0].length)}`
    const inner = body.slice(to).slice(value[0].length)
    return `${own}${' '.repeat(to)}- ${inner.slice(to + 2)}`
  }
}

function move(doc: Parsed, path: Path, to: Path): Step | null {
  const [from, name] = [path.slice(0, -1), to.at(-1)]
  if (name === undefined) return null
  const sameParent = JSON.stringify(from) === JSON.stringify(to.slice(0, -1))
  if (sameParent && typeof name === 'string') return rename(doc, path, name)
  const piece = cut(doc, path)
  if (!piece) return null
  const leaf = placed(piece, name)
  const depth = existing(doc, to)
  const touched = linesOf(doc.text, piece.start + piece.comments.length, piece.start + piece.comments.length + 1)
  const inPlace = depth === from.length && JSON.stringify(to.slice(0, depth)) === JSON.stringify(from)
  if (inPlace && standsAlone(doc.text, piece.end - piece.lines.length)) {
    const lines = nested(to.slice(depth), piece.column, leaf)
    return { text: splice(doc.text, piece.start, piece.end, lines), touched }
  }
  const added = insert(doc, to, leaf)
  const gone = added && remove(parse(added.text), path)
  return gone && { text: gone.text, touched: [...touched, ...added.touched, ...emptied(doc, path)] }
}

/** The lines of the keys above a path that hold nothing else, and go with it. */
function emptied(doc: Parsed, path: Path): string[] {
  const parent = find(doc, path.slice(0, -1))
  if (!parent?.pair || !isMap(parent.node) || parent.node.items.length > 1) return []
  const start = startOf(parent.pair.key)
  return [...linesOf(doc.text, start, start + 1), ...emptied(doc, path.slice(0, -1))]
}

function add(doc: Parsed, path: Path, value: Value): Step | null {
  return insert(doc, path, (key, column) => {
    const last = path.at(-1)
    const block = typeof value === 'object' && value !== null && Object.keys(value).length > 0
    const lines = written(value)
    if (typeof last === 'number') return shifted(`- ${shifted(lines, 2).slice(2)}`, column)
    const own = block ? `${writtenKey(key)}:\n${shifted(lines, 2)}` : `${writtenKey(key)}: ${lines}`
    return shifted(own, column)
  })
}

function one(text: string, change: Change): Step | null {
  const doc = parse(text)
  switch (change.kind) {
    case 'set':
      return set(doc, change.path, change.value)
    case 'add':
      return add(doc, change.path, change.value)
    case 'remove':
      return remove(doc, change.path)
    case 'move':
      return move(doc, change.path, change.to)
  }
}

/** Lines of a text, trimmed, with how often each occurs; blank ones do not count. */
function counted(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of text.split('\n').map(each => each.trim()))
    if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

/** Whether every line that is not there any more is one that the changes were about. Nobody's comments get lost. */
function onlyTouched(before: string, after: string, touched: ReadonlySet<string>): boolean {
  const now = counted(after)
  return [...counted(before)].every(
    ([line, count]) =>
      (now.get(line) ?? 0) >= count ||
      touched.has(line) ||
      touched.has(line.replace(/^- /, '')) ||
      touched.has(`- ${line}`),
  )
}

/**
 * The text of one document with the changes made in it by moving, renaming and replacing its own lines: comments, quotes and
 * spaces stay as they are. Null where that is not possible (flow style, anchors in the way); the caller compares what the
 * result says with what it should say.
 */
export function rewrite(text: string, changes: readonly Change[]): string | null {
  let now = text
  const touched = new Set<string>()
  for (const change of changes) {
    const step = one(now, change)
    if (step === null) return null
    now = step.text
    for (const line of step.touched) touched.add(line)
  }
  return onlyTouched(text, now, touched) ? now : null
}
