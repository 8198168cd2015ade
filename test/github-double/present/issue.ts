import type { Comment, Issue, Label, Reaction, Repo, State, User } from '../state.ts'
import { roleOf } from '../state.ts'
import { app } from './app.ts'
import { htmlUrl, repoUrl } from './repository.ts'
import { nodeId, user } from './user.ts'

const REACTIONS = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes']

/** `label`. */
export function label(state: State, repo: Repo, { id, name, color, description }: Label) {
  return {
    id,
    node_id: nodeId('Label', id),
    url: `${repoUrl(state, repo)}/labels/${encodeURIComponent(name)}`,
    name,
    description,
    color,
    default: false,
  }
}

/** `issue`: also how the issues API shows a pull request. */
export function issue(state: State, repo: Repo, found: Issue) {
  const url = `${repoUrl(state, repo)}/issues/${found.number}`
  return {
    id: found.id,
    node_id: nodeId('Issue', found.id),
    url,
    repository_url: repoUrl(state, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: issueHtml(state, repo, found),
    number: found.number,
    state: found.closed ? 'closed' : 'open',
    state_reason: found.closed?.reason ?? null,
    title: found.title,
    body: found.body,
    user: user(state, found.user),
    labels: found.labels.map(one => label(state, repo, one)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: [...repo.comments.values()].filter(comment => comment.issue === found).length,
    created_at: found.createdAt,
    updated_at: found.updatedAt,
    closed_at: found.closed?.at ?? null,
    author_association: association(repo, found.user),
    performed_via_github_app: found.app ? app(state, found.app) : null,
    reactions: rollup(url, []),
    ...(found.pull ? { draft: found.pull.draft, pull_request: pullLinks(state, repo, found) } : {}),
  }
}

/** `issue-comment`. */
export function comment(state: State, repo: Repo, found: Comment) {
  const url = `${repoUrl(state, repo)}/issues/comments/${found.id}`
  return {
    id: found.id,
    node_id: nodeId('IssueComment', found.id),
    url,
    html_url: `${issueHtml(state, repo, found.issue)}#issuecomment-${found.id}`,
    issue_url: `${repoUrl(state, repo)}/issues/${found.issue.number}`,
    body: found.body,
    user: user(state, found.user),
    created_at: found.createdAt,
    updated_at: found.updatedAt,
    author_association: association(repo, found.user),
    performed_via_github_app: found.app ? app(state, found.app) : null,
    reactions: rollup(url, found.reactions),
  }
}

/** `reaction`. */
export function reaction(state: State, { id, user: by, content, createdAt }: Reaction) {
  return { id, node_id: nodeId('Reaction', id), user: user(state, by), content, created_at: createdAt }
}

/** How an account belongs to a repository. Bots are never members. */
export function association(repo: Repo, account: User): string {
  if (account === repo.owner) return 'OWNER'
  return ['write', 'maintain', 'admin'].includes(roleOf(repo, account)) && account.type === 'User'
    ? 'COLLABORATOR'
    : 'NONE'
}

function issueHtml(state: State, repo: Repo, { pull, number }: Issue): string {
  return `${htmlUrl(state, repo)}/${pull ? 'pull' : 'issues'}/${number}`
}

function pullLinks(state: State, repo: Repo, found: Issue) {
  const html = issueHtml(state, repo, found)
  return {
    url: `${repoUrl(state, repo)}/pulls/${found.number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: found.pull?.merged?.at ?? null,
  }
}

function rollup(url: string, reactions: readonly Reaction[]) {
  const count = (content: string) => reactions.filter(one => one.content === content).length
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    ...Object.fromEntries(REACTIONS.map(content => [content, count(content)])),
  }
}
