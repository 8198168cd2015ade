import { type Document, isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml'
import type { Problem } from '../../model.ts'

/** A setting of the server's operator: its value, or everything that is wrong with it. */
export type Setting<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** One line of a map that an operator wrote; `line` is 1-based. */
export type OperatorEntry = { readonly key: string; readonly value: unknown; readonly line: number }

/**
 * Reads a YAML file of the operator whose top level is a map, entry by entry with its line.
 * Problems never quote values: they may be passwords.
 */
export function readOperatorMap(text: string, file: string): Setting<readonly OperatorEntry[]> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false })
  const broken = document.errors.map(error => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    reason: `not valid YAML (${error.code})`,
  }))
  if (broken.length > 0) return { ok: false, problems: broken }
  const root: unknown = document.contents
  if (root === null || (isScalar(root) && root.value === null)) return { ok: true, value: [] }
  if (!isMap(root))
    return { ok: false, problems: [{ file, line: 1, reason: 'must be a map, `origin: …` on each line' }] }
  return { ok: true, value: root.items.map(pair => entryOf(pair, document, lines)) }
}

function entryOf(pair: Pair, document: Document, lines: LineCounter): OperatorEntry {
  const key = isScalar(pair.key) ? pair.key : null
  const value = isMap(pair.value) || isScalar(pair.value) ? pair.value.toJS(document) : undefined
  return { key: String(key?.value ?? ''), value, line: lines.linePos(key?.range?.[0] ?? 0).line }
}
