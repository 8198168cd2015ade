import type { Octokit } from '@octokit/rest'
import { type Comment, type Memory, NOTHING_SAID, type Permission, type Proposal } from '../../model.ts'
import { readMemory } from '../../report/memory.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import { isOurs } from '../git/signature.ts'
import type { ListedPull } from './github-review.ts'
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

/** Closed pull requests are looked through for refused versions this many pages (of 100) back. */
const CLOSED_PAGES = 3

/** A pull request of ours whose note was removed or damaged: known by its branch, and brought up to date by the next pass. */
const FORGOTTEN: Memory = NOTHING_SAID

function stateOf(pull: ListedPull): Proposal['state'] {
  if (pull.state === 'open') return 'open'
  return pull.merged_at ? 'merged' : 'closed'
}

async function firstHumanCommit(
  site: Site,
  mirror: Mirror,
  head: string | undefined,
): Promise<Proposal['humanCommit']> {
  if (head === undefined) return null
  const commit = await mirror.commit(head)
  return isOurs(site.key, commit) ? null : { sha: head, author: commit.author }
}

/** Every open pull request, and the past ones that changed last. */
export async function listPulls({ octokit, owner, name }: Site): Promise<readonly ListedPull[]> {
  const list = (state: 'open' | 'closed') => ({
    owner,
    repo: name,
    state,
    sort: 'updated' as const,
    direction: 'desc' as const,
    per_page: 100,
  })
  const open = await octokit.paginate(octokit.rest.pulls.list, list('open'))
  let pages = 0
  const closed = await octokit.paginate(octokit.rest.pulls.list, list('closed'), (response, done) => {
    if (++pages === CLOSED_PAGES) done()
    return response.data
  })
  return [...open, ...closed]
}

/** Our pull requests among those that are listed: opened by our login, from a `windlass/` branch of this very repository. */
export async function readProposals(
  site: Site,
  mirror: Mirror,
  remote: Remote,
  listed: readonly ListedPull[],
): Promise<readonly Proposal[]> {
  const { owner, name } = site
  const ours = listed.filter(
    pull =>
      pull.user?.login === site.login &&
      pull.head.ref.startsWith('windlass/') &&
      pull.head.repo?.full_name === `${owner}/${name}`,
  )
  return Promise.all(
    ours.map(async (pull): Promise<Proposal> => {
      const binding = { key: site.key, repository: `${owner}/${name}`, branch: pull.head.ref }
      const state = stateOf(pull)
      return {
        number: pull.number,
        branch: pull.head.ref,
        base: pull.base.ref,
        state,
        draft: pull.draft === true,
        title: pull.title,
        body: pull.body ?? '',
        labels: pull.labels.map(label => label.name),
        head: pull.head.sha,
        memory: readMemory(pull.body ?? '', binding) ?? FORGOTTEN,
        humanCommit: state === 'open' ? await firstHumanCommit(site, mirror, remote.heads.get(pull.head.ref)) : null,
        openedAt: pull.created_at,
        updatedAt: pull.updated_at,
        mergedAt: pull.merged_at,
        mergeCommit: pull.merged_at === null ? null : pull.merge_commit_sha,
        ci: { kind: 'none' },
      }
    }),
  )
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
