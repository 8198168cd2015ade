import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { git, tryGit } from './git.ts'

/** One entry of a tree; `size` in bytes for blobs, null otherwise. */
export type TreeEntry = {
  readonly mode: string
  readonly type: string
  readonly sha: string
  readonly size: number | null
  readonly path: string
}

/** One change to a tree: a blob at a path, or nothing there any more. */
export type TreeChange = { readonly path: string; readonly mode: string; readonly sha: string | null }

/** Entries of a tree in git's order; `recursive` lists subtrees and everything below them. */
export async function listTree(dir: string, tree: string, recursive: boolean): Promise<TreeEntry[]> {
  const out = await git(dir, ['ls-tree', '-l', '-z', ...(recursive ? ['-r', '-t'] : []), tree])
  return out.toString().split('\0').filter(Boolean).map(parseEntry)
}

/** The entry at a path of a commit or tree, or null. */
export async function entryAt(dir: string, treeish: string, path: string): Promise<TreeEntry | null> {
  const out = await tryGit(dir, ['--literal-pathspecs', 'ls-tree', '-l', '-z', treeish, '--', path])
  const line = out?.toString().split('\0')[0]
  return line ? parseEntry(line) : null
}

/** Bytes of a blob. */
export function readBlob(dir: string, sha: string): Promise<Buffer> {
  return git(dir, ['cat-file', 'blob', sha])
}

/** Stores a blob, returns its id. */
export async function writeBlob(dir: string, content: string | Uint8Array): Promise<string> {
  return (await git(dir, ['hash-object', '-w', '--stdin'], content)).toString().trim()
}

/** Stores the tree that `base` becomes by the changes (null: the empty tree), returns its id. */
export async function writeTree(dir: string, base: string | null, changes: readonly TreeChange[]): Promise<string> {
  const scratch = await mkdtemp(join(dir, 'index-'))
  const env = { GIT_INDEX_FILE: join(scratch, 'index') }
  try {
    if (base !== null) await git(dir, ['read-tree', base], '', env)
    const lines = changes.map(({ path, mode, sha }) =>
      sha === null ? `0 ${'0'.repeat(40)}\t${path}` : `${mode} ${sha}\t${path}`,
    )
    await git(dir, ['update-index', '-z', '--replace', '--index-info'], lines.map(line => `${line}\0`).join(''), env)
    return (await git(dir, ['write-tree'], '', env)).toString().trim()
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function parseEntry(line: string): TreeEntry {
  const tab = line.indexOf('\t')
  const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/)
  return { mode, type, sha, size: size === '-' ? null : Number(size), path: line.slice(tab + 1) }
}
