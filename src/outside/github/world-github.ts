import { createHmac } from 'node:crypto'
import type { Octokit } from '@octokit/rest'
import type { Proposal, SeenReview } from '../../model.ts'
import type { Registries, Renderer, World } from '../../world.ts'
import type { Mirror } from '../git/mirror.ts'
import { listPulls, readComments, readForeignBranches, readProposals, type Site } from './github-read.ts'
import { bumpPulls, type Forks, type ListedPull, readChange, readReviewed } from './github-review.ts'
import { createWriter } from './github-write.ts'

/** What every repository shares: registries, renderer, model, clock and memory of first-seen versions. */
export type Services = Registries & Renderer & Pick<World, 'ask' | 'firstSeen' | 'now' | 'progress'>

/** What this process remembers of the pull requests of others in one repository. */
export type ReviewMemory = { readonly seen: Map<number, SeenReview>; readonly forks: Forks }

/** An empty memory. */
export function createReviewMemory(): ReviewMemory {
  return { seen: new Map(), forks: new Map() }
}

export type GitHubRepository = {
  readonly octokit: Octokit
  readonly owner: string
  readonly name: string
  readonly mirror: Mirror
  /** A token that may read this repository's contents and nothing else. */
  readonly token: string
  /** Our login there, `windlass[bot]`. */
  readonly login: string
  /** What outlives a pass of what we know about pull requests of others. */
  readonly reviews: ReviewMemory
  /** The secret of the App; the key that signs commits and memories is derived from it. */
  readonly secret: string
}

/** The key that signs what we write, derived so that the webhook secret itself signs nothing else. */
export function signingKey(secret: string): string {
  return createHmac('sha256', secret).update('windlass: memories and commits, v1').digest('hex')
}

/** One repository at GitHub as it is now: opens a pass. Throws when GitHub or git do not answer; the queue tries again. */
export async function openGitHubWorld(repository: GitHubRepository, services: Services): Promise<World> {
  const { octokit, owner, name, login, secret, token, reviews } = repository
  const site: Site = { octokit, owner, name, login, key: signingKey(secret) }
  const { mirror } = repository
  const remote = await mirror.refresh(token)
  let listed: readonly ListedPull[] = []
  let proposals: readonly Proposal[] = []
  const writer = createWriter(site, mirror, remote, () => proposals)
  return {
    ...services,
    tree: () => mirror.tree(remote.base),
    async proposals() {
      listed = await listPulls(site)
      proposals = await readProposals(site, mirror, remote, listed)
      return proposals
    },
    foreignBranches: () => readForeignBranches(site, mirror, remote),
    bumps: async () => bumpPulls(site, listed, remote.defaultBranch),
    changeOf: pull => readChange(site, { mirror, remote, token, forks: reviews.forks }, pull),
    reviewed: ({ number }) => readReviewed(site, number),
    reviews: reviews.seen,
    comments: ours => readComments(site, ours),
    dashboard: async () => null,
    signals: async () => [],
    since: async () => services.now().toISOString(),
    reporter: async (_environment, _name, by) => by,
    woken: new Set(),
    perform: action => writer.perform(action),
  }
}
