import { createHash } from 'node:crypto'

/** A file of a tree. */
export type Entry = { readonly mode: string; readonly text: string }

/** Everything at one moment, by path. */
export type Files = ReadonlyMap<string, Entry>

/** A commit; `by` is the login of whoever made the object, which nobody can forge. */
export type StoredCommit = {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly author: string
  /** ISO 8601, part of the id: the same content a second later is another commit. */
  readonly at: string
  readonly by: string
}

/** The git objects of one repository, in memory. Ids are sha1 of the content, as in git, though not git's own. */
export type Objects = {
  putTree(files: Files): string
  putCommit(commit: Omit<StoredCommit, 'sha'>): StoredCommit
  tree(id: string): Files | null
  commit(sha: string): StoredCommit | null
  /** The files of a commit that exists. */
  filesOf(sha: string): Files
  /** A commit and everything before it. */
  history(sha: string): ReadonlySet<string>
}

/** The id of a blob, and of anything else. */
export function idOf(...parts: readonly string[]): string {
  return createHash('sha1').update(parts.join('\0')).digest('hex')
}

/** An empty store of objects. */
export function createObjects(): Objects {
  const trees = new Map<string, Files>()
  const commits = new Map<string, StoredCommit>()
  const known = (sha: string) => {
    const commit = commits.get(sha)
    if (!commit) throw new Error(`no commit ${sha}`)
    return commit
  }
  return {
    putTree(files) {
      const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))
      const id = idOf('tree', ...sorted.flatMap(([path, { mode, text }]) => [path, mode, text]))
      trees.set(id, new Map(sorted))
      return id
    },
    putCommit(commit) {
      const { tree, parents, message, author, at } = commit
      const sha = idOf('commit', tree, author, at, message, ...parents)
      const stored = commits.get(sha) ?? { sha, ...commit }
      commits.set(sha, stored)
      return stored
    },
    tree: id => trees.get(id) ?? null,
    commit: sha => commits.get(sha) ?? null,
    filesOf: sha => trees.get(known(sha).tree) ?? new Map(),
    history(sha) {
      const seen = new Set<string>()
      const open = [sha]
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (seen.has(next)) continue
        seen.add(next)
        open.push(...known(next).parents)
      }
      return seen
    },
  }
}
