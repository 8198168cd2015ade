import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Policy } from '../config.ts'
import { knownTool } from '../knowledge/index.ts'
import type { BumpPull, LeftOut, Migration, Pin, Place, Plan, RepoFile, Tree } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { readYaml } from '../text/yaml.ts'

/** A tree with the pins that stand in it. */
export type Seen = { readonly tree: Tree; readonly pins: readonly Pin[] }

/** What a pull request makes of a pin; the same noun as in the choose room. */
type Shift = { readonly pin: Pin; readonly to: { readonly version: string; readonly digest: string | null } }

/** Whether a pull request gets our evidence: policy names its author, and its branch stands in this repository. */
export function isReviewed({ author, isFork }: BumpPull, { review }: Policy): boolean {
  return !isFork && review.includes(author)
}

/** The text of a file without the versions and digests that stand in it. */
function blanked({ text }: RepoFile, pins: readonly Pin[]): string {
  const places = pins.flatMap(({ place, digest }) => [place, ...(digest ? [digest.place] : [])])
  let [rest, end] = ['', text.length]
  for (const place of places.toSorted((a, b) => b.start - a.start)) {
    if (place.end > end) continue
    rest = text.slice(place.end, end) + rest
    end = place.start
  }
  return text.slice(0, end) + rest
}

/** Pins whose version has no say in a review: of other components, and no tools that could have to come first. */
function unrelated(moves: readonly Shift[], pins: readonly Pin[]): readonly Pin[] {
  const moving = new Set(moves.map(({ pin }) => pin.component))
  const mayWait = moves.some(({ pin }) => knownTool(pin.source) !== null)
  return pins.filter(({ component, source }) => !moving.has(component) && !(mayWait && knownTool(source) !== null))
}

/**
 * What a review depends on: the head of the pull request, what it moves, the policy, and everything in the repository but the versions of
 * other things. Equal inputs give an equal review.
 */
export function reviewInputs(head: string, moves: readonly Shift[], { tree, pins }: Seen, policy: Policy): string {
  const byFile = Map.groupBy(unrelated(moves, pins), ({ place }) => place.file)
  const hash = createHash('sha256')
  const moved = moves.map(({ pin, to }) => [pin.place.file, pin.component, pin.version, pin.digest?.value ?? null, to])
  hash.update(JSON.stringify([head, moved, policy]))
  for (const file of tree.files) {
    const own = byFile.get(file.path)
    hash.update(`\n${file.path}\n${own === undefined ? file.blob : blanked(file, own)}`)
  }
  return hash.digest('hex').slice(0, 32)
}

/** The documents of one file, each as text without its versions. */
function documents({ tree, pins }: Seen, path: string): readonly string[] {
  const file = tree.files.find(one => one.path === path)
  if (file === undefined) return []
  const own = pins.filter(({ place }) => place.file === path)
  return splitDocuments(blanked(file, own)).map(({ text }) => text.replace(/^---.*\n/, '').trim())
}

function values(text: string): readonly unknown[] {
  return splitDocuments(text).map(chunk => {
    const read = readYaml(chunk.text)
    return read.ok ? read.value : chunk.text
  })
}

/** What a pull request leaves of the default branch as it was, and what of ours stands in it. */
export type Compared = { readonly now: Seen; readonly fork: Seen; readonly head: Seen }

/** Whether every document of a text stands in a file of the head, however it is written. */
function stands({ head }: Compared, path: string, text: string): boolean {
  const file = head.tree.files.find(one => one.path === path)
  const there = file === undefined ? [] : values(file.text)
  return values(text).every(value => there.some(other => isDeepStrictEqual(value, other)))
}

/** Whether the document that a migration is about stands in the head as it was, but for its versions. */
function isUntouched({ now, fork, head }: Compared, { file, document }: Migration): boolean {
  const theirs = documents(head, file)
  const before = new Set(documents(fork, file))
  const own = documents(now, file)[document]
  return (own !== undefined && theirs.includes(own)) || (theirs.length > 0 && theirs.every(text => before.has(text)))
}

/** Whether what the migrations of a document make of it stands in the head. */
function isMade(all: readonly Migration[], compared: Compared, { file, document, after }: Migration): boolean {
  const last = all.findLast(one => one.mechanical && one.file === file && one.document === document)
  return stands(compared, file, last?.after ?? after)
}

/** The migrations of our plan that the pull request does not make; of those that a person has to make, the ones that it may have made. */
function migrations({ migrations: all }: Plan, compared: Compared): readonly LeftOut[] {
  return all.flatMap((migration): LeftOut[] => {
    const instead = !isUntouched(compared, migration)
    const isOpen = migration.mechanical ? !isMade(all, compared, migration) : instead
    return isOpen ? [{ kind: 'migration', migration, instead }] : []
  })
}

function key({ file, start }: Place): string {
  return `${file}\0${start}`
}

/** The edits of our plan that it does not make, beside those of the versions themselves: digests, lock files, charts that wrap another. */
function edits({ edits: all }: Plan, moves: readonly Shift[], { fork, head }: Compared): readonly LeftOut[] {
  const versions = new Set(moves.map(({ pin }) => key(pin.place)))
  const digests = new Map(moves.flatMap(({ pin, to }) => (pin.digest ? [[key(pin.digest.place), to.digest]] : [])))
  const blob = ({ tree }: Seen, path: string) => tree.files.find(file => file.path === path)?.blob
  return all.flatMap((edit): LeftOut[] => {
    const { place, from, to } = edit
    if (versions.has(key(place))) return []
    const digest = digests.get(key(place))
    if (digest !== undefined)
      return digest === to ? [] : [{ kind: 'edit', edit, instead: digest === from ? null : (digest ?? '') }]
    return blob(fork, place.file) === blob(head, place.file) ? [{ kind: 'edit', edit, instead: null }] : []
  })
}

/** What our own pull request would change and this one does not: migrations first, then edits. */
export function leftOut(plan: Plan, moves: readonly Shift[], compared: Compared): readonly LeftOut[] {
  return [...migrations(plan, compared), ...edits(plan, moves, compared)]
}
