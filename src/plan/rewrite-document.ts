import { isDeepStrictEqual } from 'node:util'
import type { Path, ValueMap } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { isMap } from '../text/is-map.ts'
import { valueAt } from '../text/path-steps.ts'
import { readYaml } from '../text/yaml.ts'
import { written } from './block.ts'
import { type Change, changed } from './object-change.ts'
import { patched } from './patched.ts'
import { rewrite } from './rewrite.ts'

/** A document before and after, without its `---`. */
export type Rewritten = { readonly file: string; readonly before: string; readonly after: string }

/** Larger documents, in UTF-16 units, are not changed in place: each change reads the document again. */
const MAX_DOCUMENT = 512 * 1024
/** More changes of one document than any map makes. */
const MOST_CHANGES = 500

function under(prefix: Path, change: Change): Change {
  const path = [...prefix, ...change.path]
  return change.kind === 'move' ? { ...change, path, to: [...prefix, ...change.to] } : { ...change, path }
}

function bare(text: string): string {
  return text.replace(/^\uFEFF?---[ \t]*(?:#[^\n]*)?\n/, '')
}

/**
 * One document of a file with the changes made in it, and further objects as documents behind it. `prefix` leads to the object
 * in the document (an item of a `List`). Null when the text cannot be changed without changing more: what is written then must
 * say exactly what the changed object says, and every other line must still be there.
 */
export function rewriteDocument(
  file: string,
  document: number,
  { prefix, changes, created }: { prefix: Path; changes: readonly Change[]; created: readonly ValueMap[] },
): Rewritten | null {
  const chunk = splitDocuments(file)[document]
  const read = chunk ? readYaml(chunk.text) : null
  const body = read?.ok ? valueAt(read.value, prefix) : undefined
  if (!chunk || !read?.ok || !isMap(read.value) || !isMap(body)) return null
  if (chunk.text.length > MAX_DOCUMENT || changes.length > MOST_CHANGES) return null
  const moved = changes.map(change => under(prefix, change))
  const expected = changed(read.value, moved)
  const text = rewrite(chunk.text, moved) ?? (expected && patched(chunk.text, expected, moved.length))
  const again = text === null ? null : readYaml(text)
  if (text === null || !again?.ok || !isDeepStrictEqual(again.value, expected)) return null
  const more = created.map(object => `---\n${written(object)}`).join('')
  const after = more === '' ? text : `${text.endsWith('\n') ? text : `${text}\n`}${more}`
  const rest = file.slice(chunk.start + chunk.text.length)
  return { file: file.slice(0, chunk.start) + after + rest, before: bare(chunk.text), after: bare(after) }
}

/** Where an object stands in its document: at its root, or in a `List`; null when it does not. */
export function prefixOf(file: string, document: number, body: ValueMap): Path | null {
  const chunk = splitDocuments(file)[document]
  const read = chunk ? readYaml(chunk.text) : null
  if (!read?.ok) return null
  if (isDeepStrictEqual(read.value, body)) return []
  const items = valueAt(read.value, ['items'])
  const at = Array.isArray(items) ? items.findIndex(item => isDeepStrictEqual(item, body)) : -1
  return at < 0 ? null : ['items', at]
}
