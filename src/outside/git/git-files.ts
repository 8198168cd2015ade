import type { RepoFile, Skipped } from '../../model.ts'
import { type GitOptions, git } from './git.ts'

/** Files of GitOps repositories that can hold versions, values or resources. */
export const READ = /\.(?:ya?ml|tf|tofu|tfvars|hcl|gotmpl|env)$|(?:^|\/)(?:Chart|requirements)\.lock$/i

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

type Content = { readonly files: readonly RepoFile[]; readonly skipped: readonly Skipped[] }

/** The contents of blobs through one `git cat-file --batch`, in their order. */
async function readBlobs(entries: readonly Entry[], options: GitOptions): Promise<Content> {
  if (entries.length === 0) return { files: [], skipped: [] }
  const answer = await git(['cat-file', '--batch'], { ...options, input: entries.map(e => `${e.blob}\n`).join('') })
  const files: RepoFile[] = []
  const skipped: Skipped[] = []
  let at = 0
  for (const { path, blob, size } of entries) {
    const start = answer.indexOf(10, at) + 1
    const content = decode(path, answer.subarray(start, start + size))
    if ('text' in content) files.push({ path, blob, text: content.text })
    else skipped.push(content)
    at = start + size + 1
  }
  return { files, skipped }
}

/**
 * Every file of a commit that can hold versions. Files of `known` that have not changed are given as they are, the same objects,
 * so that reading costs what a push has changed and whatever was found out about a file can be kept beside it.
 */
export async function readFiles(commit: string, options: GitOptions, known: readonly RepoFile[]): Promise<Content> {
  const entries = (await listFiles(commit, options)).filter(({ path }) => READ.test(path))
  const large = entries.filter(({ size }) => size > MAX_FILE_BYTES)
  const before = new Map(known.map(file => [`${file.blob} ${file.path}`, file]))
  const kept = (entry: Entry) => before.get(`${entry.blob} ${entry.path}`)
  const changed = entries.filter(entry => entry.size <= MAX_FILE_BYTES && kept(entry) === undefined)
  const { files, skipped } = await readBlobs(changed, options)
  const read = new Map(files.map(file => [file.path, file]))
  return {
    files: entries.flatMap(entry => kept(entry) ?? read.get(entry.path) ?? []),
    skipped: [...large.map(({ path, size }) => tooLarge(path, size)), ...skipped],
  }
}
