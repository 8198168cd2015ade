import { parseDocument, type Scalar, visit } from 'yaml'
import type { Edit, Pin, Place, RepoFile } from '../model.ts'
import { type Chunk, splitDocuments } from '../text/documents.ts'
import { maskTemplates } from '../text/templates.ts'
import { plainValue } from '../text/yaml-scalars.ts'
import { editHcl } from './edit-hcl.ts'
import { sameBut } from './same-but.ts'
import { applyEdits, StaleEdit } from './splice.ts'

export { applyEdits, StaleEdit }

/** Whole files after the edits, by path; or the first edit that cannot be made, and why. */
export type Edited =
  | { readonly ok: true; readonly files: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: string; readonly file: string; readonly line: number }

/** Versions come from registries: only what a version can be made of is ever written into a file. Git tags may have a `/`. */
const WRITABLE = /^(?!.*(?:\.\.|\/\/))[0-9A-Za-z_][0-9A-Za-z_.+:@~/-]{0,254}$/

const HCL_FILE = /\.(?:tf|tofu|tfvars|hcl)$/i
const TEXT_FILE = /\.(?:env|gotmpl)$/i
const CHANGES_MORE = 'the edit would change more than the version: the file does not read as it did before'

class Refused extends Error {}

const OPTIONS = { uniqueKeys: false, strict: false, logLevel: 'silent' } as const

/** Templated text that is no YAML yet is read without its templates, where every place stays where it is. */
function parse(text: string) {
  const plain = parseDocument(text, OPTIONS)
  return plain.errors.length > 0 && text.includes('{{') ? parseDocument(maskTemplates(text), OPTIONS) : plain
}

/** The quotes that the document uses most; double ones when it uses none. */
function quoteOf(scalars: readonly Scalar[]): string {
  const single = scalars.filter(({ type }) => type === 'QUOTE_SINGLE').length
  const double = scalars.filter(({ type }) => type === 'QUOTE_DOUBLE').length
  return single > double ? "'" : '"'
}

/** `1.10` without quotes is a number: a scalar that was a string stays one. Only a whole plain scalar can need quotes. */
function quoted(edit: Edit, scalars: readonly Scalar[], start: number): Edit {
  const whole = scalars.find(
    ({ range }) => range?.[0] === edit.place.start - start && range[1] === edit.place.end - start,
  )
  const wasString = typeof plainValue(edit.from) === 'string'
  if (whole?.type !== 'PLAIN' || !wasString || typeof plainValue(edit.to) === 'string') return edit
  const quote = quoteOf(scalars)
  return { ...edit, to: quote + edit.to + quote }
}

/** One document after its edits, with the post-condition checked. */
function editDocument(chunk: Chunk, edits: readonly Edit[]): string {
  if (edits.length === 0) return chunk.text
  const before = parse(chunk.text)
  const scalars: Scalar[] = []
  visit(before, { Scalar: (_, node) => void scalars.push(node) })
  const local = edits
    .map(edit => quoted(edit, scalars, chunk.start))
    .map(edit => ({
      ...edit,
      place: { ...edit.place, start: edit.place.start - chunk.start, end: edit.place.end - chunk.start },
    }))
  const text = applyEdits(chunk.text, local)
  if (!sameBut(before, parse(text), edits, chunk.start)) throw new Refused(CHANGES_MORE)
  return text
}

/** Everything that is not YAML and not HCL is plain text: nothing but the old version is replaced. */
function editText(file: string, text: string, edits: readonly Edit[]): string {
  const bad = edits.find(({ to }) => !WRITABLE.test(to))
  if (bad) throw new Refused(`${JSON.stringify(bad.to)} is not a version that can be written`)
  if (HCL_FILE.test(file)) return editHclText(text, edits)
  return TEXT_FILE.test(file) ? applyEdits(text, edits) : editYaml(text, edits)
}

function editHclText(text: string, edits: readonly Edit[]): string {
  const edited = editHcl(text, edits)
  if (edited === null) throw new Refused(CHANGES_MORE)
  return edited
}

function editYaml(text: string, edits: readonly Edit[]): string {
  const chunks = splitDocuments(text)
  const within = ({ place }: Edit, { start, text: { length } }: Chunk): boolean =>
    place.start >= start && place.end <= start + length
  const outside = edits.find(edit => !chunks.some(chunk => within(edit, chunk)))
  if (outside) throw new StaleEdit(outside, text.slice(outside.place.start, outside.place.end))
  const last = chunks.at(-1)
  const rest = text.slice(last ? last.start + last.text.length : 0)
  const edited = chunks.map(chunk =>
    editDocument(
      chunk,
      edits.filter(edit => within(edit, chunk)),
    ),
  )
  return edited.join('') + rest
}

/**
 * Makes the edits and proves them: the new text parses, every edited scalar holds its new version as a string if it was
 * one, everything else reads as before and every other byte is the same. Edits of one place are made once. All or nothing.
 */
export function editFiles(files: readonly RepoFile[], edits: readonly Edit[]): Edited {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const done = new Map<string, string>()
  for (const [file, all] of Map.groupBy(edits, ({ place }) => place.file)) {
    const line = all[0]?.place.line ?? 1
    const text = texts.get(file)
    if (text === undefined) return { ok: false, reason: 'the file to edit is not in this repository', file, line }
    try {
      done.set(file, editText(file, text, once(all)))
    } catch (thrown) {
      if (thrown instanceof StaleEdit) return { ok: false, reason: thrown.message, file, line: thrown.edit.place.line }
      if (thrown instanceof Refused) return { ok: false, reason: thrown.message, file, line }
      throw thrown
    }
  }
  return { ok: true, files: done }
}

function once(edits: readonly Edit[]): readonly Edit[] {
  return [...new Map(edits.map(edit => [`${edit.place.start}:${edit.place.end}:${edit.to}`, edit])).values()]
}

function move(place: Place, from: string, to: string): readonly Edit[] {
  return from === to ? [] : [{ place, from, to }]
}

function samePlace(edit: Edit): string {
  return `${edit.place.file}\0${edit.place.start}\0${edit.place.end}`
}

/** A version as it is written at one pin: Helm pushes the `+` of a version as `_`, because a tag has no `+`. */
function written({ kind }: Pin, version: string): string {
  return kind === 'flux-ocirepository' ? version.replaceAll('+', '_') : version
}

/**
 * What becomes of the text of each pin: the version is written as `to` stands, and a digest beside it moves by `digests` (old
 * to new). A digest that `digests` does not know stays: see `stuckDigests`. Anchored scalars that several pins share move once.
 */
export function edits(
  moves: readonly { readonly pin: Pin; readonly to: string }[],
  digests: ReadonlyMap<string, string>,
): readonly Edit[] {
  const all = moves.flatMap(({ pin, to }) => [
    ...move(pin.place, pin.version, digests.get(pin.version) ?? written(pin, to)),
    ...movedDigest(pin, digests),
  ])
  return [...new Map(all.map(edit => [samePlace(edit), edit])).values()]
}

function movedDigest({ digest }: Pin, digests: ReadonlyMap<string, string>): readonly Edit[] {
  return digest ? move(digest.place, digest.value, digests.get(digest.value) ?? digest.value) : []
}

/** Pins whose digest would stay behind: the engine would go on running the old one, whatever the version says. */
export function stuckDigests(pins: readonly Pin[], digests: ReadonlyMap<string, string>): readonly Pin[] {
  return pins.filter(({ digest }) => digest !== null && !digests.has(digest.value))
}
