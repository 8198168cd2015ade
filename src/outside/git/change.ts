import type { FileChange, Looked } from '../../model.ts'
import { GitError, type GitOptions, git, gitLine } from './git.ts'
import { type Entry, readBlobs } from './git-files.ts'

/** A change of more files than this is not looked at: no pull request of ours has so many. */
const MAX_FILES = 200

/** A path of a change with the ids of its blob before and after; null where there is no file. */
type Changed = { readonly path: string; readonly before: string | null; readonly after: string | null }

const NOT_SEEN = { ok: false, retry: false } as const

/** The parent that a commit was made on, or merged into, null for the first one. Grafts of a shallow copy do not hide it. */
async function firstParent(commit: string, options: GitOptions): Promise<string | null> {
  const text = await gitLine(['cat-file', 'commit', commit], options)
  return /^parent ([0-9a-f]{40,64})$/m.exec(text.slice(0, text.indexOf('\n\n')))?.[1] ?? null
}

/** Whether a copy holds a commit and the one that it was made on. */
async function isAtHand(commit: string, options: GitOptions): Promise<boolean> {
  try {
    const parent = await firstParent(commit, options)
    if (parent !== null) await git(['cat-file', '-e', `${parent}^{tree}`], options)
    return true
  } catch (error) {
    if (error instanceof GitError) return false
    throw error
  }
}

/** What differs between two commits, by path; null when something that is no regular file has changed. */
async function changedPaths(from: string, to: string, options: GitOptions): Promise<readonly Changed[] | null> {
  const raw = await git(['diff-tree', '-r', '-z', '--no-renames', '--raw', '--full-index', from, to], options)
  const fields = raw.toString('utf8').split('\0')
  const changed: Changed[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, modes = '', before = '', after = ''] =
      /^:(\d{6} \d{6}) ([0-9a-f]+) ([0-9a-f]+) /.exec(fields[at] ?? '') ?? []
    if (!/^(?:100\d{3}|000000) (?:100\d{3}|000000)$/.test(modes)) return null
    const idOf = (id: string) => (/^0+$/.test(id) ? null : id)
    changed.push({ path: fields[at + 1] ?? '', before: idOf(before), after: idOf(after) })
  }
  return changed
}

/** The blobs of some paths at a commit. */
async function blobsAt(
  commit: string,
  paths: readonly string[],
  options: GitOptions,
): Promise<ReadonlyMap<string, string>> {
  const env = { ...options.env, GIT_LITERAL_PATHSPECS: '1' }
  const listing = (await git(['ls-tree', '-z', commit, '--', ...paths], { ...options, env })).toString('utf8')
  const rows = listing.split('\0').flatMap((row): [string, string][] => {
    const [, blob, path] = /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(row) ?? []
    return blob === undefined || path === undefined ? [] : [[path, blob]]
  })
  return new Map(rows)
}

/**
 * What a commit changed relative to its first parent, with every file as it is at `base` now. `fetch` brings the commit and its parents
 * into the copy where they are missing. Errors of git travel as GitError.
 */
export async function readChange(
  commit: string,
  base: string,
  options: GitOptions,
  fetch: () => Promise<void>,
): Promise<Looked<readonly FileChange[]>> {
  if (!(await isAtHand(commit, options))) await fetch()
  const parent = await firstParent(commit, options)
  if (parent === null) return { ...NOT_SEEN, reason: 'it is the first commit of the repository' }
  const changed = await changedPaths(parent, commit, options)
  if (changed === null) return { ...NOT_SEEN, reason: 'it changes links or submodules as well' }
  if (changed.length > MAX_FILES) return { ...NOT_SEEN, reason: `it changes ${changed.length} files` }
  const paths = changed.map(({ path }) => path)
  const now = paths.length === 0 ? new Map<string, string>() : await blobsAt(base, paths, options)
  const asked = changed.flatMap(({ path, before, after }): Entry[] =>
    [before, after, now.get(path) ?? null].flatMap(blob => (blob === null ? [] : { blob, size: null, path })),
  )
  const { files, skipped } = await readBlobs(asked, options)
  const [bad] = skipped
  if (bad) return { ...NOT_SEEN, reason: `${bad.file} ${bad.reason}` }
  const texts = new Map(files.map(({ blob, text }) => [blob, text]))
  const textOf = (blob: string | null | undefined) => (blob == null ? null : (texts.get(blob) ?? null))
  return {
    ok: true,
    value: changed.map(({ path, before, after }) => ({
      path,
      before: textOf(before),
      after: textOf(after),
      now: textOf(now.get(path)),
    })),
  }
}
