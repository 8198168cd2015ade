import { createHash } from 'node:crypto'
import type { Action, Check } from '../../model.ts'
import { redact } from '../../text/secrets.ts'
import type { Head } from './github-push.ts'
import type { Site } from './github-read.ts'

/** GitHub refuses a longer check summary (65,535). */
const MAX_SUMMARY = 60_000

/** Where a check run is written. */
type Place = Pick<Site, 'octokit' | 'owner' | 'name'>

/** Writes the check run `windlass` of a commit, unless one of the same `id` and conclusion is there; one of another id is replaced. */
export async function report({ octokit, owner, name }: Place, head: Head, check: Check, id: string): Promise<void> {
  const repo = { owner, repo: name }
  const output = { title: redact(check.title).slice(0, 250), summary: redact(check.summary).slice(0, MAX_SUMMARY) }
  const run = {
    ...repo,
    name: 'windlass',
    status: 'completed' as const,
    conclusion: check.conclusion,
    external_id: id,
    output,
  }
  const known = head.existed
    ? (await octokit.rest.checks.listForRef({ ...repo, ref: head.sha, check_name: 'windlass' })).data.check_runs[0]
    : undefined
  if (known?.external_id === id && known.conclusion === check.conclusion) return
  if (known) await octokit.rest.checks.update({ ...run, check_run_id: known.id })
  else await octokit.rest.checks.create({ ...run, head_sha: head.sha })
}

/** Says something about a commit that is no head of ours. The same text about the same commit is not written again. */
export async function say(
  place: Place,
  { commit, check }: Pick<Extract<Action, { do: 'check' }>, 'commit' | 'check'>,
): Promise<void> {
  const id = createHash('sha256').update(`${check.title}\n${check.summary}`).digest('hex').slice(0, 32)
  await report(place, { sha: commit, existed: true }, check, id)
}
