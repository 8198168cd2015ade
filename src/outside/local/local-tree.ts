import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { RepoFile, Skipped, Tree } from '../../model.ts'
import { GitError, git, gitLine } from '../git/git.ts'
import { decode, MAX_FILE_BYTES, READ, tooLarge } from '../git/git-files.ts'
import { CheckoutError } from './checkout-error.ts'

/** How a folder stands to the checkout: through folders alone, by way of a link that stays inside, or elsewhere. */
type Standing = 'plain' | 'linked' | 'outside'

const NEVER_READ = new Set(['.git', 'node_modules', '.terraform'])

/** git's id of a blob. Cryptography is loaded when somebody asks: a scan does not. */
export function blobId(bytes: Uint8Array): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

async function* walk(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !NEVER_READ.has(entry.name)) yield* walk(path)
    else if (entry.isFile() && READ.test(entry.name)) yield path
  }
}

async function walked(root: string): Promise<string[]> {
  const found: string[] = []
  for await (const path of walk(root)) found.push(relative(root, path).split(sep).join('/'))
  return found
}

/** A folder that git ignores as a whole is a checkout of nothing: it is read as if git was not there. */
async function isIgnored(root: string): Promise<boolean> {
  return git(['check-ignore', '--quiet', '.'], { cwd: root }).then(
    () => true,
    () => false,
  )
}

/** The YAML files below `root`: those that git knows or would add, else (no checkout, no git) every one of them. */
async function paths(root: string): Promise<string[]> {
  try {
    const listing = await git(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
    const known = new Set(listing.toString('utf8').split('\0'))
    if (listing.length === 0 && (await isIgnored(root))) return walked(root)
    return [...known].filter(path => READ.test(path))
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    if (/not a git repository|could not be started/.test(error.message)) return walked(root)
    throw new CheckoutError(`reading ${root}: ${error.message}`)
  }
}

/** A folder and no link to one; one that may not be looked at is none. */
function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory()
  } catch {
    return false
  }
}

/**
 * Whether a folder, relative to `root`, really stands below it: a link in the middle of a path leads elsewhere. Remembers its answers,
 * so that each folder is asked about once; only behind a link is the whole path worked out.
 */
function insideOf(root: string): (folder: string) => boolean {
  const real = realpathSync(root)
  const known = new Map([['', 'plain' as Standing]])
  const look = (folder: string): Standing => {
    const path = join(root, folder)
    const above = standing(folder.slice(0, Math.max(0, folder.lastIndexOf('/'))))
    if (above === 'plain' && isFolder(path)) return 'plain'
    const target = existsSync(path) ? realpathSync(path) : ''
    return target === real || target.startsWith(real + sep) ? 'linked' : 'outside'
  }
  const standing = (folder: string): Standing => {
    const answer = known.get(folder) ?? look(folder)
    known.set(folder, answer)
    return answer
  }
  return folder => standing(folder) !== 'outside'
}

/** A regular file, opened without following a link; null for anything else, and for one that is gone. */
function openFile(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT' || code === 'ELOOP') return null
    throw error
  }
}

/** Every file is read into this one after the other; a byte more than may be read tells a file that has grown. */
let buffer: Buffer | null = null

function contents(descriptor: number): Buffer {
  buffer ??= Buffer.allocUnsafe(MAX_FILE_BYTES + 1)
  let length = 0
  for (let read = -1; read !== 0 && length < buffer.length; length += read)
    read = readSync(descriptor, buffer, length, buffer.length - length, null)
  return buffer.subarray(0, length)
}

function readOpened(descriptor: number, path: string): RepoFile | Skipped | null {
  const info = fstatSync(descriptor)
  if (!info.isFile()) return null
  if (info.size > MAX_FILE_BYTES) return tooLarge(path, info.size)
  const bytes = contents(descriptor)
  if (bytes.length > MAX_FILE_BYTES) return tooLarge(path, bytes.length)
  const content = decode(path, bytes)
  return 'text' in content ? localFile(path, content.text) : content
}

/** Few ask for the id of a blob, and the text gives its bytes back exactly: it was read strictly, with its byte order mark. */
function localFile(path: string, text: string): RepoFile {
  return {
    path,
    get blob() {
      return blobId(Buffer.from(text))
    },
    text,
  }
}

function readLocalFile(root: string, path: string): RepoFile | Skipped | null {
  let descriptor: number | null = null
  try {
    descriptor = openFile(`${root}${sep}${path}`)
    return descriptor === null ? null : readOpened(descriptor, path)
  } catch (error) {
    return { file: path, line: null, reason: `could not be read: ${error instanceof Error ? error.message : error}` }
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

/**
 * Reads the working tree as it stands, uncommitted changes included. Symbolic links are not followed. `commit` is the one that is
 * checked out, '' for those who have no use for it: asking git for it costs a process.
 * One file after the other and without waiting: the command line has nothing else to do, and 4,000 promises cost more than the reading.
 */
export async function readLocalTree(root: string, commit: string): Promise<Tree> {
  const files: RepoFile[] = []
  const skipped: Skipped[] = []
  const isInside = insideOf(root)
  for (const path of (await paths(root)).sort()) {
    if (!isInside(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) continue
    const file = readLocalFile(root, path)
    if (file === null) continue
    if ('text' in file) files.push(file)
    else skipped.push(file)
  }
  return { commit, files, skipped }
}

/** The commit that is checked out, '' when there is none. */
export async function headOf(root: string): Promise<string> {
  return gitLine(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: root }).catch(() => '')
}
