import { type Commit, commitOf, git, readCommit, refs } from './git.ts'
import { diffText } from './git-diff.ts'
import { entryAt, readBlob } from './git-trees.ts'
import { readFiles } from './import.ts'
import { branchTip, isPull, type PullIssue } from './pulls.ts'
import type { CheckRun, Comment, Issue, Repo } from './state.ts'

/** A pull request as a reader sees it. */
export type PullView = {
  readonly number: number
  readonly title: string
  readonly body: string | null
  readonly state: 'open' | 'closed' | 'merged'
  readonly user: string
  readonly head: string
  readonly base: string
  readonly headSha: string
  readonly labels: readonly string[]
  readonly reviewers: readonly string[]
}

/** A comment as a reader sees it; `reactions` are `login:content`. */
export type CommentView = {
  readonly id: number
  readonly user: string
  readonly body: string
  readonly reactions: readonly string[]
}

/** What can be read of a repository, from the same truth the API answers from. */
export type Readers = {
  readonly head: (branch: string) => Promise<string | null>
  readonly branches: () => Promise<string[]>
  readonly files: (branch: string) => Promise<Map<string, Buffer>>
  /** Bytes of one file, null when the branch has none there. */
  readonly file: (branch: string, path: string) => Promise<Buffer | null>
  /** The real `git diff base...head`, as a pull request shows it. */
  readonly diff: (base: string, head: string) => Promise<string>
  /** Commits of a branch, newest first. */
  readonly commits: (branch: string) => Promise<Commit[]>
  readonly pulls: () => PullView[]
  readonly comments: (number: number) => CommentView[]
  readonly checks: (sha: string) => readonly CheckRun[]
  readonly labels: (number: number) => string[]
}

/** The readers of a repository. */
export function readersOf(repo: Repo): Readers {
  const tip = (branch: string) => needed(commitOf(repo.dir, branch), `there is no branch ${branch}`)
  return {
    head: branch => branchTip(repo, branch),
    branches: async () =>
      [...(await refs(repo.dir)).keys()].filter(ref => ref.startsWith('refs/heads/')).map(ref => ref.slice(11)),
    files: async branch => readFiles(repo.dir, await tip(branch)),
    file: async (branch, path) => {
      const entry = await entryAt(repo.dir, await tip(branch), path)
      return entry ? readBlob(repo.dir, entry.sha) : null
    },
    diff: async (base, head) => {
      const fork = (await git(repo.dir, ['merge-base', await tip(base), await tip(head)])).toString().trim()
      return diffText(repo.dir, fork, await tip(head))
    },
    commits: async branch => {
      const shas = (await git(repo.dir, ['rev-list', await tip(branch)])).toString().split('\n').filter(Boolean)
      return Promise.all(shas.map(sha => readCommit(repo.dir, sha)))
    },
    pulls: () => [...repo.issues.values()].filter(isPull).map(viewPull),
    comments: number => [...repo.comments.values()].filter(one => one.issue.number === number).map(viewComment),
    checks: sha => repo.checks.filter(run => run.sha === sha),
    labels: number => issueOf(repo, number).labels.map(label => label.name),
  }
}

/** The issue or pull request of that number; throws when there is none. */
export function issueOf(repo: Repo, number: number): Issue {
  const issue = repo.issues.get(number)
  if (!issue) throw new Error(`${repo.name} has no issue or pull request ${number}`)
  return issue
}

/** The value, or an error that says what is missing. */
export async function needed(found: Promise<string | null>, otherwise: string): Promise<string> {
  const value = await found
  if (value === null) throw new Error(otherwise)
  return value
}

function viewPull({ number, title, body, closed, user, labels, pull }: PullIssue): PullView {
  return {
    number,
    title,
    body,
    state: pull.merged ? 'merged' : closed ? 'closed' : 'open',
    user: user.login,
    head: pull.head,
    base: pull.base,
    headSha: pull.headSha,
    labels: labels.map(label => label.name),
    reviewers: [...pull.reviewers].map(one => one.login),
  }
}

function viewComment({ id, user, body, reactions }: Comment): CommentView {
  return { id, user: user.login, body, reactions: reactions.map(one => `${one.user.login}:${one.content}`) }
}
