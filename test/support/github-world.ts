import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, type Repository } from '../../src/app.ts'
import { type GitHubApp, openGitHubApp } from '../../src/outside/github/github-app.ts'
import type { Remembered, Services } from '../../src/outside/github/world-github.ts'
import { openStore, type Store } from '../../src/outside/store/store.ts'
import type { Budget } from '../../src/outside/store/writes.ts'
import { createLog } from '../../src/server/log.ts'
import { readSettings } from '../../src/settings.ts'
import type { World } from '../../src/world.ts'
import type { People } from '../github-double/people.ts'
import { type GitHubDouble, startGitHub } from '../github-double/server.ts'

/** GitHub, a store, and our App there, without server and queue: passes over a repository by hand. */
export type Outside = {
  readonly github: GitHubDouble
  readonly store: Store
  readonly key: string
  readonly app: GitHubApp
  /** A repository as its installation sees it. */
  installed(repo: People): Promise<Repository>
  /** Opens one more pass over a repository; all of them hold it. `more` is what the pass asks for besides GitHub. */
  look(repo: People, more?: Partial<Services & Remembered>): Promise<World>
  /** Requests to the API about a repository so far, `METHOD /path` without the query. */
  requests(repo: People): readonly string[]
  stop(): Promise<void>
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const SECRET = 'the webhook secret of the App'
const PERMISSIONS = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  metadata: 'read',
} as const

/** No pause between writes, and no limit: GitHub wants them, the double only when it is told to. */
export const HASTY: Budget = { pointsPerMinute: 1e6, writesPerMinute: 1e6, writesPerHour: 1e6, open: 1000, apart: 0 }

/** No pass of these tests asks for them. */
const services = { now: () => new Date(), woken: new Set(['issue_comment']) } as unknown as Services & Remembered

export async function startOutside(): Promise<Outside> {
  const folder = await mkdtemp(join(tmpdir(), 'outside-'))
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const app = { id: 1, slug: 'windlass', publicKeyPem, webhookSecret: SECRET, permissions: PERMISSIONS }
  const github = await startGitHub({ apps: [app] })
  const read = readSettings({
    APP_ID: '1',
    PRIVATE_KEY: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    WEBHOOK_SECRET: SECRET,
    GHE_HOST: github.host,
    GHE_PROTOCOL: 'http',
    WINDLASS_DATA: folder,
  })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const store = await openStore({ database: null, data: folder }, { onLost: () => {}, onError: () => {} })
  const opened = await openGitHubApp(createApp(read.settings, createLog('silent')), {
    webUrl: read.settings.github.webUrl,
    webhookSecret: SECRET,
    data: folder,
    budget: HASTY,
  })
  const holder = randomUUID()
  let installation: number | undefined
  async function installed({ owner, name }: People): Promise<Repository> {
    installation ??= (await opened.listRepositories(null, store)).find(one => one.owner === owner)?.installation
    return { installation: installation ?? 0, owner, name }
  }
  return {
    github,
    store,
    key: SECRET,
    app: opened,
    installed,
    async look(repo, more = {}) {
      const { owner, name } = repo
      await store.database.query(
        'insert into windlass_attempt (repository, job, holder) values (lower($1), $2, $2) on conflict (repository) do update set holder = $2',
        [`${owner}/${name}`, holder],
      )
      return opened.world(await installed(repo), { ...services, ...more }, { store, holder })
    },
    requests: ({ owner, name }) =>
      github.log.flatMap(entry =>
        entry.kind === 'request' && entry.path.startsWith(`/api/v3/repos/${owner}/${name}/`)
          ? [`${entry.method} ${entry.path.split('?')[0]?.slice(`/api/v3/repos/${owner}/${name}`.length)}`]
          : [],
      ),
    async stop() {
      await store.close()
      await github.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
