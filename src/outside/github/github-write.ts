import { createHash } from 'node:crypto'
import type { Action, Check, Commit, Memory, Proposal } from '../../model.ts'
import { embed, writeMemory } from '../../report/memory.ts'
import { code } from '../../text/markdown.ts'
import { redact } from '../../text/secrets.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import { baseOf, isOurs, signMessage } from '../git/signature.ts'
import { replyMarker, type Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** GitHub refuses longer bodies with 422; the rest of the room is for human text around ours. */
const MAX_BODY = 60_000

/** GitHub refuses a longer check summary (65,535). */
const MAX_SUMMARY = 60_000

/** Somebody changed the branch or the pull request between our look and our write: the next pass decides anew. */
export class Moved extends Error {
  override readonly name = 'Moved'
}

export type Writer = { perform(action: Action): Promise<void> }

/** The one place that writes to GitHub: every text is redacted and cut to size, every ref moves forward only. */
export function createWriter(site: Site, mirror: Mirror, remote: Remote, proposals: () => readonly Proposal[]): Writer {
  const { octokit, owner, name, key } = site
  const repo = { owner, repo: name }

  const bodyFor = (existing: string, text: string, branch: string, memory: Memory) =>
    embed(
      existing,
      redact(text).slice(0, MAX_BODY),
      writeMemory(memory, { key, repository: `${owner}/${name}`, branch }),
    )

  /** Puts the commit on the branch without force; returns the head and whether it was there already. */
  async function push(branch: string, commit: Commit): Promise<{ sha: string; existed: boolean }> {
    const head = remote.heads.get(branch)
    const before = head === undefined ? null : await mirror.commit(head)
    if (before && !isOurs(key, before)) throw new Moved(`${branch} has a commit that is not ours`)
    const base = await mirror.commit(commit.base)
    const entries = await Promise.all(
      [...commit.files].map(async ([path, content]) => ({
        path,
        mode: (await mirror.mode(commit.base, path)) as '100644' | '100755',
        type: 'blob' as const,
        ...(content === null ? { sha: null } : { content }),
      })),
    )
    const tree = (await octokit.rest.git.createTree({ ...repo, base_tree: base.tree, tree: entries })).data.sha
    if (head !== undefined && before?.tree === tree && baseOf(before) === commit.base)
      return { sha: head, existed: true }
    const onCurrentBase = before !== null && baseOf(before) === commit.base
    const parents = head === undefined ? [commit.base] : onCurrentBase ? [head] : [head, commit.base]
    const message = signMessage(key, commit.message, commit.base, tree, parents)
    const { sha } = (await octokit.rest.git.createCommit({ ...repo, message, tree, parents })).data
    if (head === undefined) await octokit.rest.git.createRef({ ...repo, ref: `refs/heads/${branch}`, sha })
    else await octokit.rest.git.updateRef({ ...repo, ref: `heads/${branch}`, sha, force: false })
    return { sha, existed: false }
  }

  async function report(head: { sha: string; existed: boolean }, check: Check, inputs: string): Promise<void> {
    const output = { title: redact(check.title).slice(0, 250), summary: redact(check.summary).slice(0, MAX_SUMMARY) }
    const run = {
      ...repo,
      name: 'windlass',
      status: 'completed' as const,
      conclusion: check.conclusion,
      external_id: inputs,
      output,
    }
    const known = head.existed
      ? (await octokit.rest.checks.listForRef({ ...repo, ref: head.sha, check_name: 'windlass' })).data.check_runs[0]
      : undefined
    if (known?.external_id === inputs && known.conclusion === check.conclusion) return
    if (known) await octokit.rest.checks.update({ ...run, check_run_id: known.id })
    else await octokit.rest.checks.create({ ...run, head_sha: head.sha })
  }

  async function createPull(branch: string, title: string, body: string): Promise<number> {
    try {
      return (await octokit.rest.pulls.create({ ...repo, title, head: branch, base: remote.defaultBranch, body })).data
        .number
    } catch (error) {
      const { data } = await octokit.rest.pulls.list({ ...repo, head: `${owner}:${branch}`, state: 'open' })
      if (data[0] === undefined) throw error
      return data[0].number
    }
  }

  /** The final memory is written last: a crash before it leaves an unfinished pull request that the next pass completes. */
  async function open(action: Extract<Action, { do: 'open' }>): Promise<void> {
    const { pullRequest, commit, check, memory } = action
    const { title, branch, body, labels, reviewers } = pullRequest
    const head = await push(branch, commit)
    const number = await createPull(branch, redact(title), bodyFor('', body, branch, { ...memory, inputs: '' }))
    await octokit.rest.issues.addLabels({ ...repo, issue_number: number, labels: [...labels] })
    await request(number, reviewers)
    await report(head, check, memory.inputs)
    await octokit.rest.pulls.update({ ...repo, pull_number: number, body: bodyFor('', body, branch, memory) })
  }

  async function update(action: Extract<Action, { do: 'update' }>): Promise<void> {
    const { number, pullRequest, commit, check, memory } = action
    if (remote.heads.get(pullRequest.branch) !== action.head)
      throw new Moved(`${pullRequest.branch} is not at ${action.head}`)
    const head = await push(pullRequest.branch, commit)
    await relabel(number, pullRequest.labels)
    if (isUnfinished(number)) await request(number, pullRequest.reviewers)
    await report(head, check, memory.inputs)
    const body = bodyFor(bodyOf(number), pullRequest.body, pullRequest.branch, memory)
    await octokit.rest.pulls.update({ ...repo, pull_number: number, title: redact(pullRequest.title), body })
  }

  const bodyOf = (number: number) => proposals().find(proposal => proposal.number === number)?.body ?? ''
  const branchOf = (number: number) => proposals().find(proposal => proposal.number === number)?.branch ?? ''

  /** Opening ended before its last write, so that reviewers may not have been asked. */
  const isUnfinished = (number: number) =>
    proposals().some(proposal => proposal.number === number && proposal.memory.inputs === '')

  /** Our labels are replaced as a family (`risk/*`, `env/*`, `type/*`, `windlass/*`); labels of people stay. */
  async function relabel(number: number, wanted: readonly string[]): Promise<void> {
    const present = proposals().find(proposal => proposal.number === number)?.labels ?? []
    const kept = present.filter(label => !/^(risk|env|type|windlass)\//.test(label))
    const labels = [...new Set([...kept, ...wanted])]
    if (labels.length === present.length && labels.every(label => present.includes(label))) return
    await octokit.rest.issues.setLabels({ ...repo, issue_number: number, labels })
  }

  /** A name that GitHub does not take as a reviewer is no reason to leave the pull request unfinished: it is said there. */
  async function request(number: number, reviewers: readonly string[]): Promise<void> {
    if (reviewers.length === 0) return
    const names = reviewers.map(reviewer => reviewer.replace(/^@/, ''))
    try {
      await octokit.rest.pulls.requestReviewers({
        ...repo,
        pull_number: number,
        reviewers: names.filter(reviewer => !reviewer.includes('/')),
        team_reviewers: names.flatMap(reviewer => reviewer.split('/').slice(1)),
      })
    } catch (error) {
      if ((error as { status?: unknown }).status !== 422) throw error
      const text = `GitHub refuses the reviewers that the policy names (${names.map(name => code(name, 100)).join(', ')}): each must be a collaborator or a team that can see this repository, and not the author. Nobody was asked.`
      await notice({ do: 'notice', number, key: 'reviewers', text })
    }
  }

  async function remember(action: Extract<Action, { do: 'remember' }>): Promise<void> {
    const { number, pullRequest, memory } = action
    await relabel(number, pullRequest.labels)
    const body = bodyFor(bodyOf(number), pullRequest.body, branchOf(number), memory)
    await octokit.rest.pulls.update({ ...repo, pull_number: number, body })
  }

  async function close(action: Extract<Action, { do: 'close' }>): Promise<void> {
    const { number, branch, reason, pullRequest, memory } = action
    await notice({ do: 'notice', number, key: 'closed', text: reason })
    await relabel(number, pullRequest.labels)
    await octokit.rest.pulls.update({
      ...repo,
      pull_number: number,
      state: 'closed',
      body: bodyFor(bodyOf(number), pullRequest.body, branch, memory),
    })
    const head = remote.heads.get(branch)
    if (head !== undefined && isOurs(key, await mirror.commit(head))) {
      await octokit.rest.git.deleteRef({ ...repo, ref: `heads/${branch}` })
    }
  }

  /** Says something once: a comment with the same key of ours is not written again. */
  async function notice({ number, key: what, text }: Extract<Action, { do: 'notice' }>): Promise<void> {
    const marker = `<!-- windlass:notice ${what} -->`
    const comments = await octokit.paginate(octokit.rest.issues.listComments, {
      ...repo,
      issue_number: number,
      per_page: 100,
    })
    if (comments.some(comment => comment.user?.login === site.login && comment.body?.includes(marker))) return
    await octokit.rest.issues.createComment({ ...repo, issue_number: number, body: `${redact(text)}\n${marker}` })
  }

  async function reply({ number, comment, text, reaction }: Extract<Action, { do: 'reply' }>): Promise<void> {
    await octokit.rest.reactions.createForIssueComment({ ...repo, comment_id: comment, content: reaction })
    const body = `${redact(text).slice(0, MAX_BODY)}\n${replyMarker(comment)}`
    await octokit.rest.issues.createComment({ ...repo, issue_number: number, body })
  }

  /** A job that GitHub does not run again (too old, running already, or no permission) is no reason to stop: it is said. */
  async function rerun({ number, job }: Extract<Action, { do: 'rerun' }>): Promise<void> {
    try {
      await octokit.rest.actions.reRunJobForWorkflowRun({ ...repo, job_id: job })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (![403, 404, 410, 422].some(status => hasStatus(error, status)) || /rate limit/i.test(why)) throw error
      const text = `GitHub does not run the failed job again (${code(why, 200)}). Running it again yourself is as good.`
      await notice({ do: 'notice', number, key: `rerun ${job}`, text })
    }
  }

  /** The same text about the same commit is not written again. */
  async function say({ commit, check }: Extract<Action, { do: 'check' }>): Promise<void> {
    const id = createHash('sha256').update(`${check.title}\n${check.summary}`).digest('hex').slice(0, 32)
    await report({ sha: commit, existed: true }, check, id)
  }

  return {
    async perform(action) {
      switch (action.do) {
        case 'open':
          return open(action)
        case 'update':
          return update(action)
        case 'remember':
          return remember(action)
        case 'close':
          return close(action)
        case 'notice':
          return notice(action)
        case 'reply':
          return reply(action)
        case 'check':
          return say(action)
        case 'rerun':
          return rerun(action)
      }
    },
  }
}
