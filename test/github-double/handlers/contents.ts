import { commitOf } from '../git.ts'
import { entryAt, listTree, readBlob, type TreeEntry } from '../git-trees.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { htmlUrl, repoUrl } from '../present/repository.ts'
import { notFound } from '../refusal.ts'
import { lined } from './git-data.ts'

/** Files and folders by path. */
export const contentHandlers: Handlers = {
  'repos/get-content': { auth: 'repo', needs: ['contents:read'], handle: getContent },
}

/** Above 1 MB GitHub leaves the content out. */
const LARGEST_INLINE = 1_048_576

async function getContent(call: RepoCall, input: Input<'repos', 'getContent'>): Promise<Answer> {
  const { repo } = call
  const ref = input.ref ?? repo.defaultBranch
  const commit = await commitOf(repo.dir, ref)
  if (commit === null) throw notFound(`No commit found for the ref ${ref}`)
  const path = input.path.replace(/\/$/, '')
  const entry = path === '' ? null : await entryAt(repo.dir, commit, path)
  if (path !== '' && entry === null) throw notFound()
  if (entry && entry.type !== 'tree') return { status: 200, body: await file(call, entry, ref) }
  const below = await listTree(repo.dir, path === '' ? commit : `${commit}:${path}`, false)
  return {
    status: 200,
    body: below.map(one => ({
      ...common(call, { ...one, path: path ? `${path}/${one.path}` : one.path }, ref),
      type: typeName(one),
    })),
  }
}

async function file(call: RepoCall, entry: TreeEntry, ref: string) {
  const bytes = await readBlob(call.repo.dir, entry.sha)
  const about = common(call, entry, ref)
  if (entry.mode === '120000') return { ...about, type: 'symlink', target: bytes.toString() }
  const inline = bytes.length <= LARGEST_INLINE
  return { ...about, type: 'file', content: inline ? lined(bytes) : '', encoding: inline ? 'base64' : 'none' }
}

function common({ state, repo }: RepoCall, entry: TreeEntry, ref: string) {
  const path = entry.path.split('/').map(encodeURIComponent).join('/')
  const isTree = entry.type === 'tree'
  const url = `${repoUrl(state, repo)}/contents/${path}?ref=${encodeURIComponent(ref)}`
  const gitUrl = `${repoUrl(state, repo)}/git/${entry.type}s/${entry.sha}`
  const html = `${htmlUrl(state, repo)}/${entry.type}/${ref}/${path}`
  return {
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: html,
    git_url: gitUrl,
    download_url: isTree ? null : `${htmlUrl(state, repo)}/raw/${ref}/${path}`,
    _links: { self: url, git: gitUrl, html },
  }
}

function typeName({ type, mode }: TreeEntry): string {
  return type === 'tree' ? 'dir' : mode === '120000' ? 'symlink' : 'file'
}
