import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Change, Looked, RepoFile, Tree } from '../../model.ts'
import type { World } from '../../world.ts'
import { GitError, gitLine } from '../git/git.ts'
import { readFiles } from '../git/git-files.ts'
import type { Services } from '../github/world-github.ts'
import { CheckoutError } from './checkout-error.ts'
import { commitBranch } from './local-branch.ts'
import { blobId, headOf, readLocalTree } from './local-tree.ts'

/** Reads the commit that is checked out, so that a branch made from it holds nothing that was not committed. */
export async function readCommittedTree(root: string): Promise<Tree> {
  const commit = await headOf(root)
  if (commit === '')
    throw new CheckoutError(`committing a branch: ${root} is no git checkout with a commit; use --write`)
  return { commit, ...(await readFiles(commit, { cwd: root }, [])) }
}

/** Another branch of the checkout, as it was fetched last when there is no local one. */
async function readBranch(root: string, name: string): Promise<Looked<Tree>> {
  for (const ref of [`refs/heads/${name}`, `refs/remotes/origin/${name}`]) {
    const commit = await gitLine(['rev-parse', '--verify', '--quiet', ref], { cwd: root }).catch(() => null)
    if (commit) return { ok: true, value: { commit, ...(await readFiles(commit, { cwd: root }, [])) } }
  }
  return { ok: false, reason: `${root} has no branch ${name}, nor origin/${name}`, retry: false }
}

/** The id of the commit that a name stands for in a checkout. Throws CheckoutError when it stands for none. */
async function commitOf(root: string, name: string): Promise<string> {
  return gitLine(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], { cwd: root }).catch(
    error => {
      if (!(error instanceof GitError)) throw error
      throw new CheckoutError(
        `reading ${name}: no such commit in ${root}; fetch it first, or write it as \`git log\` takes it`,
      )
    },
  )
}

/**
 * Two commits of a checkout and the one that both were made from, as trees; the files that stand in the checkout are not looked at.
 * Throws CheckoutError when one of them is not there, or they have nothing in common.
 */
export async function readChange(root: string, base: string, head: string): Promise<Change & { readonly base: Tree }> {
  const [ours, theirs] = [await commitOf(root, base), await commitOf(root, head)]
  const fork = await gitLine(['merge-base', ours, theirs], { cwd: root }).catch(error => {
    if (!(error instanceof GitError)) throw error
    throw new CheckoutError(
      `comparing ${base} and ${head}: they have no common commit in ${root}; a shallow clone needs \`git fetch --unshallow\``,
    )
  })
  const tree = async (commit: string, known: Tree['files']): Promise<Tree> => ({
    commit,
    ...(await readFiles(commit, { cwd: root }, known)),
  })
  const at = await tree(ours, [])
  return { base: at, fork: fork === ours ? at : await tree(fork, at.files), head: await tree(theirs, at.files) }
}

/** What of a checkout is looked at: the files as they stand, or the commit that is checked out. */
export type Reading = 'files' | 'commit'

/** A local checkout behind the same port as GitHub. Branches are committed without touching the working tree. */
export async function openLocalWorld(root: string, services: Services, reading: Reading): Promise<World> {
  return {
    ...services,
    tree: () =>
      reading === 'commit' ? readCommittedTree(root) : headOf(root).then(commit => readLocalTree(root, commit)),
    branch: name => readBranch(root, name),
    proposals: async () => [],
    ourBranches: async () => [],
    change: async () => ({ ok: false, reason: 'a local checkout has no pull requests', retry: false }),
    comments: async () => [],
    bumps: async () => [],
    changeOf: async () => ({ ok: false, reason: 'a local checkout has no pull requests', retry: false }),
    reviewed: async () => null,
    reviews: new Map(),
    dashboard: async () => null,
    signals: async () => [],
    since: async () => services.now().toISOString(),
    reporter: async (_environment, _name, by) => by,
    woken: new Set(),
    async perform(action) {
      if (action.do !== 'open') throw new Error(`a local checkout has no pull requests: cannot ${action.do}`)
      await commitBranch(root, action)
      return null
    },
  }
}

/** Writes edited files into the working tree, all or none; throws CheckoutError when one has changed since it was read. */
export async function writeEdits(root: string, before: readonly RepoFile[], edited: ReadonlyMap<string, string>) {
  const blobs = new Map(before.map(({ path, blob }) => [path, blob]))
  for (const path of edited.keys()) {
    const bytes = await readFile(join(root, path)).catch(() => null)
    if (bytes === null || blobId(bytes) !== blobs.get(path))
      throw new CheckoutError(
        `writing ${path}: the file has changed since it was read. Nothing was written; run it again`,
      )
  }
  for (const [path, text] of edited) await writeFile(join(root, path), text)
}

/** Writes the body of a pull request as Markdown; returns the file. */
export async function writeBody(folder: string, branch: string, title: string, body: string): Promise<string> {
  const file = join(folder, `${branch.replace(/^windlass\//, '').replaceAll('/', '--')}.md`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `# ${title}\n\n${body}\n`)
  return file
}
