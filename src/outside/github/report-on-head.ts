import type { Octokit } from '@octokit/rest'
import type { Repository } from '../../app.ts'
import type { Check } from '../../model.ts'
import { redact } from '../../text/secrets.ts'

/**
 * Puts a check run on the newest commit of the default branch; does nothing when our newest one there says the same. It needs no git and
 * nothing else of a pass, for it speaks of passes that end badly. Rejects when GitHub does not answer.
 */
export async function reportOnHead(octokit: Octokit, { owner, name }: Repository, check: Check): Promise<void> {
  const at = { owner, repo: name }
  const { data: found } = await octokit.rest.repos.get(at)
  const { data: branch } = await octokit.rest.repos.getBranch({ ...at, branch: found.default_branch })
  const head = branch.commit.sha
  const { data: known } = await octokit.rest.checks.listForRef({ ...at, ref: head, check_name: 'windlass' })
  const output = { title: redact(check.title), summary: redact(check.summary) }
  if (known.check_runs[0]?.output.title === output.title) return
  const { conclusion } = check
  await octokit.rest.checks.create({ ...at, name: 'windlass', head_sha: head, status: 'completed', conclusion, output })
}
