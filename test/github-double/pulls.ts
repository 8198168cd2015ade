import { effect } from './effect.ts'
import { aheadBehind, commitOf, isAncestor } from './git.ts'
import { type Actor, addIssue, closeIssue } from './issues.ts'
import { invalid } from './refusal.ts'
import { type Issue, type Pull, type Repo, type State, timestamp, type User } from './state.ts'

/** An issue that is a pull request. */
export type PullIssue = Issue & { readonly pull: Pull }

/** What opening a pull request needs. `head` is a branch of this repository's objects, shown as one of `fork`'s when that is said. */
export type Opening = {
  readonly title: string
  readonly head: string
  readonly fork: User | null
  readonly base: string
  readonly body: string | null
  readonly draft: boolean
  readonly maintainerCanModify: boolean
}

/** Whether an issue is a pull request. */
export function isPull(issue: Issue): issue is PullIssue {
  return issue.pull !== null
}

/** The open pull requests of a repository, oldest first. */
export function openPulls(repo: Repo): PullIssue[] {
  return [...repo.issues.values()].filter(isPull).filter(issue => issue.closed === null)
}

/** Opens a pull request; refuses as GitHub does: no such branch, nothing to merge, one is open already. */
export async function openPull(state: State, repo: Repo, by: Actor, opening: Opening): Promise<PullIssue> {
  const tips = await tipsOf(repo, opening.head, opening.base)
  refuseSecond(repo, opening.head, opening.base)
  const pull: Pull = {
    head: opening.head,
    fork: opening.fork,
    base: opening.base,
    draft: opening.draft,
    maintainerCanModify: opening.maintainerCanModify,
    reviewers: new Set(),
    headSha: tips.head,
    baseSha: tips.base,
    merged: null,
  }
  return addIssue(state, repo, by, opening.title, opening.body, pull)
}

/** Opens a closed pull request again; refuses merged ones and those whose branch is gone or taken. */
export async function reopenPull(state: State, repo: Repo, issue: PullIssue, by: User): Promise<void> {
  const { pull } = issue
  const refuse = (message: string) => invalid({ resource: 'PullRequest', field: 'state', code: 'invalid', message })
  if (pull.merged) throw refuse('state cannot be changed. The pull request cannot be reopened.')
  const tips = await tipsOf(repo, pull.head, pull.base).catch(() => {
    throw refuse(`state cannot be changed. The ${pull.head} branch was force-pushed or recreated.`)
  })
  refuseSecond(repo, pull.head, pull.base)
  pull.headSha = tips.head
  pull.baseSha = tips.base
  issue.closed = null
  issue.updatedAt = timestamp(state)
  effect(state, repo, 'pull.reopen', by, { number: issue.number })
}

/** Gives a pull request another base branch. */
export async function retargetPull(repo: Repo, issue: PullIssue, base: string): Promise<void> {
  const tips = await tipsOf(repo, issue.pull.head, base)
  refuseSecond(repo, issue.pull.head, base)
  issue.pull.base = base
  issue.pull.baseSha = tips.base
}

/**
 * What GitHub does to open pull requests after refs moved: follows the head; closes when a branch is gone or the head
 * was reset to nothing new; marks as merged when the base got all its commits by another way.
 */
export async function settle(state: State, repo: Repo, by: User): Promise<void> {
  for (const issue of openPulls(repo)) {
    const { pull } = issue
    const [head, base] = await Promise.all([branchTip(repo, pull.head), branchTip(repo, pull.base)])
    if (head === null || base === null) {
      closeIssue(state, repo, issue, by)
      continue
    }
    const moved = head !== pull.headSha
    if (moved) Object.assign(pull, { headSha: head, baseSha: base })
    if (moved) issue.updatedAt = timestamp(state)
    if (!(await isAncestor(repo.dir, head, base))) continue
    if (!moved) markMerged(state, repo, issue, by, base)
    closeIssue(state, repo, issue, by)
  }
}

/** Notes that a pull request is merged; the ref has moved already, or is about to. */
export function markMerged(state: State, repo: Repo, issue: PullIssue, by: User, sha: string): void {
  issue.pull.merged = { at: timestamp(state), by, sha }
  effect(state, repo, 'pull.merge', by, { number: issue.number, sha, head: issue.pull.headSha })
}

/** The commit a branch stands at, or null. */
export function branchTip(repo: Repo, branch: string): Promise<string | null> {
  return commitOf(repo.dir, `refs/heads/${branch}`)
}

async function tipsOf(repo: Repo, headBranch: string, baseBranch: string): Promise<{ head: string; base: string }> {
  const [head, base] = await Promise.all([branchTip(repo, headBranch), branchTip(repo, baseBranch)])
  if (base === null) throw invalid({ resource: 'PullRequest', field: 'base', code: 'invalid' })
  if (head === null) throw invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' })
  if ((await aheadBehind(repo.dir, base, head)).ahead === 0)
    throw invalid({
      resource: 'PullRequest',
      code: 'custom',
      message: `No commits between ${baseBranch} and ${headBranch}`,
    })
  return { head, base }
}

function refuseSecond(repo: Repo, head: string, base: string): void {
  if (openPulls(repo).some(({ pull }) => pull.head === head && pull.base === base))
    throw invalid({
      resource: 'PullRequest',
      code: 'custom',
      message: `A pull request already exists for ${repo.owner.login}:${head}.`,
    })
}
