import type { RepoFile, Skipped } from '../model.ts'
import { type GitOptions, git } from './git.ts'

/** Files of GitOps repositories that can hold versions, values or resources. */
export const READ = /\.(ya?ml)$/i

/** Larger files are named and left out: no hand-written manifest is that long, and parsing is not free. */
export const MAX_FILE_BYTES = 5 * 1024 * 1024

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a file with its byte order mark kept, or why it is left out. */
export function decode(path: string, bytes: Uint8Array): { text: string } | Skipped {
  try {
    return { text: strict.decode(bytes) }
  } catch {
    return { file: path, line: null, reason: 'is not UTF-8 text: not read' }
  }
}

export function tooLarge(path: string, bytes: number): Skipped {
  return { file: path, line: null, reason: `has ${bytes} bytes, more than ${MAX_FILE_BYTES}: not read` }
}

type Entry = { readonly mode: string; readonly blob: string; readonly size: number; readonly path: string }

/** The regular files of a commit by path, with mode, blob id and size. Symbolic links and submodules are not followed. */
export async function listFiles(commit: string, options: GitOptions): Promise<readonly Entry[]> {
  const listing = (await git(['ls-tree', '-r', '-z', '-l', commit], options)).toString('utf8')
  return listing.split('\0').flatMap(row => {
    const [, mode = '', blob = '', size = '', path = ''] = /^(100\d{3}) blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(row) ?? []
    return path === '' ? [] : [{ mode, blob, size: Number(size), path }]
  })
}

/** Reads every YAML file of a commit through one `git cat-file --batch`. */
export async function readFiles(
  commit: string,
  options: GitOptions,
): Promise<{ files: RepoFile[]; skipped: Skipped[] }> {
  const entries = (await listFiles(commit, options)).filter(({ path }) => READ.test(path))
  const skipped: Skipped[] = entries.filter(({ size }) => size > MAX_FILE_BYTES).map(e => tooLarge(e.path, e.size))
  const wanted = entries.filter(({ size }) => size <= MAX_FILE_BYTES)
  const answer = await git(['cat-file', '--batch'], { ...options, input: wanted.map(e => `${e.blob}\n`).join('') })
  const files: RepoFile[] = []
  let at = 0
  for (const { path, blob, size } of wanted) {
    const start = answer.indexOf(10, at) + 1
    const content = decode(path, answer.subarray(start, start + size))
    if ('text' in content) files.push({ path, blob, text: content.text })
    else skipped.push(content)
    at = start + size + 1
  }
  return { files, skipped }
}
