import { ACCOUNTS, DEFAULT_BRANCH, FULL_NAME, INSTALLATION, NAME, OWNER } from './github.ts'
import type { StoredCommit } from './objects.ts'
import type { CheckRun, Issue, IssueComment, Pull, State } from './state.ts'

/** How GitHub's REST API shows things: the fields that clients read. */

const API = `https://api.github.test/repos/${FULL_NAME}`

export function showUser(login: string) {
  return { login, id: login.length, type: ACCOUNTS.get(login)?.type ?? 'User' }
}

export function showRepository(fullName = FULL_NAME) {
  const [owner = OWNER, name = NAME] = fullName.split('/')
  const more = { archived: false, disabled: false, default_branch: DEFAULT_BRANCH, private: true }
  return { id: 1, node_id: 'R_1', name, full_name: fullName, owner: showUser(owner), ...more }
}

export function showInstallation() {
  return { id: INSTALLATION, suspended_at: null, account: showUser(OWNER), app_slug: 'windlass' }
}

export function showPull(pull: Pull) {
  const { number, title, body, state, draft, labels, reviewers, author } = pull
  const dates = {
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
  }
  const [owner = OWNER] = pull.headRepo.split('/')
  return {
    ...{ id: number, node_id: `PR_${number}`, number, title, body, state, draft, ...dates },
    user: showUser(author),
    labels: labels.map(name => ({ name })),
    requested_reviewers: reviewers.map(showUser),
    requested_teams: [],
    head: { ref: pull.head, sha: pull.headSha, label: `${owner}:${pull.head}`, repo: showRepository(pull.headRepo) },
    base: { ref: pull.base, sha: '', label: `${OWNER}:${pull.base}`, repo: showRepository() },
    merged: pull.mergedAt !== null,
    merge_commit_sha: pull.mergeCommit,
    mergeable: true,
    mergeable_state: 'clean',
    html_url: `https://github.test/${FULL_NAME}/pull/${number}`,
  }
}

export function showIssue(issue: Issue | Pull) {
  const { number, title, body, state, labels, author } = issue
  return {
    ...{ id: number, node_id: `I_${number}`, number, title, body, state },
    user: showUser(author),
    labels: labels.map(name => ({ name })),
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    html_url: `https://github.test/${FULL_NAME}/issues/${number}`,
    ...('head' in issue ? { pull_request: { url: `${API}/pulls/${number}`, merged_at: issue.mergedAt } } : {}),
  }
}

export function showComment(comment: IssueComment, reactions: State['reactions']) {
  const confused = reactions.filter(({ comment: id, content }) => id === comment.id && content === 'confused').length
  return {
    performed_via_github_app: null,
    reactions: { confused },
    ...{ id: comment.id, node_id: `IC_${comment.id}`, body: comment.body },
    user: showUser(comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    issue_url: `${API}/issues/${comment.number}`,
    html_url: `https://github.test/${FULL_NAME}/pull/${comment.number}#issuecomment-${comment.id}`,
  }
}

export function showCheck(check: CheckRun) {
  const { id, name, status, conclusion, title, summary } = check
  return {
    ...{ id, name, status, conclusion, head_sha: check.sha, external_id: check.externalId },
    output: { title, summary, annotations_count: 0 },
    app: { id: 1, slug: check.by.replace('[bot]', '') },
    started_at: null,
    completed_at: null,
    html_url: '',
    details_url: '',
  }
}

export function showCommit(commit: StoredCommit) {
  return {
    sha: commit.sha,
    message: commit.message,
    tree: { sha: commit.tree },
    parents: commit.parents.map(sha => ({ sha })),
    author: { name: commit.author, date: commit.at },
  }
}
