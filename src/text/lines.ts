/** From an offset to its 1-based line and column. A byte order mark takes no column. */
export type LineIndex = (offset: number) => { readonly line: number; readonly column: number }

/** Counts the lines of a text once; each question after that is a binary search. */
export function lineIndex(text: string): LineIndex {
  const starts = [text.startsWith('\uFEFF') ? 1 : 0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return offset => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.max(1, offset - (starts[low] ?? 0) + 1) }
  }
}
