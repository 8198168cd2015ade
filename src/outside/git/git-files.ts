import type { RepoFile, Skipped } from '../../model.ts'
import { GitError, type GitOptions, git, MAX_OUTPUT } from './git.ts'

/** Files of GitOps repositories that can hold versions, values or resources. */
export const READ = /\.(?:ya?ml|tf|tofu|tfvars|hcl|gotmpl|env)$|(?:^|\/)(?:Chart|requirements)\.lock$/i

/** Larger files are named and left out: no hand-written manifest is that long, and parsing is not free. */
export const MAX_FILE_BYTES = 5 * 1024 * 1024

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function isText(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}

/** The first line that is no UTF-8; no byte of a longer character looks like a line end. */
function firstBadLine(bytes: Uint8Array): number {
  for (let [start, line] = [0, 1]; ; line++) {
    const end = bytes.indexOf(10, start)
    if (end < 0 || !isText(bytes.subarray(start, end))) return line
    start = end + 1
  }
}

/** The text of a file with its byte order mark kept, or why it is left out. */
export function decode(path: string, bytes: Uint8Array): { text: string } | Skipped {
  try {
    return { text: strict.decode(bytes) }
  } catch {
    const [first = 0, second = 0] = bytes
    const mark = (first << 8) | second
    if (mark === 0xfffe || mark === 0xfeff)
      return { file: path, line: null, reason: 'is UTF-16 text, not UTF-8: not read' }
    return { file: path, line: firstBadLine(bytes), reason: 'is not UTF-8 text: not read' }
  }
}

export function tooLarge(path: string, bytes: number): Skipped {
  return { file: path, line: null, reason: `has ${bytes} bytes, more than ${MAX_FILE_BYTES}: not read` }
}

/** A file of a commit; `size` in bytes, null where git was not asked. */
export type Entry = { readonly blob: string; readonly size: number | null; readonly path: string }

/** The regular files of a commit that can hold versions. Symbolic links and submodules are not followed. */
async function listFiles(commit: string, options: GitOptions): Promise<readonly Entry[]> {
  const listing = (await git(['ls-tree', '-r', '-z', '-l', commit], options)).toString('utf8')
  return listing.split('\0').flatMap(row => {
    const [, blob = '', size = '', path = ''] = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(row) ?? []
    return READ.test(path) ? [{ blob, size: Number(size), path }] : []
  })
}

/** What is read of some files of a commit, each list in git's order of paths. */
export type Content = { readonly files: readonly RepoFile[]; readonly skipped: readonly Skipped[] }

function isTooLarge({ size }: Entry): boolean {
  return size !== null && size > MAX_FILE_BYTES
}

/** The contents of blobs through one `git cat-file --batch`, in their order. Throws GitError when they come to more than is ever read. */
export async function readBlobs(entries: readonly Entry[], options: GitOptions): Promise<Content> {
  const wanted = entries.filter(entry => !isTooLarge(entry))
  const input = wanted.map(({ blob }) => `${blob}\n`).join('')
  const maxOutput = Math.min(wanted.length * (MAX_FILE_BYTES + 100), MAX_OUTPUT)
  const answer = input === '' ? Buffer.alloc(0) : await git(['cat-file', '--batch'], { ...options, input, maxOutput })
  const files: RepoFile[] = []
  const skipped: Skipped[] = []
  let at = 0
  for (const entry of entries) {
    const { path, blob } = entry
    if (isTooLarge(entry)) {
      skipped.push(tooLarge(path, entry.size ?? 0))
      continue
    }
    const start = answer.indexOf(10, at) + 1
    const size = Number(/ blob (\d+)$/.exec(answer.toString('latin1', at, start - 1))?.[1])
    if (!(size >= 0)) throw new GitError(`git cat-file did not give the blob ${blob} of ${path}`)
    const content = size > MAX_FILE_BYTES ? tooLarge(path, size) : decode(path, answer.subarray(start, start + size))
    if ('text' in content) files.push({ path, blob, text: content.text })
    else skipped.push(content)
    at = start + size + 1
  }
  return { files, skipped }
}

/** Every file of a commit that can hold versions. Files of `known` that have not changed are given as they are, the same objects. */
export async function readFiles(commit: string, options: GitOptions, known: readonly RepoFile[]): Promise<Content> {
  const entries = await listFiles(commit, options)
  const before = new Map(known.map(file => [`${file.blob} ${file.path}`, file]))
  const kept = ({ blob, path }: Entry) => before.get(`${blob} ${path}`)
  const { files, skipped } = await readBlobs(
    entries.filter(entry => kept(entry) === undefined),
    options,
  )
  const read = new Map(files.map(file => [file.path, file]))
  return { files: entries.flatMap(entry => kept(entry) ?? read.get(entry.path) ?? []), skipped }
}

/** What differs between two commits, by path: the new file, or null for what is gone or is no regular file any more. */
async function changedFiles(from: string, to: string, options: GitOptions): Promise<ReadonlyMap<string, Entry | null>> {
  const listing = await git(['diff-tree', '-r', '-z', '--no-renames', '--raw', '--full-index', from, to], options)
  const fields = listing.toString('utf8').split('\0')
  const changed = new Map<string, Entry | null>()
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const path = fields[at + 1] ?? ''
    const [, blob] = /^:\d+ 100\d{3} [0-9a-f]+ ([0-9a-f]+) /.exec(fields[at] ?? '') ?? []
    if (READ.test(path)) changed.set(path, blob === undefined ? null : { blob, size: null, path })
  }
  return changed
}

/** git orders paths by their bytes, which is another order than that of strings only where both stand outside of ASCII. */
function isBefore(path: string): (other: string) => boolean {
  if (/^[\x20-\x7e]*$/.test(path)) return other => path < other
  const bytes = Buffer.from(path)
  return other => Buffer.compare(bytes, Buffer.from(other)) < 0
}

/** A list in order of paths, without those that have changed and with what takes their place. */
function spliced<T>(
  before: readonly T[],
  after: readonly T[],
  changed: ReadonlyMap<string, unknown>,
  pathOf: (item: T) => string,
): readonly T[] {
  const kept = before.filter(item => !changed.has(pathOf(item)))
  const whole: T[] = []
  let at = 0
  for (const item of after) {
    const isNext = isBefore(pathOf(item))
    for (let other = kept[at]; other !== undefined && !isNext(pathOf(other)); other = kept[++at]) whole.push(other)
    whole.push(item)
  }
  return whole.concat(kept.slice(at))
}

/**
 * Every file of a commit that can hold versions, from those of another commit and what differs between the two: unchanged files are the
 * same objects. Throws GitError when the other commit is not at hand any more.
 */
export async function readChanges(
  from: Content & { readonly commit: string },
  to: string,
  options: GitOptions,
): Promise<Content> {
  const changed = await changedFiles(from.commit, to, options)
  const { files, skipped } = await readBlobs(
    [...changed.values()].filter(entry => entry !== null),
    options,
  )
  return {
    files: spliced(from.files, files, changed, ({ path }) => path),
    skipped: spliced(from.skipped, skipped, changed, ({ file }) => file ?? ''),
  }
}
