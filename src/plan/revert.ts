import type { FileChange, Revert } from '../model.ts'
import { type Hunk, hunks, linesOf } from './hunks.ts'

/** The versions that a change moved, so that a part of it is not taken for the whole. */
type Moved = { readonly from: string; readonly to: string }

/** Lines around a hunk that must still stand as well; fewer are tried when some of them have changed since. */
const CONTEXT = 3

/** A change that cannot be undone here, and why. */
class Stuck extends Error {}

/** Where some lines stand in a text; more than one place when they are not unique. */
function placesOf(wanted: readonly string[], lines: readonly string[]): readonly number[] {
  const last = lines.length - wanted.length
  return Array.from({ length: Math.max(0, last + 1) }, (_, at) => at).filter(at =>
    wanted.every((line, i) => lines[at + i] === line),
  )
}

/** Where a hunk stands in the text as it is now: what it left, with as many lines around as still stand, must be there exactly once. */
function placeOf({ added, after: { start, end } }: Hunk, after: readonly string[], now: readonly string[]): number {
  for (let context = CONTEXT; context >= 0; context--) {
    const first = Math.max(0, start - context)
    const wanted = after.slice(first, end + context)
    const places = wanted.some(line => /[\p{L}\p{N}]/u.test(line)) ? placesOf(wanted, now) : []
    const [at] = places
    if (places.length > 1) throw new Stuck('what was written there stands in more than one place by now')
    if (at !== undefined && (added.length > 0 || context > 0)) return at + start - first
  }
  throw new Stuck('what was written there has changed since')
}

/** The lines without some hunks, each in its place and none over another. */
function without(all: readonly Hunk[], after: readonly string[], now: readonly string[]): readonly string[] {
  const done: string[] = []
  let at = 0
  for (const hunk of all) {
    const place = placeOf(hunk, after, now)
    if (place < at) throw new Stuck('what was written there has moved since')
    done.push(...now.slice(at, place), ...hunk.removed)
    at = place + hunk.added.length
  }
  return [...done, ...now.slice(at)]
}

/** The text of one file without the change; null when there was no file. */
function before(change: FileChange): string | null {
  if (change.now === change.after || change.now === change.before) return change.before
  if (change.before === null || change.after === null || change.now === null)
    throw new Stuck('the file was made, moved or removed since')
  const after = linesOf(change.after)
  return without(hunks(linesOf(change.before), after), after, linesOf(change.now)).join('')
}

/** A tag has no `+`: Helm pushes it as `_`. */
function isIn(lines: readonly string[], version: string): boolean {
  return lines.some(line => line.includes(version) || line.includes(version.replaceAll('+', '_')))
}

/** Whether a change is the whole move from one version to the other: a merge by rebase may bring it in several commits. A digest moves alone. */
function movesAll(changes: readonly FileChange[], { from, to }: Moved): boolean {
  if (from === to) return true
  const all = changes.flatMap(change => hunks(linesOf(change.before ?? ''), linesOf(change.after ?? '')))
  return all.some(({ removed }) => isIn(removed, from)) && all.some(({ added }) => isIn(added, to))
}

/**
 * Takes back exactly what a commit changed: files that have not moved since become what they were, byte by byte; in others every hunk
 * is put back where what it left still stands exactly once. All or nothing: whatever else has happened there needs a person.
 */
export function revert(changes: readonly FileChange[], moved: Moved): Revert {
  if (!movesAll(changes, moved))
    return { ok: false, reason: `the merged commit does not hold the whole move from ${moved.from} to ${moved.to}` }
  const files = new Map<string, string | null>()
  for (const change of changes) {
    try {
      const text = before(change)
      if (text !== change.now) files.set(change.path, text)
    } catch (error) {
      if (!(error instanceof Stuck)) throw error
      return { ok: false, reason: `${change.path}: ${error.message}` }
    }
  }
  return files.size > 0 ? { ok: true, files } : { ok: false, reason: 'nothing of what it changed stands any more' }
}
