/** One `key: value` line of YAML as it is written, or a list item without a key (`key` is then ''). Offsets count in the whole text. */
export type Entry = {
  /** Index of the line, 0-based. */
  readonly line: number
  readonly key: string
  /** The key in lower case without `_` and `-`. */
  readonly plain: string
  /** Column of the key after any list dashes, 0-based: entries of one map share it. */
  readonly column: number
  /** The value without quotes, anchor, tag and comment; '' when the value stands on the lines below. */
  readonly value: string
  readonly start: number
  readonly end: number
}

/** The lines of a YAML text by indentation, read without a parser: templated text and text within text are welcome. */
export type Outline = {
  /** The entry that begins on the line of this offset; null when the line is a comment, a template line or no entry. */
  entryAt(offset: number): Entry | null
  /** The other entries of the map that an entry stands in. */
  siblings(entry: Entry): readonly Entry[]
  /** The entry that an entry stands below, null at the top of a document. */
  parent(entry: Entry): Entry | null
  /** The entries at the top of the document of an entry. */
  top(entry: Entry): readonly Entry[]
}

const ENTRY =
  /([ \t]*(?:- +)*)(?:(?:"([\w./$@-]+)"|'([\w./$@-]+)'|([\w$@][\w./$@-]*))[ \t]*:(?=[ \t\r\n]|$)[ \t]*)?(?:[&!][^\s,{}[\]]+[ \t]+)*(?:"([^"\n]*)"|'([^'\n]*)'|((?:[^\s#]|(?<=\S)#|[ \t]+(?![ \t#]))*))/y
const MARKER = /(?:---|\.\.\.)(?=\s|$)/y

/** How many lines away an entry of the same map is looked for: it bounds the time on files with very many lines. */
const NEAR = 40

const SKIP = -1
const BREAK = -2

/** Reads lines when they are asked for; the index of lines is made once. Works on any text and never throws. */
export function outline(text: string): Outline {
  const starts = [text.startsWith('\uFEFF') ? 1 : 0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const entries = new Map<number, Entry | null>()
  /** The first line of every document, found once. */
  let documents: readonly number[] | null = null
  const firstLines = (): readonly number[] => {
    documents ??= [0, ...starts.flatMap((_, line) => (columnOf(line) === BREAK ? [line + 1] : []))]
    return documents
  }
  const tops = new Map<number, readonly Entry[]>()
  const columns = new Int32Array(starts.length).fill(-3)

  const lineOf = (offset: number): number => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  /** The column of a line's key, SKIP for a line that says nothing, BREAK for a document marker. */
  const columnOf = (line: number): number => {
    const known = columns[line] ?? SKIP
    if (known !== -3) return known
    let at = starts[line] ?? 0
    MARKER.lastIndex = at
    let column = SKIP
    const end = line + 1 < starts.length ? (starts[line + 1] ?? 0) - 1 : text.length
    if (MARKER.test(text)) column = BREAK
    else if (at < end && !isNothing(text, at, end)) {
      const begin = at
      while (text[at] === ' ' || text[at] === '\t' || (text[at] === '-' && text[at + 1] === ' ')) at++
      column = at - begin
    }
    columns[line] = column
    return column
  }
  const read = (line: number): Entry | null => {
    const known = entries.get(line)
    if (known !== undefined) return known
    const column = columnOf(line)
    const entry = column < 0 ? null : readEntry(text, starts[line] ?? 0, line)
    entries.set(line, entry)
    return entry
  }
  /** Whether a list item begins on the line at a smaller column than its key: it is the first of its map. */
  const isFirst = (line: number, column: number): boolean => {
    const begin = starts[line] ?? 0
    const lead = text.slice(begin, begin + column)
    return lead.includes('-')
  }
  const dashOf = (line: number): number => {
    const begin = starts[line] ?? 0
    let at = begin
    while (text[at] === ' ' || text[at] === '\t') at++
    return at - begin
  }
  const around = (from: number, column: number, down: boolean): Entry[] => {
    const found: Entry[] = []
    const [first, last] = [Math.max(0, from - NEAR), Math.min(starts.length - 1, from + NEAR)]
    for (let line = from + (down ? 1 : -1); line >= first && line <= last; line += down ? 1 : -1) {
      const here = columnOf(line)
      if (here === BREAK) break
      if (here === SKIP) continue
      if (down ? dashOf(line) < column : here < column) break
      if (here !== column) continue
      const entry = read(line)
      if (entry !== null && entry.key !== '') found.push(entry)
      if (!down && isFirst(line, column)) break
    }
    return found
  }
  const parents = new Map<number, Entry | null>()
  const above = (entry: Entry): Entry | null => {
    const isItem = isFirst(entry.line, entry.column)
    let column = isItem ? dashOf(entry.line) + 1 : entry.column
    for (let line = entry.line - 1; line >= 0 && column > 0; line--) {
      const here = columnOf(line)
      if (here === BREAK) return null
      // A line of the same map or list was asked before: both stand below one entry.
      const known = here === entry.column && isFirst(line, here) === isItem ? parents.get(line) : undefined
      if (known !== undefined) return known
      if (here === SKIP || here >= column) continue
      const found = read(line)
      if (found !== null && found.key !== '' && (found.value === '' || /^[|>'"]/.test(found.value))) return found
      column = Math.min(column, here)
    }
    return null
  }
  const parent = (entry: Entry): Entry | null => {
    const known = parents.get(entry.line)
    const found = known === undefined ? above(entry) : known
    parents.set(entry.line, found)
    return found
  }
  return {
    entryAt: offset => read(lineOf(offset)),
    siblings: entry => [
      ...(isFirst(entry.line, entry.column) ? [] : around(entry.line, entry.column, false)),
      ...around(entry.line, entry.column, true),
    ],
    parent,
    top: entry => {
      const first = firstLines().findLast(line => line <= entry.line) ?? 0
      const known = tops.get(first)
      if (known) return known
      const found: Entry[] = []
      for (let line = first; line < starts.length && columnOf(line) !== BREAK; line++) {
        const top = columnOf(line) === 0 ? read(line) : null
        if (top) found.push(top)
      }
      tops.set(first, found)
      return found
    },
  }
}

/** A key as it is compared: people write `imageTag`, `image_tag` and `image-tag`. */
export function plainKey(key: string): string {
  return key.toLowerCase().replaceAll(/[_-]/g, '')
}

function isNothing(text: string, start: number, end: number): boolean {
  let at = start
  while (at < end && (text[at] === ' ' || text[at] === '\t' || text[at] === '\r')) at++
  if (at >= end || text[at] === '#') return true
  return text[at] === '{' && (text[at + 1] === '{' || text[at + 1] === '%')
}

function readEntry(text: string, at: number, line: number): Entry | null {
  ENTRY.lastIndex = at
  const found = ENTRY.exec(text)
  if (!found) return null
  const [all, lead = '', double, single, plain, inDouble, inSingle, bare = ''] = found
  const value = inDouble ?? inSingle ?? bare
  const quotes = inDouble !== undefined || inSingle !== undefined ? 1 : 0
  const end = at + all.length - quotes
  const key = double ?? single ?? plain ?? ''
  return { line, key, plain: plainKey(key), column: lead.length, value, start: end - value.length, end }
}
