import type { Octokit } from '@octokit/rest'
import type { Repository } from '../../app.ts'
import type { Check } from '../../model.ts'
import { say } from './github-check.ts'

/**
 * Puts the check run `windlass` on the newest commit of the default branch, in the place of the one that stands there. It needs no git and
 * nothing else of a pass, for it speaks of passes that end badly. Rejects when GitHub does not answer.
 */
export async function reportOnHead(octokit: Octokit, { owner, name }: Repository, check: Check): Promise<void> {
  const at = { owner, repo: name }
  const { data: found } = await octokit.rest.repos.get(at)
  const { data: branch } = await octokit.rest.repos.getBranch({ ...at, branch: found.default_branch })
  await say({ octokit, owner, name }, { commit: branch.commit.sha, check })
}
