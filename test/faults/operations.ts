import { clock } from './clock.ts'
import { FULL_NAME, type GitHub, tellPull } from './github.ts'
import type { Files } from './objects.ts'
import { type Issue, type IssueComment, type Pull, put, without } from './state.ts'

/** GitHub says no. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Who does something, and what led to it. */
export type By = { readonly actor: string; readonly cause: string }

/** The pull request of a number; 404 when there is none. */
export function pullOf(github: GitHub, number: number): Pull {
  const pull = github.state.pulls.get(number)
  if (!pull) throw new Refusal(404, 'Not Found')
  return pull
}

function store(github: GitHub, by: By, operation: string, before: Pull | null, after: Pull): Pull {
  const entry = { ...by, operation, target: `#${after.number}`, before, after }
  github.change(entry, { pulls: put(github.state.pulls, after.number, after) })
  return after
}

type Opening = Pick<Pull, 'title' | 'body' | 'head' | 'base' | 'draft'> & {
  readonly headRepo?: string
  readonly headSha?: string
}

/** Opens a pull request; 422 when there is an open one for the same branches, or no such branch. */
export function openPull(github: GitHub, by: By, asked: Opening): Pull {
  const headRepo = asked.headRepo ?? FULL_NAME
  const headSha = headRepo === FULL_NAME ? github.head(asked.head) : (asked.headSha ?? null)
  if (headSha === null) throw new Refusal(422, 'Validation Failed: head is invalid')
  if (github.head(asked.base) === null) throw new Refusal(422, 'Validation Failed: base is invalid')
  const isSame = (pull: Pull) =>
    pull.state === 'open' && pull.head === asked.head && pull.headRepo === headRepo && pull.base === asked.base
  if ([...github.state.pulls.values()].some(isSame))
    throw new Refusal(
      422,
      `Validation Failed: A pull request already exists for ${headRepo.split('/')[0]}:${asked.head}.`,
    )
  if (headSha === github.head(asked.base)) throw new Refusal(422, 'Validation Failed: No commits between the branches')
  const at = clock.stamp()
  const { title, body, head, base, draft } = asked
  const fresh = {
    state: 'open',
    labels: [],
    reviewers: [],
    closedAt: null,
    closedBy: null,
    mergedAt: null,
    mergeCommit: null,
  } as const
  const number = github.nextNumber()
  const pull = {
    ...fresh,
    number,
    title,
    body,
    head,
    base,
    draft,
    headRepo,
    headSha,
    author: by.actor,
    createdAt: at,
    updatedAt: at,
  }
  store(github, by, 'open pull', null, pull)
  tellPull(github, pull, 'opened', by.actor)
  return pull
}

/** Changes a pull request: title, body, base, open or closed. 422 when it cannot be reopened. */
export function editPull(
  github: GitHub,
  by: By,
  number: number,
  asked: Partial<Pick<Pull, 'title' | 'body' | 'base' | 'state' | 'draft' | 'labels'>>,
): Pull {
  const before = pullOf(github, number)
  if (before.mergedAt !== null && asked.state === 'open') throw new Refusal(422, 'Validation Failed: already merged')
  const reopens = before.state === 'closed' && asked.state === 'open'
  const closes = before.state === 'open' && asked.state === 'closed'
  const head = before.headRepo === FULL_NAME ? github.head(before.head) : before.headSha
  if (reopens && head !== before.headSha)
    throw new Refusal(
      422,
      `Validation Failed: state cannot be changed. The ${before.head} branch was force-pushed or recreated.`,
    )
  const at = clock.stamp()
  const ending = closes ? { closedAt: at, closedBy: by.actor } : reopens ? { closedAt: null, closedBy: null } : {}
  const after: Pull = { ...before, ...asked, ...ending, updatedAt: at }
  store(github, by, reopens ? 'reopen pull' : closes ? 'close pull' : 'edit pull', before, after)
  tellPull(github, after, reopens ? 'reopened' : closes ? 'closed' : 'edited', by.actor)
  return after
}

/** Labels of a pull request or an issue, as a whole. */
export function setLabels(github: GitHub, by: By, number: number, labels: readonly string[]): readonly string[] {
  const pull = github.state.pulls.get(number)
  if (pull) {
    const after = store(github, by, 'label', pull, { ...pull, labels: [...new Set(labels)], updatedAt: clock.stamp() })
    tellPull(github, after, 'labeled', by.actor)
    return after.labels
  }
  const issue = github.state.issues.get(number)
  if (!issue) throw new Refusal(404, 'Not Found')
  return storeIssue(github, by, 'label', issue, { ...issue, labels: [...new Set(labels)] }).labels
}

/** Asks people for a review; 422 for somebody who cannot. */
export function requestReview(github: GitHub, by: By, number: number, reviewers: readonly string[]): Pull {
  const pull = pullOf(github, number)
  return store(github, by, 'request review', pull, {
    ...pull,
    reviewers: [...new Set([...pull.reviewers, ...reviewers])],
  })
}

function storeIssue(github: GitHub, by: By, operation: string, before: Issue | null, after: Issue): Issue {
  const entry = { ...by, operation, target: `#${after.number}`, before, after }
  github.change(entry, { issues: put(github.state.issues, after.number, after) })
  const shown = { number: after.number, state: after.state, title: after.title, user: { login: after.author } }
  const action = before === null ? 'opened' : before.state !== after.state ? after.state : 'edited'
  github.tell({ event: 'issues', payload: { action, issue: shown, sender: { login: by.actor } } })
  return after
}

