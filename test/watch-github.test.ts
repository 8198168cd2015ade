import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Signal } from '../src/model.ts'
import { openGitHubApp } from '../src/outside/github/github-app.ts'
import { readSignals } from '../src/outside/github/github-signals.ts'
import { openStore } from '../src/outside/store/store.ts'
import type { People } from './github-double/people.ts'
import { type GitHubDouble, startGitHub } from './github-double/server.ts'
import type { App, Permissions } from './github-double/state.ts'
import { FakeWorld } from './stories/fake-world.ts'
import { HASTY } from './support/github-world.ts'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const anApp = (id: number, slug: string, permissions: Permissions): App => ({
  id,
  slug,
  publicKeyPem: keys.publicKey,
  webhookSecret: 'a secret for tests',
  permissions,
})
const READ = { checks: 'write', statuses: 'read', deployments: 'read' } as const
const repo = { owner: 'acme', repo: 'gitops' }

let github: GitHubDouble
let people: People
/** Clients sign with the real time, so the double's clock begins there, and goes on by hand. */
let began = 0
let seconds = 0
let head = ''

const at = (second: number) => new Date(began + second * 1000).toISOString().replace('.000', '')
const stamp = () => at(seconds)
const later = () => void seconds++

async function start(permissions: Permissions = READ): Promise<void> {
  began = Math.floor(Date.now() / 1000) * 1000
  seconds = 0
  const apps = [anApp(7, 'windlass', permissions), anApp(8, 'argo', { checks: 'write', deployments: 'write' })]
  github = await startGitHub({ apps, now: () => new Date(began + seconds * 1000) })
  people = await github.repo('acme', 'gitops', new Map([['README.md', '# GitOps\n']]))
  people.setPermission('flux-bot', 'write')
  head = (await people.head('main')) ?? ''
}

beforeEach(() => start())
afterEach(() => github.stop())

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function asApp(appId: number): Octokit {
  const auth = { appId, privateKey: keys.privateKey }
  return new Octokit({ baseUrl: github.api, authStrategy: createAppAuth, auth, log: quiet })
}

async function as(appId: number): Promise<Octokit> {
  const auth = { appId, privateKey: keys.privateKey }
  const self = asApp(appId)
  const { data } = await self.rest.apps.getRepoInstallation(repo)
  const installed = { ...auth, installationId: data.id }
  return new Octokit({ baseUrl: github.api, authStrategy: createAppAuth, auth: installed, log: quiet })
}

const person = (login: string) => new Octokit({ baseUrl: github.api, auth: github.userToken(login), log: quiet })

async function read(commits: readonly string[] = [head]) {
  const site = { octokit: await as(7), owner: 'acme', name: 'gitops', login: 'windlass[bot]', key: '' }
  return readSignals(site, commits)
}

const status = (state: 'success' | 'failure' | 'error' | 'pending', context: string, description = '') =>
  person('flux-bot').rest.repos.createCommitStatus({ ...repo, sha: head, state, context, description })

test('statuses, checks and deployments of a commit become signals, oldest first', async () => {
  await status('success', 'kustomization/apps/0c9c2e41', 'reconciliation succeeded')
  later()
  const argo = await as(8)
  const output = { title: 'Healthy', summary: '' }
  const run = { ...repo, name: 'argocd/beacon', head_sha: head, output }
  await argo.rest.checks.create({ ...run, conclusion: 'success', completed_at: stamp() })
  later()
  const made = await argo.rest.repos.createDeployment({
    ...repo,
    ref: head,
    environment: 'prod',
    required_contexts: [],
  })
  const deployment_id = 'id' in made.data ? made.data.id : 0
  await argo.rest.repos.createDeploymentStatus({ ...repo, deployment_id, state: 'error', description: 'crashed' })
  const common = { commit: head, version: null, run: null }
  expect(await read()).toEqual({
    refused: [],
    signals: [
      {
        ...common,
        via: 'status',
        name: 'kustomization/apps/0c9c2e41',
        state: 'success',
        at: at(0),
        by: 'flux-bot',
        place: null,
        says: 'reconciliation succeeded',
      },
      {
        ...common,
        via: 'check',
        name: 'argocd/beacon',
        state: 'success',
        at: at(1),
        by: 'argo',
        place: null,
        says: 'Healthy',
      },
      {
        ...common,
        via: 'deployment',
        name: 'deployment/prod',
        state: 'failure',
        at: at(2),
        by: 'argo[bot]',
        place: 'prod',
        says: 'crashed',
      },
    ],
  })
  github.assertHonest()
})

test('every status of a context is read, for the course matters, and of several commits', async () => {
  const first = head
  for (const state of ['pending', 'success', 'failure', 'error'] as const) {
    await status(state, 'smoke')
    later()
  }
  head = await people.commit('main', new Map([['x', 'y']]), { author: 'alice', message: 'Next' })
  await status('success', 'smoke')
  const { signals } = await read([first, head, first])
  expect(signals.map(({ state, commit }) => [state, commit === head])).toEqual([
    ['pending', false],
    ['success', false],
    ['failure', false],
    ['failure', false],
    ['success', true],
  ])
  github.assertHonest()
})

