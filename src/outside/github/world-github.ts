import { createHmac } from 'node:crypto'
import type { Octokit } from '@octokit/rest'
import type { Action, Comment, Proposal, Signal } from '../../model.ts'
import type { Registries, Renderer, World } from '../../world.ts'
import { GitError } from '../git/git.ts'
import type { Mirror } from '../git/mirror.ts'
import type { Notes } from '../store/notes.ts'
import { withLowPriority } from './budget.ts'
import { readBranches } from './github-branches.ts'
import { type KnownCi, readCi } from './github-ci.ts'
import { type Heard, readComments } from './github-comments.ts'
import { createDashboards, type DashboardShelf } from './github-dashboard.ts'
import { learnNotes, listPulls, type Pull, readProposals } from './github-proposals.ts'
import type { Site } from './github-read.ts'
import { bumpPulls, createReviewer, type ReviewMemory } from './github-review.ts'
import { readSignals } from './github-signals.ts'
import { replyName } from './github-talk.ts'
import { createWriter } from './github-write.ts'

/** What every repository shares: registries, renderer, model, clock and memory of first-seen versions. */
export type Services = Registries & Renderer & Pick<World, 'ask' | 'firstSeen' | 'now' | 'progress'>

/** What the server knows about one repository: what it remembers, and what woke it. `heard` is what its hooks brought since then (ISO 8601), oldest first. */
export type Remembered = Pick<World, 'since' | 'reporter' | 'woken'> & {
  heard(since: string): Promise<readonly Signal[]>
  /** Where the dashboard is kept between two passes. */
  readonly shelf: DashboardShelf
}

export type GitHubRepository = {
  /** Guarded by the gateway. */
  readonly octokit: Octokit
  readonly notes: Notes
  readonly owner: string
  readonly name: string
  readonly mirror: Mirror
  /** A token that may read this repository's contents and nothing else. */
  readonly token: string
  /** What is known of CI from earlier passes. */
  readonly ci: KnownCi
  /** Our login there, `windlass[bot]`. */
  readonly login: string
  /** What earlier passes have heard. */
  readonly heard: Heard
  /** What outlives a pass of what we know about pull requests of others. */
  readonly reviews: ReviewMemory
  /** The secret of the App; the key that signs commits and memories is derived from it. */
  readonly secret: string
}

/** The key that signs what we write, derived so that the webhook secret itself signs nothing else. */
export function signingKey(secret: string): string {
  return createHmac('sha256', secret).update('windlass: memories and commits, v1').digest('hex')
}

/** What must not keep a reply or a hold waiting when there is little room under GitHub's limits. */
const CAN_WAIT: ReadonlySet<Action['do']> = new Set(['open', 'check', 'dashboard', 'delete', 'review'])

/** Without the comments that we know to have answered, although GitHub may not show it yet. */
async function unanswered(comments: readonly Comment[], notes: Notes): Promise<readonly Comment[]> {
  const answered = await notes.among(comments.map(({ id }) => replyName(id)))
  return comments.filter(({ id }) => !answered.has(replyName(id)))
}

/** One repository at GitHub as it is now: opens a pass. Throws when GitHub or git do not answer; the queue tries again. */
export async function openGitHubWorld(
  repository: GitHubRepository,
  { shelf, ...services }: Services & Remembered,
): Promise<World> {
  const { octokit, owner, name, login, secret, token, notes } = repository
  const site: Site = { octokit, owner, name, login, key: signingKey(secret) }
  const { mirror, heard, reviews } = repository
  const { woken } = services
  const remote = await mirror.refresh(token)
  let listed: readonly Pull[] = []
  let proposals: readonly Proposal[] = []
  const writer = createWriter(site, mirror, remote, () => proposals, notes)
  const dashboards = createDashboards(site, shelf, woken, services.now)
  const reviewer = createReviewer(site, { mirror, token, notes, memory: reviews })
  const perform = (action: Action) => {
    if (action.do === 'dashboard') return dashboards.write(action)
    if (action.do === 'review') return reviewer.write(action)
    return writer.perform(action)
  }
  return {
    ...services,
    tree: () => mirror.tree(remote.base),
    async branch(name) {
      const head = await mirror.branch(name, token)
      if (head === null) return { ok: false, reason: 'there is no such branch', retry: false }
      return { ok: true, value: await mirror.tree(head) }
    },
    async proposals() {
      const kept = await notes.all()
      listed = await listPulls(site, remote, kept)
      const found = await readProposals(site, mirror, remote, kept, listed)
      await learnNotes(site, notes, kept, found)
      proposals = await readCi(site, found, { woken, known: repository.ci, now: services.now() })
      return proposals
    },
    change: (commit, now) => changeOf(mirror, commit, now, token),
    ourBranches: () => readBranches(site, mirror, remote, listed),
    async comments(ours, teams) {
      const asked = { ours, teams, heard, isTold: woken.has('issue_comment'), now: services.now() }
      return unanswered(await readComments(site, asked), notes)
    },
    bumps: async () => bumpPulls(site, listed, remote.defaultBranch),
    changeOf: pull => reviewer.change(remote.base, pull),
    reviewed: reviewer.reviewed,
    reviews: reviews.seen,
    dashboard: dashboards.read,
    async signals({ commits, since }) {
      const { signals, refused } = await readSignals(site, commits)
      if (refused.length > 0)
        services.progress(`GitHub does not show us ${refused.join(', ')}: accept the permissions that the App asks for`)
      const all = [...signals, ...(await services.heard(since))]
      return all.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    },
    async perform(action) {
      await (CAN_WAIT.has(action.do) ? withLowPriority(() => perform(action)) : perform(action))
      return action.do === 'open' ? (writer.opened.get(action.pullRequest.branch) ?? null) : null
    },
  }
}

/** What a merge changed; git that does not answer is a reason to ask again. */
async function changeOf(mirror: Mirror, commit: string, now: string, token: string): ReturnType<World['change']> {
  try {
    return await mirror.change(commit, now, token)
  } catch (error) {
    if (error instanceof GitError) return { ok: false, reason: error.message, retry: true }
    throw error
  }
}
