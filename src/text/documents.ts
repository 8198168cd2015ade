/** One document of a YAML stream: its text with its `---`, where that starts, and the 1-based line of its first content. */
export type Chunk = {
  readonly text: string
  readonly start: number
  readonly line: number
  readonly contentLine: number
}

const MARKER = /(?:^|\n)(---|\.\.\.)(?=\s|$)/g

function isPreamble(line: string): boolean {
  const text = line.trim()
  return text === '' || text.startsWith('#') || line.startsWith('%')
}

const HEAD = /^\uFEFF?---\s*(?:#.*)?$/

/** How many lines of the chunk come before its first content; null when it has none and no `---` either. */
function linesBeforeContent(text: string): number | null {
  let marked = false
  for (let [start, count] = [0, 0]; start <= text.length; count++) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end)
    if (!isPreamble(line) && !HEAD.test(line)) return count
    marked ||= /^\uFEFF?---/.test(line)
    if (end < 0) break
    start = end + 1
  }
  return marked ? 0 : null
}

function countLineEnds(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

/**
 * Splits a YAML stream into its documents, so that a broken one costs only itself. The specification forbids `---` and
 * `...` at the start of a line everywhere inside a document (YAML 1.2.2, rule c-forbidden), so no parser is needed.
 */
export function splitDocuments(text: string): readonly Chunk[] {
  const chunks: Chunk[] = []
  let [start, line] = [0, 1]
  const cut = (end: number): void => {
    const piece = text.slice(start, end)
    const before = linesBeforeContent(piece)
    if (before === null) return
    chunks.push({ text: piece, start, line, contentLine: line + before })
    line += countLineEnds(piece)
    start = end
  }
  for (const found of text.matchAll(MARKER)) {
    const at = found.index + (found[0].startsWith('\n') ? 1 : 0)
    const lineEnd = text.indexOf('\n', at)
    cut(found[1] === '---' ? at : lineEnd < 0 ? text.length : lineEnd + 1)
  }
  cut(text.length)
  return chunks
}
