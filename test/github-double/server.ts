import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Api, lineOf } from './api.ts'
import { issueUserToken } from './auth.ts'
import { describe } from './description.ts'
import { createFaults, type Faults } from './faults.ts'
import { stopGit } from './git-http.ts'
import type { Handlers } from './handler.ts'
import { handlers } from './handlers/index.ts'
import { answer } from './http.ts'
import { createLimits, type Limits } from './limits.ts'
import type { Log } from './log.ts'
import { type LogHost, startLogHost } from './logs.ts'
import type { Violation } from './openapi.ts'
import { type Payloads, payloadsOf } from './payloads.ts'
import { createRepo, type Files, type People, type RepoOptions } from './people.ts'
import { createRouter } from './router.ts'
import { type App, botOf, type State, userOf } from './state.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

/** How to start: the apps that exist, where webhooks go (may be said later), the clock, and endpoints to replace. */
export type Options = {
  readonly apps: readonly App[]
  readonly webhookUrl?: string
  readonly now?: () => Date
  /** Endpoints that answer otherwise; their answers are held to the description all the same. */
  readonly handlers?: Handlers
}

/** A running GitHub. */
export type GitHubDouble = Webhooks &
  Payloads & {
    /** `http://127.0.0.1:PORT`; `host` is the part for GHE_HOST, `api` the base URL for Octokit. */
    readonly url: string
    readonly host: string
    readonly api: string
    readonly log: Log
    /** Where the logs of jobs lie. */
    readonly logs: LogHost
    readonly violations: readonly Violation[]
    readonly faults: Faults
    readonly limits: Limits
    /** Throws when a request or an answer departed from GitHub's description, listing each. */
    readonly assertHonest: () => void
    /** Makes a repository with these files on `main`; every app gets it installed unless told otherwise. */
    readonly repo: (owner: string, name: string, files?: Files, options?: RepoOptions) => Promise<People>
    /** Makes a team (`organisation/team`) with these members by login, or makes it anew. */
    readonly team: (name: string, members: Readonly<Record<string, 'active' | 'pending'>>) => void
    /** A token of a person, for git over HTTP and REST. */
    readonly userToken: (login: string) => string
    /** Stops the server and removes its repositories. */
    readonly stop: () => Promise<void>
  }

/** Starts a GitHub on a free port of 127.0.0.1, laid out as GitHub Enterprise Server. */
export async function startGitHub(options: Options): Promise<GitHubDouble> {
  const state = await emptyState(options)
  const violations: Violation[] = []
  const faults = createFaults()
  const api: Api = {
    state,
    violations,
    limits: createLimits(() => state.now()),
    router: createRouter(describe().operations),
    handlers: { ...handlers, ...options.handlers },
  }
  const server = createServer((request, response) => {
    answer(api, faults, request, response).catch(error => {
      violations.push({ operation: `${request.method} ${request.url}`, path: 'server', message: String(error) })
      response.destroy()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  state.origin = `http://${host}`
  return {
    url: state.origin,
    host,
    api: `${state.origin}/api/v3`,
    log: state.log,
    logs: state.logs,
    violations,
    faults,
    limits: api.limits,
    assertHonest: () => assertHonest(violations),
    repo: (owner, name, files = new Map(), more = {}) => createRepo(state, owner, name, files, more),
    team: (name, members) => void state.teams.set(name.toLowerCase(), new Map(Object.entries(members))),
    userToken: login => issueUserToken(state, userOf(state, login)),
    ...createWebhooks(state, options.webhookUrl ?? null),
    ...payloadsOf(state),
    stop: async () => {
      stopGit()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await state.logs.stop()
      await rm(state.dir, { recursive: true, force: true })
    },
  }
}

async function emptyState({ apps, now = () => new Date() }: Options): Promise<State> {
  let id = 1000
  const state: State = {
    dir: await mkdtemp(join(tmpdir(), 'github-double-')),
    apps,
    users: new Map(),
    repos: new Map(),
    installations: new Map(),
    tokens: new Map(),
    teams: new Map(),
    log: [],
    logs: await startLogHost(),
    now,
    nextId: () => ++id,
    origin: '',
  }
  for (const app of apps) botOf(state, app)
  return state
}

function assertHonest(violations: readonly Violation[]): void {
  if (violations.length > 0)
    throw new Error(`${violations.length} violation(s) of GitHub's description:\n${violations.map(lineOf).join('\n')}`)
}
