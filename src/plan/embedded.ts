import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Path, Value } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { valueAt } from '../text/path-steps.ts'
import { readYaml } from '../text/yaml.ts'
import { type Change, changed } from './object-change.ts'
import { type Rewritten, rewriteDocument } from './rewrite-document.ts'

/** A text within a document (`values: |`) that is YAML itself: where it stands, and its own text without the indentation. */
export type Embedded = {
  readonly document: number
  readonly path: Path
  readonly text: string
  /** 1-based line of its first line in the file. */
  readonly line: number
  readonly start: number
  readonly end: number
  readonly indent: number
}

type Block = { readonly path: Path; readonly start: number; readonly end: number }

/** Every literal block of a document, with its path; offsets count in the document and reach over its header. */
function blocks(node: unknown, path: Path): Block[] {
  if (isMap(node)) return node.items.flatMap(({ key, value }) => blocks(value, [...path, String(key)]))
  if (isSeq(node)) return node.items.flatMap((item, i) => blocks(item, [...path, i]))
  if (!isScalar(node) || node.type !== 'BLOCK_LITERAL' || !node.range) return []
  return [{ path, start: node.range[0], end: node.range[1] }]
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function unindented(lines: string, indent: number): string {
  return lines
    .split('\n')
    .map(line => line.slice(Math.min(indent, line.length - line.trimStart().length)))
    .join('\n')
}

/** The literal blocks of a file that hold a map. */
export function embeddedIn(file: string): readonly Embedded[] {
  return splitDocuments(file).flatMap((chunk, document) => {
    const { contents } = parseDocument(chunk.text, { uniqueKeys: false, strict: false, logLevel: 'silent' })
    return blocks(contents, []).flatMap(({ path, start, end }): Embedded[] => {
      const first = chunk.text.indexOf('\n', start) + 1
      const lines = chunk.text.slice(first, end)
      const indent = /^( *)\S/m.exec(lines)?.[1]?.length ?? 0
      const text = unindented(lines, indent)
      const read = readYaml(text)
      if (first === 0 || indent === 0 || !read.ok || typeof read.value !== 'object' || Array.isArray(read.value))
        return []
      const at = chunk.start + first
      return [{ document, path, text, line: lineOf(file, at), start: at, end: chunk.start + end, indent }]
    })
  })
}

/** The same file with changes made in a text within it; null when more would change, or the text cannot be changed in its own lines. */
export function rewriteEmbedded(file: string, inside: Embedded, changes: readonly Change[]): Rewritten | null {
  const { document, path, text, start, end, indent } = inside
  const done = rewriteDocument(text, 0, { prefix: [], changes, created: [] })
  if (!done) return null
  const pad = ' '.repeat(indent)
  const lines = done.file.split('\n').map(line => (line.trim() === '' ? line : pad + line))
  const after = file.slice(0, start) + lines.join('\n') + file.slice(end)
  const [old, next] = [file, after].map(each => splitDocuments(each)[document]?.text ?? '')
  const [was, is] = [old, next].map(each => readYaml(each ?? ''))
  if (!was?.ok || !is?.ok || splitDocuments(after).length !== splitDocuments(file).length) return null
  const now = valueAt(is.value, path)
  const outer = changed(was.value as Record<string, Value>, [{ kind: 'set', path, value: now ?? null }])
  const meant = changed(dataOf(text), changes)
  if (!isDeepStrictEqual(is.value, outer) || !isDeepStrictEqual(dataOf(String(now)), meant)) return null
  return { file: after, before: old ?? '', after: next ?? '' }
}

function dataOf(text: string): Record<string, Value> {
  const read = readYaml(text)
  return read.ok ? (read.value as Record<string, Value>) : {}
}
