import { effect } from './effect.ts'
import { unprocessable } from './refusal.ts'
import {
  type App,
  type Comment,
  type Issue,
  type Label,
  type Pull,
  type Repo,
  type State,
  timestamp,
  type User,
} from './state.ts'

/** GitHub refuses longer bodies of issues, pull requests and comments: 65536 characters. */
const LONGEST_BODY = 65_536

/** Who did something, and through which app (null: in person). */
export type Actor = { readonly user: User; readonly app: App | null }

/** Adds an issue, or a pull request (which is an issue with a pull), under the next number. */
export function addIssue<P extends Pull | null>(
  state: State,
  repo: Repo,
  by: Actor,
  title: string,
  body: string | null,
  pull: P,
) {
  checkBody(body)
  const at = timestamp(state)
  const issue: Issue & { readonly pull: P } = {
    id: state.nextId(),
    number: repo.issues.size + 1,
    user: by.user,
    app: by.app,
    createdAt: at,
    updatedAt: at,
    pull,
    title,
    body,
    labels: [],
    closed: null,
  }
  repo.issues.set(issue.number, issue)
  effect(state, repo, pull ? 'pull.open' : 'issue.open', by.user, {
    number: issue.number,
    title,
    ...(pull ? { head: pull.head, base: pull.base } : {}),
  })
  return issue
}

/** Adds a comment. */
export function addComment(state: State, repo: Repo, issue: Issue, by: Actor, body: string): Comment {
  checkBody(body)
  const at = timestamp(state)
  const comment: Comment = {
    id: state.nextId(),
    issue,
    user: by.user,
    app: by.app,
    body,
    createdAt: at,
    updatedAt: at,
    reactions: [],
  }
  repo.comments.set(comment.id, comment)
  issue.updatedAt = at
  effect(state, repo, 'comment.create', by.user, { number: issue.number, id: comment.id, body })
  return comment
}

/** Closes an issue or pull request; nothing happens when it is closed already. */
export function closeIssue(state: State, repo: Repo, issue: Issue, by: User, reason: string | null = null): void {
  if (issue.closed) return
  const at = timestamp(state)
  issue.closed = { at, by, reason: issue.pull ? null : (reason ?? 'completed') }
  issue.updatedAt = at
  effect(state, repo, issue.pull ? 'pull.close' : 'issue.close', by, { number: issue.number })
}

/** The labels of those names, made where the repository lacks them: GitHub compares names without case. */
export function labelsNamed(state: State, repo: Repo, names: readonly string[]): Label[] {
  const labels = names.map(name => {
    const known = repo.labels.get(name.toLowerCase())
    if (known) return known
    const label: Label = { id: state.nextId(), name, color: 'ededed', description: null }
    repo.labels.set(name.toLowerCase(), label)
    return label
  })
  return [...new Set(labels)]
}

/** Replaces the labels of an issue, and notes it when something changed. */
export function setLabels(state: State, repo: Repo, issue: Issue, by: User, labels: readonly Label[]): void {
  const names = (some: readonly Label[]) => some.map(label => label.name)
  const [before, after] = [names(issue.labels), names(labels)]
  if (before.join('\n') === after.join('\n')) return
  issue.labels = [...labels]
  issue.updatedAt = timestamp(state)
  effect(state, repo, 'labels.set', by, { number: issue.number, before, after })
}

/** Refuses a body GitHub would find too long. */
export function checkBody(body: string | null | undefined): void {
  if (body && body.length > LONGEST_BODY)
    throw unprocessable(`Body is too long (maximum is ${LONGEST_BODY} characters)`)
}
