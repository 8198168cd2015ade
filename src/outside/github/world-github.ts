import { createHmac } from 'node:crypto'
import type { Octokit } from '@octokit/rest'
import type { Action, Comment, Proposal } from '../../model.ts'
import type { Registries, Renderer, World } from '../../world.ts'
import type { Mirror } from '../git/mirror.ts'
import type { Notes } from '../store/notes.ts'
import { withLowPriority } from './gateway.ts'
import { readProposals } from './github-proposals.ts'
import { readComments, readForeignBranches, type Site } from './github-read.ts'
import { replyName } from './github-talk.ts'
import { createWriter } from './github-write.ts'

/** What every repository shares: registries, renderer, model, clock and memory of first-seen versions. */
export type Services = Registries & Renderer & Pick<World, 'ask' | 'firstSeen' | 'now' | 'progress'>

export type GitHubRepository = {
  /** Guarded by the gateway. */
  readonly octokit: Octokit
  readonly notes: Notes
  readonly owner: string
  readonly name: string
  readonly mirror: Mirror
  /** A token that may read this repository's contents and nothing else. */
  readonly token: string
  /** Our login there, `windlass[bot]`. */
  readonly login: string
  /** The secret of the App; the key that signs commits and memories is derived from it. */
  readonly secret: string
}

/** The key that signs what we write, derived so that the webhook secret itself signs nothing else. */
export function signingKey(secret: string): string {
  return createHmac('sha256', secret).update('windlass: memories and commits, v1').digest('hex')
}

/** What must not keep a reply or a hold waiting when there is little room under GitHub's limits. */
const CAN_WAIT: ReadonlySet<Action['do']> = new Set(['open', 'check', 'dashboard'])

/** Without the comments that we know to have answered, although GitHub may not show it yet. */
async function unanswered(comments: readonly Comment[], notes: Notes): Promise<readonly Comment[]> {
  const answered = await notes.among(comments.map(({ id }) => replyName(id)))
  return comments.filter(({ id }) => !answered.has(replyName(id)))
}

/** One repository at GitHub as it is now: opens a pass. Throws when GitHub or git do not answer; the queue tries again. */
export async function openGitHubWorld(repository: GitHubRepository, services: Services): Promise<World> {
  const { octokit, owner, name, login, secret, token, notes } = repository
  const site: Site = { octokit, owner, name, login, key: signingKey(secret) }
  const { mirror } = repository
  const remote = await mirror.refresh(token)
  let proposals: readonly Proposal[] = []
  const writer = createWriter(site, mirror, remote, () => proposals, notes)
  return {
    ...services,
    tree: () => mirror.tree(remote.base),
    async proposals() {
      proposals = await readProposals(site, mirror, remote, await notes.all())
      return proposals
    },
    foreignBranches: () => readForeignBranches(site, mirror, remote),
    comments: async ours => unanswered(await readComments(site, ours), notes),
    dashboard: async () => null,
    signals: async () => [],
    since: async () => services.now().toISOString(),
    reporter: async (_environment, _name, by) => by,
    woken: new Set(),
    perform: action =>
      CAN_WAIT.has(action.do) ? withLowPriority(() => writer.perform(action)) : writer.perform(action),
  }
}