test('our own check is not evidence, and neither is a run that was skipped', async () => {
  const [self, argo] = [await as(7), await as(8)]
  await self.rest.checks.create({ ...repo, name: 'windlass', head_sha: head, conclusion: 'success' })
  for (const conclusion of ['skipped', 'cancelled', 'neutral', 'timed_out'] as const)
    await argo.rest.checks.create({ ...repo, name: conclusion, head_sha: head, conclusion })
  await argo.rest.checks.create({
    ...repo,
    name: 'running',
    head_sha: head,
    status: 'in_progress',
    started_at: stamp(),
  })
  const { signals } = await read()
  expect(Object.fromEntries(signals.map(({ name, state }) => [name, state]))).toEqual({
    skipped: 'pending',
    cancelled: 'pending',
    neutral: 'pending',
    timed_out: 'failure',
    running: 'pending',
  })
  github.assertHonest()
})

test('a deployment that a newer one replaced has not failed', async () => {
  const argo = await as(8)
  for (const _ of [1, 2]) {
    const made = await argo.rest.repos.createDeployment({
      ...repo,
      ref: head,
      environment: 'prod',
      required_contexts: [],
    })
    const deployment_id = 'id' in made.data ? made.data.id : 0
    await argo.rest.repos.createDeploymentStatus({ ...repo, deployment_id, state: 'in_progress' })
    later()
    await argo.rest.repos.createDeploymentStatus({ ...repo, deployment_id, state: 'success' })
    later()
  }
  const { signals } = await read()
  expect(signals.map(({ state }) => state)).toEqual(['pending', 'success', 'pending', 'success'])
  github.assertHonest()
})

test('words of strangers are cut, on one line, without secrets', async () => {
  await status('success', 'smoke', `token: ghp_${'a1B2'.repeat(9)}\n\u202eevil`)
  expect((await read()).signals[0]?.says).toBe('token: [redacted] evil')
})

test('reads three requests for a commit, and a bounded number of pages of a flooded one', async () => {
  for (let i = 0; i < 350; i++)
    people.record.statuses.push({
      id: i,
      sha: head,
      state: 'success',
      context: `flood/${i}`,
      description: null,
      targetUrl: null,
      creator: { login: 'mallory', id: 5, type: 'User' },
      createdAt: stamp(),
    })
  const before = github.log.length
  const { signals } = await read()
  expect(signals).toHaveLength(300)
  const asked = github.log.slice(before).flatMap(entry => (entry.kind === 'request' ? [entry.path] : []))
  const count = (part: string) => asked.filter(path => path.includes(part)).length
  expect([count('/statuses'), count('/check-runs'), count('/deployments')]).toEqual([3, 1, 1])
})

test('a permission that is not granted yet is said, and takes nothing else away', async () => {
  await github.stop()
  await start({ checks: 'write' })
  await (await as(8)).rest.checks.create({ ...repo, name: 'argocd/x', head_sha: head, conclusion: 'success' })
  const { signals, refused } = await read()
  expect(refused).toEqual(['statuses', 'deployments'])
  expect(signals.map(({ name }) => name)).toEqual(['argocd/x'])
})

test('a commit that GitHub does not have has no signals', async () => {
  expect(await read(['f'.repeat(40)])).toEqual({ signals: [], refused: [] })
})

test('an error of the moment is thrown, for the queue to try again', async () => {
  const site = { octokit: person('flux-bot'), owner: 'acme', name: 'gitops', login: 'windlass[bot]', key: '' }
  await github.stop()
  await expect(readSignals(site, [head])).rejects.toThrow()
  await start()
})

test('the world puts what GitHub shows and what the hooks brought in one order, and says what it may not see', async () => {
  await github.stop()
  await start({ checks: 'write', contents: 'read' })
  await (await as(8)).rest.checks.create({
    ...repo,
    name: 'argo',
    head_sha: head,
    conclusion: 'success',
    completed_at: at(5),
  })
  const data = mkdtempSync(join(tmpdir(), 'windlass-world-'))
  const installed = await as(7)
  const clients = { auth: async (installation?: number) => (installation === undefined ? asApp(7) : installed) }
  const store = await openStore({ database: null, data }, { onLost: () => {}, onError: () => {} })
  const app = await openGitHubApp(clients, { webUrl: github.url, webhookSecret: 'secret', data, budget: HASTY })
  const [repository] = await app.listRepositories(null, store)
  if (!repository) throw new Error('the App is installed nowhere')
  const hook = (name: string, second: number): Signal => ({
    via: 'generic',
    name,
    state: 'success',
    at: at(second),
    by: 'hook',
    commit: head,
    place: null,
    version: null,
    run: null,
    says: '',
  })
  const asked: string[] = []
  const lines: string[] = []
  const world = await app.world(
    repository,
    {
      ...Object.assign(new FakeWorld(), { progress: (line: string) => void lines.push(line) }),
      releases: async () => ({ ok: false, reason: 'none', retry: false }),
      chart: async () => ({ ok: false, reason: 'none', retry: false }),
      firstSeen: async () => at(0),
      since: async () => at(0),
      reporter: async (_environment, _name, by) => by,
      ask: async () => ({ kind: 'none', reason: 'none' }),
      async heard(since) {
        asked.push(since)
        return [hook('early', 1), hook('late', 9)]
      },
      shelf: { known: async () => null, keep: async () => {} },
    },
    { store, holder: randomUUID() },
  )
  const signals = await world.signals({ commits: [head], since: at(0) })
  expect(signals.map(({ name }) => name)).toEqual(['early', 'argo', 'late'])
  expect(asked).toEqual([at(0)])
  expect(lines).toEqual(['GitHub does not show us statuses, deployments: accept the permissions that the App asks for'])
  await store.close()
  rmSync(data, { recursive: true })
})
