import type { Pin, RepoFile, Skipped } from '../model.ts'
import type { Asked } from './files.ts'
import type { HintPin } from './hint-merge.ts'
import type { Entry } from './own.ts'
import { atPlaces } from './places.ts'
import type { LinkedPin } from './resolve.ts'

/** What the facts that need each other came to in one tree. */
export type Linked = {
  /** By the file in which they stand. */
  readonly pins: ReadonlyMap<string, readonly LinkedPin[]>
  readonly hints: ReadonlyMap<string, readonly HintPin[]>
  readonly skipped: readonly Skipped[]
  readonly asked: Asked
  /** Which file with such facts comes before which. */
  readonly order: ReadonlyMap<string, number>
}

/** One look at a tree: its files, and what each says (null for a file that is ignored). */
export type Look = {
  /** What of the policy counts here, as one text. */
  readonly terms: string
  readonly files: readonly RepoFile[]
  readonly entries: readonly (Entry | null)[]
  readonly linked: Linked
}

/** A file that is another one than before, or new, or gone; with what it says (null for a file that is ignored). */
export type Change = { readonly path: string; readonly entry: Entry | null }

/**
 * What the files of a tree say, taken from the look before where the file object is the same, and what has changed. Files that stay
 * keep their order; a file that has moved among them counts as gone and new.
 */
export function since(
  before: Pick<Look, 'files' | 'entries'>,
  files: readonly RepoFile[],
  make: (file: RepoFile) => Entry | null,
): { readonly entries: readonly (Entry | null)[]; readonly changes: readonly Change[] } {
  const changes: Change[] = []
  let at = 0
  const pass = (): void => {
    const old = before.files[at]
    if (old) changes.push({ path: old.path, entry: before.entries[at] ?? null })
    at++
  }
  const entries = files.map(file => {
    while (before.files[at] !== file && (before.files[at]?.path ?? file.path) < file.path) pass()
    const old = before.files[at]
    if (old === file) return before.entries[at++] ?? null
    if (old?.path === file.path) pass()
    const entry = make(file)
    changes.push({ path: file.path, entry })
    return entry
  })
  while (at < before.files.length) pass()
  return { entries, changes }
}

/** Where a linked pin stands among the numbered facts of the file that it has been put into. */
function rank({ from }: LinkedPin, file: string, order: Linked['order']): number {
  if (from === 'before') return -1
  if (from === 'after') return Number.POSITIVE_INFINITY
  if (from.file === file) return from.index
  return (order.get(from.file) ?? 0) < (order.get(file) ?? 0) ? -1 : Number.POSITIVE_INFINITY
}

/** The pins of a file into which facts of several files have put some. */
export function together(file: string, entry: Entry | null, { pins: all, hints, order }: Linked): readonly Pin[] {
  const linked = all.get(file) ?? []
  const ranked = [
    ...linked.map(one => ({ pin: one.pin, index: rank(one, file, order) })),
    ...(entry?.pins ?? []),
  ].toSorted((a, b) => (a.index === b.index ? 0 : a.index - b.index))
  return atPlaces(
    ranked.map(({ pin }) => pin),
    [...(entry?.hints ?? []), ...(hints.get(file) ?? [])],
  )
}
