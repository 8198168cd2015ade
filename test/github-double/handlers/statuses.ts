import { effect } from '../effect.ts'
import { commitOf } from '../git.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { pageOf, paginate } from '../pages.ts'
import { commitStatus, simpleStatus } from '../present/check.ts'
import { repository, repoUrl } from '../present/repository.ts'
import { notFound, unprocessable } from '../refusal.ts'
import { type Status, timestamp } from '../state.ts'

/** Commit statuses. */
export const statusHandlers: Handlers = {
  'repos/create-commit-status': { auth: 'repo', needs: ['statuses:write'], handle: create },
  'repos/list-commit-statuses-for-ref': { auth: 'repo', needs: ['statuses:read'], handle: list },
  'repos/get-combined-status-for-ref': { auth: 'repo', needs: ['statuses:read'], handle: combined },
}

async function create({ state, repo, by }: RepoCall, input: Input<'repos', 'createCommitStatus'>): Promise<Answer> {
  if ((await commitOf(repo.dir, input.sha)) !== input.sha) throw unprocessable(`No commit found for SHA: ${input.sha}`)
  const status: Status = {
    id: state.nextId(),
    sha: input.sha,
    state: input.state,
    context: input.context ?? 'default',
    description: input.description ?? null,
    targetUrl: input.target_url ?? null,
    creator: by.user,
    createdAt: timestamp(state),
  }
  repo.statuses.push(status)
  effect(state, repo, 'status.create', by.user, { sha: status.sha, context: status.context, state: status.state })
  return { status: 201, body: commitStatus(state, repo, status) }
}

async function list(call: RepoCall, input: Input<'repos', 'listCommitStatusesForRef'>): Promise<Answer> {
  const { all } = await newestFirst(call, input.ref)
  return pageOf(call, all, input, one => commitStatus(call.state, call.repo, one))
}

async function combined(call: RepoCall, input: Input<'repos', 'getCombinedStatusForRef'>): Promise<Answer> {
  const { state, repo } = call
  const { sha, all } = await newestFirst(call, input.ref)
  const latest = all.filter((one, i) => !all.slice(0, i).some(newer => newer.context === one.context))
  const { items, headers } = paginate(call, latest, input)
  const body = {
    state: worst(latest),
    statuses: items.map(one => simpleStatus(state, repo, one)),
    sha,
    total_count: latest.length,
    repository: repository(state, repo),
    commit_url: `${repoUrl(state, repo)}/commits/${sha}`,
    url: `${repoUrl(state, repo)}/commits/${sha}/status`,
  }
  return { status: 200, body, headers }
}

async function newestFirst({ repo }: RepoCall, ref: string): Promise<{ sha: string; all: Status[] }> {
  const sha = await commitOf(repo.dir, ref)
  if (sha === null) throw notFound()
  return { sha, all: repo.statuses.filter(one => one.sha === sha).reverse() }
}

/** `pending` when there is none or one is; `failure` also for errors. */
function worst(latest: readonly Status[]): string {
  if (latest.some(one => one.state === 'failure' || one.state === 'error')) return 'failure'
  return latest.length > 0 && latest.every(one => one.state === 'success') ? 'success' : 'pending'
}
