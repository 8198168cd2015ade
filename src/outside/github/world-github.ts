import { createHmac } from 'node:crypto'
import type { Octokit } from '@octokit/rest'
import type { Proposal } from '../../model.ts'
import type { Registries, Renderer, World } from '../../world.ts'
import { GitError } from '../git/git.ts'
import type { Mirror } from '../git/mirror.ts'
import { type KnownCi, readCi } from './github-ci.ts'
import { readComments, readForeignBranches, readProposals, type Site } from './github-read.ts'
import { createWriter } from './github-write.ts'

/** What every repository shares: registries, renderer, model, clock and memory of first-seen versions. */
export type Services = Registries & Renderer & Pick<World, 'ask' | 'firstSeen' | 'now' | 'progress'>

/** What one pass is given. */
export type PassServices = Services & Pick<World, 'woken'>

export type GitHubRepository = {
  readonly octokit: Octokit
  readonly owner: string
  readonly name: string
  readonly mirror: Mirror
  /** A token that may read this repository's contents and nothing else. */
  readonly token: string
  /** What is known of CI from earlier passes. */
  readonly ci: KnownCi
  /** Our login there, `windlass[bot]`. */
  readonly login: string
  /** The secret of the App; the key that signs commits and memories is derived from it. */
  readonly secret: string
}

/** The key that signs what we write, derived so that the webhook secret itself signs nothing else. */
export function signingKey(secret: string): string {
  return createHmac('sha256', secret).update('windlass: memories and commits, v1').digest('hex')
}

/** One repository at GitHub as it is now: opens a pass. Throws when GitHub or git do not answer; the queue tries again. */
export async function openGitHubWorld(repository: GitHubRepository, services: PassServices): Promise<World> {
  const { octokit, owner, name, login, secret, token } = repository
  const site: Site = { octokit, owner, name, login, key: signingKey(secret) }
  const { mirror } = repository
  const remote = await mirror.refresh(token)
  let proposals: readonly Proposal[] = []
  const writer = createWriter(site, mirror, remote, () => proposals)
  return {
    ...services,
    tree: () => mirror.tree(remote.base),
    async proposals() {
      const found = await readProposals(site, mirror, remote)
      const { woken } = services
      proposals = await readCi(site, found, { woken, known: repository.ci, now: services.now() })
      return proposals
    },
    foreignBranches: () => readForeignBranches(site, mirror, remote),
    change: commit => changeOf(mirror, commit, remote.base, token),
    comments: ours => readComments(site, ours),
    dashboard: async () => null,
    signals: async () => [],
    since: async () => services.now().toISOString(),
    reporter: async (_environment, _name, by) => by,
    perform: action => writer.perform(action),
  }
}

/** What a merge changed; git that does not answer is a reason to ask again. */
async function changeOf(mirror: Mirror, commit: string, base: string, token: string): ReturnType<World['change']> {
  try {
    return await mirror.change(commit, base, token)
  } catch (error) {
    if (error instanceof GitError) return { ok: false, reason: error.message, retry: true }
    throw error
  }
}
