import type { PullIssue } from '../pulls.ts'
import type { Pull, Repo, State } from '../state.ts'
import { association, label } from './issue.ts'
import { htmlUrl, repository, repoUrl } from './repository.ts'
import { nodeId, user } from './user.ts'

/** What only asking for one pull request answers, because it must be counted. */
export type Counted = {
  readonly mergeable: boolean | null
  readonly commits: number
  readonly additions: number
  readonly deletions: number
  readonly changedFiles: number
}

/** `pull-request-simple`: a pull request in lists. */
export function simplePull(state: State, repo: Repo, found: PullIssue) {
  const { pull, number } = found
  const links = linksOf(state, repo, number, pull.headSha)
  return {
    id: found.id,
    node_id: nodeId('PullRequest', found.id),
    ...links.urls,
    number,
    state: found.closed ? 'closed' : 'open',
    locked: false,
    title: found.title,
    body: found.body,
    user: user(state, found.user),
    labels: found.labels.map(one => label(state, repo, one)),
    milestone: null,
    active_lock_reason: null,
    created_at: found.createdAt,
    updated_at: found.updatedAt,
    closed_at: found.closed?.at ?? null,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [...pull.reviewers].map(one => user(state, one)),
    requested_teams: [],
    head: side(state, repo, pull, 'head'),
    base: side(state, repo, pull, 'base'),
    _links: links.named,
    author_association: association(repo, found.user),
    auto_merge: null,
    draft: pull.draft,
  }
}

/** `pull-request`: one pull request, with what had to be counted. */
export function fullPull(state: State, repo: Repo, found: PullIssue, counted: Counted) {
  const { pull } = found
  return {
    ...simplePull(state, repo, found),
    merged: pull.merged !== null,
    mergeable: counted.mergeable,
    rebaseable: counted.mergeable,
    mergeable_state: counted.mergeable === null ? 'unknown' : counted.mergeable ? 'clean' : 'dirty',
    merged_by: pull.merged ? user(state, pull.merged.by) : null,
    comments: [...repo.comments.values()].filter(comment => comment.issue === found).length,
    review_comments: 0,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: counted.commits,
    additions: counted.additions,
    deletions: counted.deletions,
    changed_files: counted.changedFiles,
  }
}

/** `pull-request-minimal`: how a check run names its pull requests. */
export function minimalPull(state: State, repo: Repo, { id, number, pull }: PullIssue) {
  const url = repoUrl(state, repo)
  const about = { id: repo.id, url, name: repo.name }
  return {
    id,
    number,
    url: `${url}/pulls/${number}`,
    head: { ref: pull.head, sha: pull.headSha, repo: about },
    base: { ref: pull.base, sha: pull.baseSha, repo: about },
  }
}

function side(state: State, repo: Repo, pull: Pull, which: 'head' | 'base') {
  const owner = (which === 'head' ? pull.fork : null) ?? repo.owner
  const here = repository(state, repo)
  const forked = { full_name: `${owner.login}/${repo.name}`, owner: user(state, owner), fork: true }
  return {
    label: `${owner.login}:${pull[which]}`,
    ref: pull[which],
    sha: which === 'head' ? pull.headSha : pull.baseSha,
    user: user(state, owner),
    repo: owner === repo.owner ? here : { ...here, ...forked },
  }
}

function linksOf(state: State, repo: Repo, number: number, sha: string) {
  const url = `${repoUrl(state, repo)}/pulls/${number}`
  const issue = `${repoUrl(state, repo)}/issues/${number}`
  const html = `${htmlUrl(state, repo)}/pull/${number}`
  const urls = {
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repoUrl(state, repo)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${repoUrl(state, repo)}/statuses/${sha}`,
  }
  const named = {
    self: { href: url },
    html: { href: html },
    issue: { href: issue },
    comments: { href: urls.comments_url },
    review_comments: { href: urls.review_comments_url },
    review_comment: { href: urls.review_comment_url },
    commits: { href: urls.commits_url },
    statuses: { href: urls.statuses_url },
  }
  return { urls, named }
}
