import { commitsBetween } from './git.ts'
import { changedFiles } from './git-diff.ts'
import { forkPoint, isMergeable } from './merge.ts'
import type { Counted } from './present/pull.ts'
import type { PullIssue } from './pulls.ts'
import type { Repo } from './state.ts'

/** Counts what GitHub counts when one pull request is asked for. */
export async function countPull(repo: Repo, issue: PullIssue): Promise<Counted> {
  const fork = await forkPoint(repo, issue)
  const files = await changedFiles(repo.dir, fork, issue.pull.headSha)
  const sum = (key: 'additions' | 'deletions') => files.reduce((total, file) => total + file[key], 0)
  return {
    mergeable: await isMergeable(repo, issue),
    commits: (await commitsBetween(repo.dir, fork, issue.pull.headSha)).length,
    additions: sum('additions'),
    deletions: sum('deletions'),
    changedFiles: files.length,
  }
}
