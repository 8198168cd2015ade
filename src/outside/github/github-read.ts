import type { Octokit } from '@octokit/rest'
import type { Comment, Permission, Proposal } from '../../model.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import { isOurs } from '../git/signature.ts'
import { hasStatus } from './http-status.ts'

/** One repository of one installation, and who we are there. */
export type Site = {
  readonly octokit: Octokit
  readonly owner: string
  readonly name: string
  /** Our login in this installation, `windlass[bot]`. */
  readonly login: string
  /** Signs commits and memories. */
  readonly key: string
}

/** Branches that look like ours and whose last commit is somebody else's. They are never adopted. */
export async function readForeignBranches(site: Site, mirror: Mirror, remote: Remote): Promise<ReadonlySet<string>> {
  const foreign = new Set<string>()
  for (const [branch, head] of remote.heads) {
    if (!isOurs(site.key, await mirror.commit(head))) foreign.add(branch)
  }
  return foreign
}

/** GitHub's roles that we tell apart; a custom role counts as the base permission that GitHub names beside it. */
const ROLES: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read', 'none']

const REPLY = /<!-- windlass:reply (\d+) -->/g

/** The hidden line of a reply, by which a later pass knows that a comment was answered. */
export function replyMarker(comment: number): string {
  return `<!-- windlass:reply ${comment} -->`
}

/** The permission as GitHub knows it now; `none` for somebody GitHub does not know (any more). */
async function permissionOf({ octokit, owner, name }: Site, username: string): Promise<Permission> {
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo: name, username })
    return ROLES.find(role => role === data.role_name) ?? ROLES.find(role => role === data.permission) ?? 'none'
  } catch (error) {
    if (hasStatus(error, 404)) return 'none'
    throw error
  }
}

/** Comments of people on our open pull requests that mention us and have no answer yet; permissions are looked up live. */
export async function readComments(site: Site, open: readonly Proposal[]): Promise<readonly Comment[]> {
  if (open.length === 0) return []
  const { octokit, owner, name } = site
  const numbers = new Set(open.map(({ number }) => number))
  const all = (
    await octokit.paginate(octokit.rest.issues.listCommentsForRepo, {
      owner,
      repo: name,
      sort: 'created',
      direction: 'asc',
      per_page: 100,
    })
  ).filter(comment => numbers.has(Number(comment.issue_url.split('/').at(-1))))
  const answered = new Set(
    all
      .filter(comment => comment.user?.login === site.login)
      .flatMap(comment => [...(comment.body ?? '').matchAll(REPLY)].map(match => Number(match[1]))),
  )
  const waiting = all.filter(
    comment => comment.user?.type === 'User' && !answered.has(comment.id) && /[/@]windlass\b/i.test(comment.body ?? ''),
  )
  const comments: Comment[] = []
  for (const comment of waiting) {
    const author = comment.user?.login ?? ''
    comments.push({
      id: comment.id,
      number: Number(comment.issue_url.split('/').at(-1)),
      author,
      body: comment.body ?? '',
      at: comment.created_at,
      edited: comment.updated_at !== comment.created_at,
      teams: [],
      permission: await permissionOf(site, author),
    })
  }
  return comments
}
