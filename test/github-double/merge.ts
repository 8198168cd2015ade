import { mergeBase, mergedTree, readCommit, writeCommit } from './git.ts'
import type { Actor } from './issues.ts'
import { closeIssue } from './issues.ts'
import { noreply, webFlow } from './present/commit.ts'
import { branchTip, markMerged, type PullIssue } from './pulls.ts'
import { changeRef } from './refs.ts'
import { Refusal } from './refusal.ts'
import { type Repo, type State, timestamp } from './state.ts'

/** How to merge; `sha` is the head the caller saw, null for "whatever it is". */
export type Merge = {
  readonly method: string
  readonly title: string | null
  readonly message: string | null
  readonly sha: string | null
}

const NOT_MERGEABLE = 'Pull Request is not mergeable'

/** Merges a pull request as its button does, with a real merge; returns the new commit on the base branch. */
export async function mergePull(state: State, repo: Repo, issue: PullIssue, by: Actor, merge: Merge): Promise<string> {
  const { pull } = issue
  if (merge.method === 'rebase') throw new Refusal(405, 'Rebase merges are not allowed on this repository.')
  if (merge.sha !== null && merge.sha !== pull.headSha)
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.')
  const base = await branchTip(repo, pull.base)
  if (issue.closed || pull.draft || base === null) throw new Refusal(405, NOT_MERGEABLE)
  const tree = await mergedTree(repo.dir, base, pull.headSha)
  if (tree === null) throw new Refusal(405, NOT_MERGEABLE)
  const date = timestamp(state)
  const sha = await writeCommit(repo.dir, {
    tree,
    parents: merge.method === 'squash' ? [base] : [base, pull.headSha],
    author: { name: by.user.login, email: noreply(by.user), date },
    committer: { ...webFlow, date },
    message: messageOf(repo, issue, merge),
  })
  markMerged(state, repo, issue, by.user, sha)
  closeIssue(state, repo, issue, by.user)
  if (!(await changeRef(state, repo, by.user, `refs/heads/${pull.base}`, base, sha)))
    throw new Error(`merging #${issue.number}: ${pull.base} moved meanwhile, although writes take turns`)
  return sha
}

/** Whether the pull request could be merged now; null when it is not open any more. */
export async function isMergeable(repo: Repo, { closed, pull }: PullIssue): Promise<boolean | null> {
  const base = await branchTip(repo, pull.base)
  if (closed || base === null) return null
  return (await mergedTree(repo.dir, base, pull.headSha)) !== null
}

/** Where a pull request's changes begin: what `git diff` and the list of commits count from. */
export async function forkPoint(repo: Repo, { pull }: PullIssue): Promise<string> {
  // A merged head is inside its base: count from the base as it was before the merge.
  const merged = pull.merged && (await readCommit(repo.dir, pull.merged.sha))
  const base = merged?.parents[0] ?? (pull.merged ? pull.baseSha : await branchTip(repo, pull.base)) ?? pull.baseSha
  return (await mergeBase(repo.dir, base, pull.headSha)) ?? pull.baseSha
}

function messageOf(repo: Repo, { number, title, pull }: PullIssue, merge: Merge): string {
  const squash = merge.method === 'squash'
  const first =
    merge.title ??
    (squash ? `${title} (#${number})` : `Merge pull request #${number} from ${repo.owner.login}/${pull.head}`)
  const rest = merge.message ?? (squash ? '' : title)
  return rest ? `${first}\n\n${rest}` : first
}
