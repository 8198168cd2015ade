import type { Detected, Pin, RepoFile, Tree } from '../model.ts'
import { askable, isAsked } from './files.ts'
import { type Change, type Linked, type Look, since, together } from './history.ts'
import type { Entry, Numbered } from './own.ts'
import { entryFor, isIgnored, type Terms } from './read.ts'
import { resolve } from './resolve.ts'

export { environmentsFed } from './feeds.ts'
export { readAhead } from './read.ts'

/** A repository as it was looked at last. Files that have been in it lead to it, so that the next tree finds it; it ends with them. */
type History = { last: Look | null }
const histories = new WeakMap<RepoFile, History>()

function historyOf(files: readonly RepoFile[]): History {
  for (const file of files) {
    const found = histories.get(file)
    if (found) return found
  }
  return { last: null }
}

/** Looks up what the files need of each other. */
function link(entries: readonly (Entry | null)[], files: readonly RepoFile[], policy: Terms): Linked {
  const order = new Map<string, number>()
  const facts: Numbered[] = []
  for (const entry of entries) {
    if (entry === null || entry.linked.length === 0) continue
    order.set(entry.file.path, order.size)
    for (const fact of entry.linked) facts.push(fact)
  }
  const { files: asking, asked } = askable(files)
  const { pins, hints, skipped } = resolve(facts, asking, policy.environments)
  return {
    pins: Map.groupBy(pins, ({ pin }) => pin.place.file),
    hints: Map.groupBy(hints, ({ place }) => place.file),
    skipped,
    asked,
    order,
  }
}

/** Whether nothing that was looked up can have another answer because of a change. */
function isUnlinked({ path, entry }: Change, { asked }: Linked): boolean {
  return (entry === null || entry.linked.length === 0) && !isAsked(asked, path)
}

function look(tree: Tree, policy: Terms, history: History): Look {
  const terms = JSON.stringify([policy.environments, policy.ignorePaths])
  const before = history.last?.terms === terms ? history.last : null
  const entry = entryFor(policy)
  const { entries, changes } = since(before ?? { files: [], entries: [] }, tree.files, file => {
    histories.set(file, history)
    return isIgnored(file, policy) ? null : entry(file)
  })
  const linked =
    before && changes.every(change => isUnlinked(change, before.linked))
      ? before.linked
      : link(entries, tree.files, policy)
  return { terms, files: tree.files, entries, linked }
}

/** The pins of every file, in order of their paths and places. */
function pinsOf({ entries, linked }: Look): readonly Pin[] {
  const byFile: { readonly file: string; readonly pins: readonly Pin[] }[] = []
  const left = new Set([...linked.pins.keys(), ...linked.hints.keys()])
  for (const entry of entries) {
    if (entry === null) continue
    const { path } = entry.file
    const pins = left.delete(path) ? together(path, entry, linked) : entry.alone
    if (pins.length > 0) byFile.push({ file: path, pins })
  }
  // What stands in files that are ignored, and counts for files that are not.
  for (const file of left) byFile.push({ file, pins: together(file, null, linked) })
  return byFile.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)).flatMap(({ pins }) => pins)
}

/**
 * Every version that stands in the repository, with its byte range, source and environment; every Kubernetes object;
 * and what was left out, with the reason. Recognises by content, never by path. Never throws on any text.
 * A tree that shares file objects with an earlier one costs what has changed since; the answer is the same.
 */
export function detect(tree: Tree, policy: Terms): Detected {
  const history = historyOf(tree.files)
  const found = look(tree, policy, history)
  history.last = found
  const entries = found.entries.filter(entry => entry !== null)
  return {
    pins: pinsOf(found),
    resources: entries.flatMap(({ resources: own }) => own),
    skipped: [...tree.skipped, ...entries.flatMap(({ skipped }) => skipped), ...found.linked.skipped],
  }
}