/** Opens an issue. */
export function openIssue(
  github: GitHub,
  by: By,
  { title, body, labels }: Pick<Issue, 'title' | 'body' | 'labels'>,
): Issue {
  const at = clock.stamp()
  const fresh = {
    state: 'open',
    author: by.actor,
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    closedBy: null,
  } as const
  return storeIssue(github, by, 'open issue', null, { number: github.nextNumber(), title, body, labels, ...fresh })
}

/** Changes an issue. */
export function editIssue(
  github: GitHub,
  by: By,
  number: number,
  asked: Partial<Pick<Issue, 'title' | 'body' | 'state' | 'labels'>>,
): Issue {
  const issue = github.state.issues.get(number)
  if (!issue) throw new Refusal(404, 'Not Found')
  const ending = asked.state === 'closed' ? { closedAt: clock.stamp(), closedBy: by.actor } : {}
  return storeIssue(github, by, 'edit issue', issue, { ...issue, ...asked, ...ending, updatedAt: clock.stamp() })
}

function storeComment(
  github: GitHub,
  by: By,
  operation: string,
  before: IssueComment | null,
  after: IssueComment,
): IssueComment {
  const entry = { ...by, operation, target: `#${after.number}`, before, after }
  const { comments, pulls } = github.state
  const pull = pulls.get(after.number)
  // A new comment is a change of its pull request.
  const touched = pull && !before ? put(pulls, pull.number, { ...pull, updatedAt: after.createdAt }) : pulls
  github.change(entry, { comments: put(comments, after.id, after), pulls: touched })
  tellComment(github, after, before ? 'edited' : 'created', by.actor)
  return after
}

function tellComment(github: GitHub, comment: IssueComment, action: string, login: string): void {
  const isPull = github.state.pulls.has(comment.number)
  const issue = { number: comment.number, ...(isPull ? { pull_request: {} } : {}) }
  const shown = { id: comment.id, body: comment.body, user: { login: comment.author } }
  github.tell({ event: 'issue_comment', payload: { action, issue, comment: shown, sender: { login } } })
}

/** Writes a comment on an issue or a pull request. */
export function comment(github: GitHub, by: By, number: number, body: string): IssueComment {
  if (!github.state.pulls.has(number) && !github.state.issues.has(number)) throw new Refusal(404, 'Not Found')
  const at = clock.stamp()
  return storeComment(github, by, 'comment', null, {
    ...{ id: github.nextId(), number, author: by.actor, body, createdAt: at, updatedAt: at },
  })
}

/** Changes the text of a comment, or (null) deletes it. */
export function editComment(github: GitHub, by: By, id: number, body: string | null): IssueComment {
  const before = github.state.comments.get(id)
  if (!before) throw new Refusal(404, 'Not Found')
  if (body !== null)
    return storeComment(github, by, 'edit comment', before, { ...before, body, updatedAt: clock.stamp() })
  const entry = { ...by, operation: 'delete comment', target: `#${before.number}`, before, after: null }
  github.change(entry, { comments: without(github.state.comments, id) })
  tellComment(github, before, 'deleted', by.actor)
  return before
}

/** A commit on top of (or, with `parents`, beside) a branch; returns its id and does not move the branch. */
export function commitOn(
  github: GitHub,
  login: string,
  parents: readonly string[],
  files: Files,
  message: string,
): string {
  const { objects } = github
  return objects.putCommit({
    tree: objects.putTree(files),
    parents,
    message,
    author: login,
    at: clock.stamp(),
    by: login,
  }).sha
}

/** Merges as GitHub's squash does: what the head changed since it left the base. 405 when that cannot be. */
export function mergePull(github: GitHub, by: By, number: number): Pull {
  const pull = pullOf(github, number)
  const base = github.head(pull.base)
  if (pull.state !== 'open' || base === null) throw new Refusal(405, 'Pull Request is not mergeable')
  const tree = merged(github, base, pull.headSha)
  if (tree === null) throw new Refusal(405, 'Pull Request is not mergeable')
  const sha = commitOn(github, by.actor, [base], tree, `${pull.title} (#${number})`)
  const at = clock.stamp()
  const ending = {
    state: 'closed',
    closedAt: at,
    closedBy: by.actor,
    mergedAt: at,
    mergeCommit: sha,
    updatedAt: at,
  } as const
  const after = store(github, by, 'merge', pull, { ...pull, ...ending })
  github.moveRef(by.actor, by.cause, pull.base, sha)
  tellPull(github, after, 'closed', by.actor)
  return after
}

function merged({ objects }: GitHub, base: string, head: string): Files | null {
  const before = objects.history(base)
  const left = [...objects.history(head)].find(sha => before.has(sha))
  const from = left === undefined ? null : objects.filesOf(left)
  if (from === null) return null
  const result = new Map(objects.filesOf(base))
  for (const [path, entry] of objects.filesOf(head)) {
    if (from.get(path)?.text === entry.text) continue
    const there = result.get(path)?.text
    if (there !== from.get(path)?.text && there !== entry.text) return null
    result.set(path, entry)
  }
  return result
}
