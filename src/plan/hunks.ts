/** Lines that one text has and the other has instead. `start` and `end` are 0-based lines of the newer text, `end` not included. */
export type Hunk = {
  readonly removed: readonly string[]
  readonly added: readonly string[]
  readonly after: { readonly start: number; readonly end: number }
}

/** Largest product of line counts that is compared line by line; beyond it everything between the common ends is one hunk. */
const CELLS = 4_000_000

/** The lines of a text with their ends, so that joined they are the text again. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** How many lines two texts have in common at their beginnings. */
function commonStart(a: readonly string[], b: readonly string[]): number {
  const end = Math.min(a.length, b.length)
  let at = 0
  while (at < end && a[at] === b[at]) at++
  return at
}

/** Length of the longest common subsequence of every pair of ends, row by row. */
function lengths(a: readonly string[], b: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    const [row, below] = [rows[i] ?? new Uint32Array(), rows[i + 1] ?? new Uint32Array()]
    for (let j = b.length - 1; j >= 0; j--)
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
  }
  return rows
}

/** The hunks between two lists of lines; `offset` is where the second one begins in the whole text. */
function walk(a: readonly string[], b: readonly string[], offset: number): readonly Hunk[] {
  const table = lengths(a, b)
  const length = (i: number, j: number) => table[i]?.[j] ?? 0
  const found: Hunk[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [fromA, fromB] = [i, j]
    while ((i < a.length || j < b.length) && (i >= a.length || j >= b.length || a[i] !== b[j])) {
      if (j >= b.length || (i < a.length && length(i + 1, j) >= length(i, j + 1))) i++
      else j++
    }
    if (i > fromA || j > fromB)
      found.push({
        removed: a.slice(fromA, i),
        added: b.slice(fromB, j),
        after: { start: offset + fromB, end: offset + j },
      })
    while (i < a.length && j < b.length && a[i] === b[j]) {
      i++
      j++
    }
  }
  return found
}

/** What differs between two lists of lines, in order. */
export function hunks(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  const start = commonStart(before, after)
  const [restA, restB] = [before.slice(start), after.slice(start)]
  const end = commonStart(restA.toReversed(), restB.toReversed())
  const [a, b] = [restA.slice(0, restA.length - end), restB.slice(0, restB.length - end)]
  if (a.length === 0 && b.length === 0) return []
  if (a.length * b.length > CELLS) return [{ removed: a, added: b, after: { start, end: start + b.length } }]
  return walk(a, b, start)
}
