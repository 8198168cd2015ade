import { type Person, readCommit, resolve, typeOf, writeCommit } from '../git.ts'
import { entryAt, listTree, readBlob, type TreeChange, type TreeEntry, writeBlob, writeTree } from '../git-trees.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { gitCommit, noreply, webFlow } from '../present/commit.ts'
import { repoUrl } from '../present/repository.ts'
import { nodeId } from '../present/user.ts'
import { notFound, unprocessable } from '../refusal.ts'
import { type Repo, type State, timestamp } from '../state.ts'

/** Blobs, trees and commits, all in the real bare repository. */
export const gitDataHandlers: Handlers = {
  'git/create-blob': { auth: 'repo', needs: ['contents:write'], handle: createBlob },
  'git/get-blob': { auth: 'repo', needs: ['contents:read'], handle: getBlob },
  'git/create-tree': { auth: 'repo', needs: ['contents:write'], handle: createTree },
  'git/get-tree': { auth: 'repo', needs: ['contents:read'], handle: getTree },
  'git/create-commit': { auth: 'repo', needs: ['contents:write'], handle: createCommit },
  'git/get-commit': { auth: 'repo', needs: ['contents:read'], handle: getCommit },
}

async function createBlob({ state, repo }: RepoCall, input: Input<'git', 'createBlob'>): Promise<Answer> {
  const sha = await writeBlob(repo.dir, Buffer.from(input.content, input.encoding === 'base64' ? 'base64' : 'utf8'))
  return { status: 201, body: { sha, url: `${repoUrl(state, repo)}/git/blobs/${sha}` } }
}

async function getBlob({ state, repo }: RepoCall, { file_sha: sha }: Input<'git', 'getBlob'>): Promise<Answer> {
  if ((await typeOf(repo.dir, sha)) !== 'blob') throw notFound()
  const bytes = await readBlob(repo.dir, sha)
  const body = {
    sha,
    node_id: nodeId('Blob', sha),
    size: bytes.length,
    url: `${repoUrl(state, repo)}/git/blobs/${sha}`,
    content: lined(bytes),
    encoding: 'base64',
  }
  return { status: 200, body }
}

async function createTree({ state, repo }: RepoCall, input: Input<'git', 'createTree'>): Promise<Answer> {
  const base = input.base_tree === undefined ? null : await resolve(repo.dir, input.base_tree, 'tree')
  if (input.base_tree !== undefined && base === null) throw unprocessable('base_tree is not a valid tree')
  const changes = await Promise.all(input.tree.map(entry => changeOf(repo, base, entry)))
  const sha = await writeTree(repo.dir, base, changes)
  return { status: 201, body: tree(state, repo, sha, await listTree(repo.dir, sha, false)) }
}

async function changeOf(
  repo: Repo,
  base: string | null,
  { path = '', mode = '100644', sha, content }: Input<'git', 'createTree'>['tree'][number],
): Promise<TreeChange> {
  if (path.split('/').some(part => ['', '.', '..', '.git'].includes(part)))
    throw unprocessable('tree.path contains a malformed path component')
  if (mode === '040000' || mode === '160000')
    throw new Error(`the double does not take tree entries of mode ${mode} yet`)
  if (content !== undefined && sha === undefined) return { path, mode, sha: await writeBlob(repo.dir, content) }
  if (sha === null) {
    if (base === null || (await entryAt(repo.dir, base, path)) === null) throw unprocessable('GitRPC::BadObjectState')
    return { path, mode, sha }
  }
  if (sha === undefined || (await typeOf(repo.dir, sha)) !== 'blob')
    throw unprocessable(`tree.sha ${sha} is not a valid blob`)
  return { path, mode, sha }
}

async function getTree({ state, repo }: RepoCall, input: Input<'git', 'getTree'>): Promise<Answer> {
  const sha =
    (await resolve(repo.dir, input.tree_sha, 'tree')) ??
    (await resolve(repo.dir, `refs/heads/${input.tree_sha}`, 'tree'))
  if (sha === null) throw notFound()
  // GitHub takes any value of `recursive` for yes, "0" and "false" too.
  return { status: 200, body: tree(state, repo, sha, await listTree(repo.dir, sha, input.recursive !== undefined)) }
}

async function createCommit({ state, repo, by }: RepoCall, input: Input<'git', 'createCommit'>): Promise<Answer> {
  const parents = input.parents ?? []
  if ((await typeOf(repo.dir, input.tree)) !== 'tree') throw unprocessable('Tree SHA does not exist')
  for (const parent of parents)
    if ((await typeOf(repo.dir, parent)) !== 'commit')
      throw unprocessable('Parent SHA does not exist or is not a commit object')
  const date = timestamp(state)
  const self: Person = { name: by.user.login, email: noreply(by.user), date }
  const given = input.author && { ...input.author, date: input.author.date ?? date }
  const author = given ?? self
  // An app that names nobody gets GitHub itself as committer, and GitHub's signature.
  const committer = input.committer ? { ...author, ...input.committer } : (given ?? { ...webFlow, date })
  const sha = await writeCommit(repo.dir, { tree: input.tree, parents, author, committer, message: input.message })
  return { status: 201, body: gitCommit(state, repo, await readCommit(repo.dir, sha)) }
}

async function getCommit({ state, repo }: RepoCall, { commit_sha: sha }: Input<'git', 'getCommit'>): Promise<Answer> {
  if ((await typeOf(repo.dir, sha)) !== 'commit') throw notFound()
  return { status: 200, body: gitCommit(state, repo, await readCommit(repo.dir, sha)) }
}

function tree(state: State, repo: Repo, sha: string, entries: readonly TreeEntry[]) {
  const url = `${repoUrl(state, repo)}/git`
  return {
    sha,
    url: `${url}/trees/${sha}`,
    truncated: false,
    tree: entries.map(({ size, ...entry }) => ({
      ...entry,
      ...(size === null ? {} : { size }),
      url: `${url}/${entry.type}s/${entry.sha}`,
    })),
  }
}

/** Base64 broken into lines of 60, as GitHub sends it. */
export function lined(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll(/.{1,60}/g, '$&\n')
}
