import { join } from 'node:path'
import type { Octokit } from '@octokit/rest'
import type { Repository } from '../../app.ts'
import type { Check } from '../../model.ts'
import { inSeconds, Later } from '../../server/later.ts'
import type { World } from '../../world.ts'
import { type Mirror, openMirror } from '../git/mirror.ts'
import type { Store } from '../store/store.ts'
import type { Budget } from '../store/writes.ts'
import { guard } from './gateway.ts'
import type { KnownCi } from './github-ci.ts'
import type { Heard } from './github-comments.ts'
import { createReviewMemory, type ReviewMemory } from './github-review.ts'
import { reportOnHead } from './report-on-head.ts'
import { openGitHubWorld, type Remembered, type Services } from './world-github.ts'

/** What we need of Probot: a client as the App itself, or a new one as an installation, with fresh tokens. */
export type Clients = { auth(installation?: number): Promise<unknown> }

export type GitHubAppSettings = {
  readonly webUrl: string
  readonly webhookSecret: string
  /** Folder of everything we keep on disk. */
  readonly data: string
  /** What may be sent for one installation. */
  readonly budget: Budget
}

/** The pass for which a repository is opened: its attempt, and the store in which it is counted. */
export type Turn = { readonly store: Store; readonly holder: string }

/** The App at GitHub. */
export type GitHubApp = {
  /** Our login, `windlass[bot]`. */
  readonly login: string
  /** Every repository of one installation, or of all that are not suspended when it is null; Later while GitHub wants a pause. */
  listRepositories(installation: number | null, store: Store): Promise<readonly Repository[]>
  /** One repository as it is now; throws when GitHub or git do not answer, Later while GitHub wants a pause. */
  world(repository: Repository, services: Services & Remembered, turn: Turn): Promise<World>
  /** Puts a check run on the newest commit of the default branch, where it is not the one that stands there already. */
  report(repository: Repository, check: Check, store: Store): Promise<void>
  /** Rejects when GitHub does not take our key. */
  check(): Promise<void>
}

/** A token is taken anew this many milliseconds before it ends, so that a pass never outlives it. */
const MARGIN = 15 * 60_000

/** Repositories whose files are kept in memory between passes; 4,000 files have some 20 MB of text. */
const MIRRORS_OPEN = 20

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

  async function repositories(installation: number, { writes }: Store): Promise<Repository[]> {
    const octokit = await client(installation)
    guard(octokit, { installation, pass: null, writes, budget: settings.budget })
    const all = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 100 })
    return all
      .filter(({ archived, disabled }) => !archived && !disabled)
      .map(({ owner, name }) => ({ installation, owner: owner.login, name }))
  }

  const tokens = new Map<string, { token: string; until: number }>()

  /** For git: narrowed to one repository and to reading. Clients of Probot keep their own tokens. */
  async function readToken({ installation, owner, name }: Repository): Promise<string> {
    const key = `${installation} ${owner}/${name}`
    const known = tokens.get(key)
    if (known && known.until - MARGIN > Date.now()) return known.token
    const octokit = await client()
    const { data } = await octokit.rest.apps.createInstallationAccessToken({
      installation_id: installation,
      repositories: [name],
      permissions: { contents: 'read' },
    })
    tokens.set(key, { token: data.token, until: Date.parse(data.expires_at) })
    return data.token
  }

  const ci: KnownCi = new Map()
  const mirrors = new Map<string, Promise<Mirror>>()

  /** The mirrors used last stay open, with the text of their files. */
  function mirrorOf(name: string): Promise<Mirror> {
    const opened =
      mirrors.get(name) ?? openMirror(join(settings.data, 'mirrors'), name, `${settings.webUrl}/${name}.git`)
    mirrors.delete(name)
    mirrors.set(name, opened)
    opened.catch(() => mirrors.delete(name))
    const [oldest] = mirrors.keys()
    if (mirrors.size > MIRRORS_OPEN && oldest !== undefined) mirrors.delete(oldest)
    return opened
  }

  const heard = new Map<string, Heard>()

  function heardOf(name: string): Heard {
    const known = heard.get(name) ?? new Map()
    heard.set(name, known)
    return known
  }

  const reviews = new Map<string, ReviewMemory>()

  function reviewsOf(name: string): ReviewMemory {
    const known = reviews.get(name) ?? createReviewMemory()
    reviews.set(name, known)
    return known
  }

  return {
    login,
    async listRepositories(installation, store) {
      const asked = installation === null ? await installations() : [installation]
      const found: Repository[] = []
      for (const id of asked) found.push(...(await repositories(id, store)))
      return found
    },
    async world(repository, services, { store, holder }) {
      const { installation, owner, name } = repository
      const pause = await store.writes.paused(installation)
      if (pause > 0) throw new Later('GitHub asked for a pause', inSeconds(pause))
      const octokit = await client(installation)
      const pass = { repository: `${owner}/${name}`, holder }
      guard(octokit, { installation, pass, writes: store.writes, budget: settings.budget })
      const opened = {
        octokit,
        notes: store.notes(`${owner}/${name}`, holder),
        token: await readToken(repository),
        owner,
        name,
        mirror: await mirrorOf(`${owner}/${name}`),
        login,
        ci,
        heard: heardOf(`${owner}/${name}`),
        reviews: reviewsOf(`${owner}/${name}`),
        secret: settings.webhookSecret,
      }
      return openGitHubWorld(opened, services)
    },
    async report(repository, check, { writes }) {
      const { installation, owner, name } = repository
      const octokit = await client(installation)
      const pass = { repository: `${owner}/${name}`, holder: null }
      guard(octokit, { installation, pass, writes, budget: settings.budget })
      await reportOnHead(octokit, repository, check)
    },
    async check() {
      await slug()
    },
  }
}
