import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileChange, Looked, Tree } from '../../model.ts'
import { readChange } from './change.ts'
import { credentials, GitError, type GitOptions, git, gitLine } from './git.ts'
import { type Content, readChanges, readFiles } from './git-files.ts'
import type { SignedCommit } from './signature.ts'

/** What the remote has now: the default branch, its head, and the heads of our branches. */
export type Remote = {
  readonly defaultBranch: string
  readonly base: string
  readonly heads: ReadonlyMap<string, string>
}

/** A bare copy of one repository, so that reading costs no API call and a push costs only what it changed. */
export type Mirror = {
  /** Brings the copy up to date with the default branch and every `windlass/*` branch. */
  refresh(token: string): Promise<Remote>
  tree(commit: string): Promise<Tree>
  /** The head of another branch, brought into the copy; null when the remote has no such branch. */
  branch(name: string, token: string): Promise<string | null>
  /** The tree of any commit of the repository, fetched when it is not here. The next `tree` is still read from the one before. */
  treeOf(commit: string, token: string): Promise<Tree>
  commit(sha: string): Promise<SignedCommit & { readonly author: string }>
  /** What a commit changed relative to its first parent, with every file as it is at `base`; fetches the commit where it is missing. */
  change(sha: string, base: string, token: string): Promise<Looked<readonly FileChange[]>>
  /** The file mode of a path at a commit, `100644` when it is not there. */
  mode(commit: string, path: string): Promise<string>
}

function parseRemote(listing: string): Remote {
  const heads = new Map<string, string>()
  let defaultBranch = ''
  let base = ''
  for (const line of listing.split('\n')) {
    const [id = '', ref = ''] = line.split('\t')
    if (id.startsWith('ref: refs/heads/') && ref === 'HEAD') defaultBranch = id.slice('ref: refs/heads/'.length)
    else if (ref === 'HEAD') base = id
    else if (ref.startsWith('refs/heads/')) heads.set(ref.slice('refs/heads/'.length), id)
  }
  return { defaultBranch, base, heads }
}

const COMMIT = /^[0-9a-f]{40,64}$/

const FETCHED = ['+HEAD:refs/windlass/base', '+refs/heads/windlass/*:refs/heads/windlass/*']

/** What the copy holds: read after a fetch, because the remote may have moved between two questions. */
async function fetchedRefs(cwd: string): Promise<Pick<Remote, 'base' | 'heads'>> {
  const listing = await gitLine(['for-each-ref', '--format=%(objectname) %(refname)'], { cwd })
  const refs = new Map(listing.split('\n').map(line => [line.slice(line.indexOf(' ') + 1), line.split(' ')[0] ?? '']))
  const heads = [...refs].filter(([ref]) => ref.startsWith('refs/heads/'))
  return {
    base: refs.get('refs/windlass/base') ?? '',
    heads: new Map(heads.map(([ref, id]) => [ref.slice('refs/heads/'.length), id])),
  }
}

function isSame(a: Pick<Remote, 'base' | 'heads'>, b: Pick<Remote, 'base' | 'heads'>): boolean {
  return (
    a.base === b.base &&
    a.heads.size === b.heads.size &&
    [...a.heads].every(([branch, id]) => b.heads.get(branch) === id)
  )
}

/** What a commit holds, from the tree before where git still has it (a shallow copy drops what nothing leads to), else read as a whole. */
async function content(before: Tree | null, commit: string, options: GitOptions): Promise<Content> {
  if (before === null) return readFiles(commit, options, [])
  return readChanges(before, commit, options).catch(error => {
    if (error instanceof GitError) return readFiles(commit, options, before.files)
    throw error
  })
}

/** Opens (or creates) the mirror of `url` below `folder`. Errors of git travel as GitError. */
export async function openMirror(folder: string, name: string, url: string): Promise<Mirror> {
  const cwd = join(folder, `${name}.git`)
  await mkdir(cwd, { recursive: true })
  await git(['init', '--quiet', '--bare', '.'], { cwd })
  let last: Tree | null = null
  return {
    async refresh(token) {
      const env = credentials(url, token)
      const remote = parseRemote(
        await gitLine(['ls-remote', '--symref', url, 'HEAD', 'refs/heads/windlass/*'], { cwd, env }),
      )
      if (remote.base === '') throw new Error(`reading ${name}: the repository has no commit yet`)
      if (isSame(remote, await fetchedRefs(cwd))) return remote
      await git(['fetch', '--quiet', '--depth=1', '--no-tags', '--prune', '--no-write-fetch-head', url, ...FETCHED], {
        cwd,
        env,
      })
      return { defaultBranch: remote.defaultBranch, ...(await fetchedRefs(cwd)) }
    },
    async branch(name, token) {
      const env = credentials(url, token)
      const kept = `refs/windlass/branches/${name}`
      const found = await gitLine(['ls-remote', url, `refs/heads/${name}`], { cwd, env })
      if (found === '') return null
      await git(
        ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', url, `+refs/heads/${name}:${kept}`],
        { cwd, env },
      )
      return gitLine(['rev-parse', kept], { cwd })
    },
    async tree(commit) {
      if (last?.commit !== commit) last = { commit, ...(await content(last, commit, { cwd })) }
      return last
    },
    async treeOf(commit, token) {
      if (!COMMIT.test(commit))
        throw new GitError(`reading ${name}: ${JSON.stringify(commit)} is not the id of a commit`)
      const read = async () => (last?.commit === commit ? last : { commit, ...(await content(last, commit, { cwd })) })
      return read().catch(async error => {
        if (!(error instanceof GitError)) throw error
        const env = credentials(url, token)
        await git(['fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', url, commit], { cwd, env })
        return read()
      })
    },
    async commit(sha) {
      const text = (await git(['cat-file', 'commit', sha], { cwd })).toString('utf8')
      const split = text.indexOf('\n\n')
      const headers = text.slice(0, split).split('\n')
      const values = (key: string) => headers.filter(h => h.startsWith(`${key} `)).map(h => h.slice(key.length + 1))
      return {
        tree: values('tree')[0] ?? '',
        parents: values('parent'),
        author: values('author')[0]?.replace(/ <.*$/, '') ?? 'unknown',
        message: text.slice(split + 2),
      }
    },
    change(sha, base, token) {
      const env = credentials(url, token)
      return readChange(sha, base, { cwd }, async () => {
        await git(['fetch', '--quiet', '--depth=2', '--no-tags', '--no-write-fetch-head', url, sha], { cwd, env })
      })
    },
    async mode(commit, path) {
      return (await gitLine(['ls-tree', commit, '--', path], { cwd })).split(' ')[0] || '100644'
    },
  }
}
