import type { Action, Proposal } from '../../model.ts'
import { code } from '../../text/markdown.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import { isOurs } from '../git/signature.ts'
import type { Notes } from '../store/notes.ts'
import { deleteBranch } from './github-branches.ts'
import { report, say } from './github-check.ts'
import { Moved, push } from './github-push.ts'
import type { Site } from './github-read.ts'
import { createReviser, type Standing } from './github-revise.ts'
import { notice, reply } from './github-talk.ts'
import { hasStatus } from './http-status.ts'

export type Writer = {
  perform(action: Action): Promise<void>
  /** The numbers of the pull requests that were opened here, by branch. */
  readonly opened: ReadonlyMap<string, number>
}

/** Does the actions at GitHub: every text is redacted and cut to size, every ref moves forward only. `proposals` are those of this pass. */
export function createWriter(
  site: Site,
  mirror: Mirror,
  remote: Remote,
  proposals: () => readonly Proposal[],
  notes: Notes,
): Writer {
  const { octokit, owner, name, key } = site
  const repo = { owner, repo: name }
  const opened = new Map<string, number>()

  /** The title of our newest commit on a branch; null when it is not ours. */
  async function committed(branch: string): Promise<string | null> {
    const head = remote.heads.get(branch)
    const commit = head === undefined ? null : await mirror.commit(head)
    return commit && isOurs(key, commit) ? (commit.message.split('\n')[0] ?? null) : null
  }

  const reviser = createReviser(site, notes, committed)

  function proposal(number: number): Proposal {
    const found = proposals().find(one => one.number === number)
    if (found === undefined) throw new Moved(`#${number} is none of the pull requests that this pass has read`)
    return found
  }

  /** Somebody may have written on it, merged or closed it since we looked: read again, as close before the write as can be. */
  async function standing(number: number): Promise<Standing> {
    const { branch, state } = proposal(number)
    const { data } = await octokit.rest.pulls.get({ ...repo, pull_number: number })
    if ((data.state === 'open') !== (state === 'open'))
      throw new Moved(`#${number} was ${state}, and is ${data.state} now`)
    const labels = data.labels.map(label => label.name)
    return { number, branch, title: data.title, body: data.body ?? '', labels }
  }

  /** The final memory is written last: a crash before it leaves an unfinished pull request that the next pass completes. */
  async function open(action: Extract<Action, { do: 'open' }>): Promise<void> {
    const { pullRequest, commit, check, memory } = action
    const head = await push(site, mirror, remote, pullRequest.branch, commit)
    const fresh = await reviser.open(pullRequest, pullRequest.into ?? remote.defaultBranch, memory)
    opened.set(pullRequest.branch, fresh.number)
    await request(fresh.number, pullRequest.reviewers)
    await report(site, head, check, memory.inputs)
    await reviser.revise(fresh, { ...pullRequest, memory, closed: false })
  }

  /** Where opening ended before its last write (no inputs), reviewers may not have been asked. */
  async function update(action: Extract<Action, { do: 'update' }>): Promise<void> {
    const { number, pullRequest, commit, check, memory } = action
    const { branch, reviewers } = pullRequest
    if (remote.heads.get(branch) !== action.head) throw new Moved(`${branch} is not at ${action.head}`)
    const head = await push(site, mirror, remote, branch, commit)
    if (proposal(number).memory.inputs === '') await request(number, reviewers)
    await report(site, head, check, memory.inputs)
    await reviser.revise(await standing(number), { ...pullRequest, memory, closed: false })
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
      if (!hasStatus(error, 422)) throw error
      const text = `GitHub refuses the reviewers that the policy names (${names.map(name => code(name, 100)).join(', ')}): each must be a collaborator or a team that can see this repository, and not the author. Nobody was asked.`
      await notice(site, notes, { do: 'notice', number, key: 'reviewers', text })
    }
  }

  async function remember({ number, pullRequest, memory }: Extract<Action, { do: 'remember' }>): Promise<void> {
    await reviser.revise(await standing(number), { ...pullRequest, memory, title: null, closed: false })
  }

  async function close(action: Extract<Action, { do: 'close' }>): Promise<void> {
    const { number, branch, reason, pullRequest, memory } = action
    const before = await standing(number)
    await notice(site, notes, { do: 'notice', number, key: 'closed', text: reason })
    await reviser.revise(before, { ...pullRequest, memory, title: null, closed: true })
    const head = remote.heads.get(branch)
    const isShared = proposals().some(one => one.branch === branch && one.number !== number && one.state === 'open')
    if (head !== undefined && !isShared && isOurs(key, await mirror.commit(head)))
      await deleteBranch(site, branch, head)
  }

  /** A job that GitHub does not run again (too old, running already, or no permission) is no reason to stop: it is said. */
  async function rerun({ number, job }: Extract<Action, { do: 'rerun' }>): Promise<void> {
    try {
      await octokit.rest.actions.reRunJobForWorkflowRun({ ...repo, job_id: job })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (![403, 404, 410, 422].some(status => hasStatus(error, status)) || /rate limit/i.test(why)) throw error
      const text = `GitHub does not run the failed job again (${code(why, 200)}). Running it again yourself is as good.`
      await notice(site, notes, { do: 'notice', number, key: `rerun ${job}`, text })
    }
  }

  return {
    opened,
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
          return notice(site, notes, action)
        case 'reply':
          return reply(site, notes, action)
        case 'check':
          return say(site, action)
        case 'delete':
          return deleteBranch(site, action.branch, action.head)
        case 'rerun':
          return rerun(action)
      }
    },
  }
}
