import { join } from 'node:path'
import type { Octokit } from '@octokit/rest'
import type { Repository } from '../app.ts'
import type { World } from '../world.ts'
import { openGitHubWorld, type Services } from './world-github.ts'

/** What we need of Probot: a client as the App itself, or as one installation; throttled, retrying, with fresh tokens. */
export type Clients = { auth(installation?: number): Promise<unknown> }

export type GitHubAppSettings = {
  readonly webUrl: string
  readonly webhookSecret: string
  /** Folder of everything we keep on disk. */
  readonly data: string
}

/** The App at GitHub. */
export type GitHubApp = {
  /** Our login, `windlass[bot]`. */
  readonly login: string
  /** Every repository of one installation, or of all that are not suspended when it is null. */
  listRepositories(installation: number | null): Promise<readonly Repository[]>
  /** One repository as it is now; throws when GitHub or git do not answer. */
  world(repository: Repository, services: Services): Promise<World>
  /** Rejects when GitHub does not take our key. */
  check(): Promise<void>
}

/** Asks GitHub who we are; rejects when the key or the host is wrong. */
export async function openGitHubApp(clients: Clients, settings: GitHubAppSettings): Promise<GitHubApp> {
  const client = async (installation?: number) => (await clients.auth(installation)) as Octokit
  const slug = async () => (await (await client()).rest.apps.getAuthenticated()).data?.slug
  const login = `${await slug()}[bot]`

  async function installations(): Promise<number[]> {
    const octokit = await client()
    const all = await octokit.paginate(octokit.rest.apps.listInstallations, { per_page: 100 })
    return all.filter(({ suspended_at }) => !suspended_at).map(({ id }) => id)
  }

  async function repositories(installation: number): Promise<Repository[]> {
    const octokit = await client(installation)
    const all = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 100 })
    return all
      .filter(({ archived, disabled }) => !archived && !disabled)
      .map(({ owner, name }) => ({ installation, owner: owner.login, name }))
  }

  return {
    login,
    async listRepositories(installation) {
      const asked = installation === null ? await installations() : [installation]
      const found: Repository[] = []
      for (const id of asked) found.push(...(await repositories(id)))
      return found
    },
    async world({ installation, owner, name }, services) {
      const repository = {
        octokit: await client(installation),
        owner,
        name,
        cloneUrl: `${settings.webUrl}/${owner}/${name}.git`,
        login,
        secret: settings.webhookSecret,
        mirrors: join(settings.data, 'mirrors'),
      }
      return openGitHubWorld(repository, services)
    },
    async check() {
      await slug()
    },
  }
}
