import { countPull } from '../count.ts'
import { effect } from '../effect.ts'
import { commitsBetween } from '../git.ts'
import { changedFiles } from '../git-diff.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { checkBody, closeIssue } from '../issues.ts'
import { forkPoint, mergePull } from '../merge.ts'
import { pageOf, paginate } from '../pages.ts'
import { commit, fileChange } from '../present/commit.ts'
import { fullPull, simplePull } from '../present/pull.ts'
import { isPull, openPull, type PullIssue, reopenPull, retargetPull } from '../pulls.ts'
import { notFound, unprocessable } from '../refusal.ts'
import { roleOf, timestamp } from '../state.ts'

/** Pull requests. */
export const pullHandlers: Handlers = {
  'pulls/list': { auth: 'repo', needs: ['pull_requests:read'], handle: list },
  'pulls/create': { auth: 'repo', needs: ['pull_requests:write'], handle: create },
  'pulls/get': {
    auth: 'repo',
    needs: ['pull_requests:read'],
    handle: async (call, input) => answer(call, find(call, input)),
  },
  'pulls/update': { auth: 'repo', needs: ['pull_requests:write'], handle: update },
  'pulls/list-commits': { auth: 'repo', needs: ['pull_requests:read'], handle: listCommits },
  'pulls/list-files': { auth: 'repo', needs: ['pull_requests:read'], handle: listFiles },
  'pulls/request-reviewers': { auth: 'repo', needs: ['pull_requests:write'], handle: requestReviewers },
  'pulls/merge': { auth: 'repo', needs: ['contents:write'], handle: merge },
}

type Numbered = { readonly pull_number: number }

function list(call: RepoCall, input: Input<'pulls', 'list'>): Answer {
  const { repo, state } = call
  const wanted = input.state ?? 'open'
  const found = [...repo.issues.values()]
    .filter(isPull)
    .filter(issue => wanted === 'all' || (issue.closed ? 'closed' : 'open') === wanted)
    .filter(({ pull }) => input.base === undefined || pull.base === input.base)
    .filter(({ pull }) => isHead(repo.owner.login, pull.head, input.head))
  return pageOf(call, sorted(found, input), input, issue => simplePull(state, repo, issue))
}

/** Without `owner:` GitHub ignores the filter and lists every pull request: a trap worth keeping. */
function isHead(owner: string, branch: string, filter: string | undefined): boolean {
  return !filter?.includes(':') || filter === `${owner}:${branch}`
}

function sorted(found: PullIssue[], { sort = 'created', direction }: Input<'pulls', 'list'>): PullIssue[] {
  const key = (issue: PullIssue) => (sort === 'updated' ? issue.updatedAt : issue.createdAt)
  const ascending = found.sort((a, b) => key(a).localeCompare(key(b)) || a.number - b.number)
  return (direction ?? (sort === 'created' ? 'desc' : 'asc')) === 'desc' ? ascending.reverse() : ascending
}

async function create(call: RepoCall, input: Input<'pulls', 'create'>): Promise<Answer> {
  const { state, repo, by } = call
  if (input.title === undefined) throw unprocessable('the double does not turn issues into pull requests')
  const head = input.head.startsWith(`${repo.owner.login}:`)
    ? input.head.slice(repo.owner.login.length + 1)
    : input.head
  const issue = await openPull(state, repo, by, {
    title: input.title,
    head,
    fork: null,
    base: input.base,
    body: input.body ?? null,
    draft: input.draft ?? false,
    maintainerCanModify: input.maintainer_can_modify ?? false,
  })
  return { ...(await answer(call, issue)), status: 201 }
}

async function update(call: RepoCall, input: Input<'pulls', 'update'>): Promise<Answer> {
  const { state, repo, by } = call
  const issue = find(call, input)
  checkBody(input.body)
  const before = { title: issue.title, body: issue.body, base: issue.pull.base }
  if (input.base !== undefined && input.base !== issue.pull.base) await retargetPull(repo, issue, input.base)
  Object.assign(issue, { title: input.title ?? issue.title, body: input.body === undefined ? issue.body : input.body })
  const after = { title: issue.title, body: issue.body, base: issue.pull.base }
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    issue.updatedAt = timestamp(state)
    effect(state, repo, 'pull.update', by.user, { number: issue.number, before, after })
  }
  if (input.state === 'closed') closeIssue(state, repo, issue, by.user)
  if (input.state === 'open' && issue.closed) await reopenPull(state, repo, issue, by.user)
  return answer(call, issue)
}

async function listCommits(call: RepoCall, input: Input<'pulls', 'listCommits'>): Promise<Answer> {
  const { state, repo } = call
  const issue = find(call, input)
  const commits = await commitsBetween(repo.dir, await forkPoint(repo, issue), issue.pull.headSha)
  return pageOf(call, commits.slice(0, 250), input, one => commit(state, repo, one))
}

async function listFiles(call: RepoCall, input: Input<'pulls', 'listFiles'>): Promise<Answer> {
  const { state, repo } = call
  const issue = find(call, input)
  const files = await changedFiles(repo.dir, await forkPoint(repo, issue), issue.pull.headSha)
  const { items, headers } = paginate(call, files, input)
  return { status: 200, body: items.map(file => fileChange(state, repo, issue.pull.headSha, file)), headers }
}

function requestReviewers(call: RepoCall, input: Input<'pulls', 'requestReviewers'>): Answer {
  const { state, repo, by } = call
  const issue = find(call, input)
  const wanted = (input.reviewers ?? []).map(login => state.users.get(login.toLowerCase()))
  if (input.team_reviewers?.length) throw unprocessable('Could not resolve to a node with the given team slug.')
  for (const reviewer of wanted) {
    if (reviewer === issue.user) throw unprocessable('Review cannot be requested from pull request author.')
    if (!reviewer || !(repo.roles.has(reviewer.login.toLowerCase()) || roleOf(repo, reviewer) === 'admin'))
      throw unprocessable(
        'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.',
      )
    issue.pull.reviewers.add(reviewer)
  }
  effect(state, repo, 'review.request', by.user, { number: issue.number, reviewers: wanted.map(one => one?.login) })
  return { status: 201, body: simplePull(state, repo, issue) }
}

async function merge(call: RepoCall, input: Input<'pulls', 'merge'>): Promise<Answer> {
  const { state, repo, by } = call
  const sha = await mergePull(state, repo, find(call, input), by, {
    method: input.merge_method ?? 'merge',
    title: input.commit_title ?? null,
    message: input.commit_message ?? null,
    sha: input.sha ?? null,
  })
  return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } }
}

async function answer({ state, repo }: RepoCall, issue: PullIssue): Promise<Answer> {
  return { status: 200, body: fullPull(state, repo, issue, await countPull(repo, issue)) }
}

function find({ repo }: RepoCall, { pull_number }: Numbered): PullIssue {
  const issue = repo.issues.get(pull_number)
  if (!issue || !isPull(issue)) throw notFound()
  return issue
}
