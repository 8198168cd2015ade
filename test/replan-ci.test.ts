import { generateKeyPairSync } from 'node:crypto'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/rest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Proposal } from '../src/model.ts'
import { type KnownCi, readCi } from '../src/outside/github/github-ci.ts'
import { excerpt } from '../src/outside/github/github-log.ts'
import type { Site } from '../src/outside/github/github-read.ts'
import type { People } from './github-double/people.ts'
import { type GitHubDouble, startGitHub } from './github-double/server.ts'
import type { App } from './github-double/state.ts'
import { aProposal } from './support/plans.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

const APP: App = {
  id: 7,
  slug: 'windlass',
  publicKeyPem: publicKey,
  webhookSecret: 'x',
  permissions: { contents: 'write', checks: 'write', statuses: 'read', actions: 'read' },
}
const BARE: App = { ...APP, id: 8, slug: 'bare', permissions: { contents: 'write', checks: 'write' } }
const NOW = new Date('2026-01-01T12:00:00Z')
const LONG_AGO = '2026-01-01T11:00:00Z'
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

let github: GitHubDouble
let repo: People
let commits = 0

beforeAll(async () => {
  github = await startGitHub({ apps: [APP, BARE] })
  repo = await github.repo('acme', 'gitops', new Map([['a.yaml', 'a: 1\n']]))
})

afterAll(async () => {
  github.assertHonest()
  await github.stop()
})

async function siteOf({ id, slug }: App = APP): Promise<Site> {
  const app = new Octokit({
    baseUrl: github.api,
    authStrategy: createAppAuth,
    auth: { appId: id, privateKey },
    log: quiet,
  })
  const { data } = await app.rest.apps.getRepoInstallation({ owner: 'acme', repo: 'gitops' })
  const auth = { appId: id, privateKey, installationId: data.id }
  const octokit = new Octokit({ baseUrl: github.api, authStrategy: createAppAuth, auth, log: quiet })
  return { octokit, owner: 'acme', name: 'gitops', login: `${slug}[bot]`, key: 'k' }
}

async function aHead(): Promise<Proposal> {
  const files = new Map([['a.yaml', `a: ${++commits}\n`]])
  const head = await repo.commit('windlass/dev/a', files, { author: 'windlass', message: 'x' })
  return aProposal({ head, updatedAt: LONG_AGO })
}

/** What CI comes to, and the paths that were asked for it. */
async function look(proposal: Proposal, woken: readonly string[], known: KnownCi = new Map(), site?: Site) {
  const before = github.log.length
  const [read] = await readCi(site ?? (await siteOf()), [proposal], { woken: new Set(woken), known, now: NOW })
  const asked = github.log.slice(before).flatMap(entry => (entry.kind === 'request' ? [entry.operationId] : []))
  return { ci: read?.ci, asked: asked.filter(id => !id?.startsWith('apps/')) }
}

const BOTH = ['checks/list-for-ref', 'repos/get-combined-status-for-ref']

describe('what CI says', () => {
  test('nothing at all', async () => {
    expect(await look(await aHead(), ['sweep'])).toEqual({ ci: { kind: 'none' }, asked: BOTH })
  })

  test.each([
    ['green', [{ name: 'a', conclusion: 'success' }], 'passed'],
    [
      'still running',
      [
        { name: 'a', conclusion: 'success' },
        { name: 'b', conclusion: null, log: '' },
      ],
      'pending',
    ],
    [
      'red while another job still runs',
      [
        { name: 'a', conclusion: 'failure', log: 'x' },
        { name: 'b', conclusion: null, log: '' },
      ],
      'pending',
    ],
    ['cancelled, which is no yes', [{ name: 'a', conclusion: 'cancelled', log: '' }], 'pending'],
    [
      'red, then green when it ran again',
      [
        { name: 'a', conclusion: 'failure', log: 'x' },
        { name: 'a', conclusion: 'success', log: '' },
      ],
      'passed',
    ],
  ] as const)('%s', async (_, verdicts, kind) => {
    const proposal = await aHead()
    for (const verdict of verdicts) repo.ci(proposal.head, verdict)
    expect((await look(proposal, ['check_run'])).ci?.kind).toBe(kind)
  })

  test('a failed job with the end of its log, asked for without our token', async () => {
    const proposal = await aHead()
    const job = repo.ci(proposal.head, { name: 'lint', conclusion: 'failure', log: 'no matches for kind "X"\n' })
    const seen = github.logs.asked.length
    const { ci, asked } = await look(proposal, ['check_run'])
    expect(ci).toMatchObject({ kind: 'failed', jobs: [{ name: 'lint', job, log: 'no matches for kind "X"\n' }] })
    expect(asked).toEqual([...BOTH, 'actions/download-job-logs-for-workflow-run'])
    expect(github.logs.asked.slice(seen)).toEqual([null])
  })

  test('a log that its storage does not have is no reason to stop: the annotations are read', async () => {
    const proposal = await aHead()
    repo.ci(proposal.head, {
      name: 'lint',
      conclusion: 'failure',
      annotations: ['The runner has received a shutdown signal'],
    })
    const { ci } = await look(proposal, ['check_run'])
    expect(ci).toMatchObject({
      kind: 'failed',
      jobs: [{ log: null, summary: '.github:1 The runner has received a shutdown signal' }],
    })
  })

  test("another CI's check with its annotations", async () => {
    const proposal = await aHead()
    repo.ci(proposal.head, {
      name: 'ci',
      conclusion: 'failure',
      summary: 'see below',
      annotations: ['bad: token: hunter2hunter2'],
    })
    const { ci } = await look(proposal, ['check_run'])
    expect(ci).toMatchObject({
      kind: 'failed',
      jobs: [{ job: null, log: null, summary: expect.stringContaining('see below\n.github:1 bad') }],
    })
    expect(JSON.stringify(ci)).not.toContain('hunter2')
  })

  test('a red commit status', async () => {
    const proposal = await aHead()
    const status = {
      sha: proposal.head,
      state: 'error',
      context: 'jenkins',
      description: 'Invalid: 1',
      targetUrl: null,
      createdAt: LONG_AGO,
    }
    repo.record.statuses.push({ ...status, id: 1, creator: repo.record.owner })
    const { ci } = await look(proposal, ['status'])
    expect(ci).toMatchObject({
      kind: 'failed',
      jobs: [{ name: 'jenkins', job: null, summary: 'Invalid: 1', endedAt: LONG_AGO }],
    })
  })

  test('our own check is not CI', async () => {
    const proposal = await aHead()
    const site = await siteOf()
    await site.octokit.rest.checks.create({
      owner: 'acme',
      repo: 'gitops',
      name: 'windlass',
      head_sha: proposal.head,
      conclusion: 'failure',
    })
    expect((await look(proposal, ['sweep'], new Map(), site)).ci).toEqual({ kind: 'none' })
  })

  test('without the permissions that came later it is what can be seen', async () => {
    const proposal = await aHead()
    repo.ci(proposal.head, {
      name: 'lint',
      conclusion: 'failure',
      log: 'x',
      annotations: ['lost communication with the server'],
    })
    const { ci } = await look(proposal, ['sweep'], new Map(), await siteOf(BARE))
    expect(ci).toMatchObject({
      kind: 'failed',
      jobs: [{ log: null, summary: '.github:1 lost communication with the server' }],
    })
  })
})

describe('when GitHub is asked', () => {
  test('not again without news, and with news a log that was read is not read again', async () => {
    const known: KnownCi = new Map()
    const proposal = await aHead()
    repo.ci(proposal.head, { name: 'lint', conclusion: 'failure', log: 'x' })
    const first = await look(proposal, ['check_run'], known)
    expect(await look(proposal, ['push'], known)).toEqual({ ci: first.ci, asked: [] })
    expect(await look(proposal, ['sweep'], known)).toEqual({ ci: first.ci, asked: BOTH })
  })

  test('a head that is young is not asked about without news, an older one once', async () => {
    const known: KnownCi = new Map()
    const young = { ...(await aHead()), updatedAt: '2026-01-01T11:55:00Z' }
    expect(await look(young, ['push'], known)).toEqual({ ci: { kind: 'pending' }, asked: [] })
    expect((await look({ ...young, updatedAt: LONG_AGO }, ['push'], known)).asked).toEqual(BOTH)
    expect((await look({ ...young, updatedAt: LONG_AGO }, ['push'], known)).asked).toEqual([])
  })

  test('never about one that is not open', async () => {
    expect((await look({ ...(await aHead()), state: 'merged' }, ['sweep'])).asked).toEqual([])
  })
})

describe('the part of a log that is kept', () => {
  test('without colours, dates and secrets, and not what comes long after the first error', () => {
    const log = [
      '\uFEFF2026-02-01T10:00:00.1234567Z \u001b[31mred\u001b[0m',
      '2026-02-01T10:00:01.0000000Z password: hunter2hunter2',
      '2026-02-01T10:00:02.0000000Z ##[error]Process completed with exit code 1.',
      'after\n'.repeat(1000),
    ].join('\r\n')
    const kept = excerpt(log)
    expect(kept).toMatch(/^red\npassword: \[redacted\]\n##\[error\]Process completed with exit code 1\.\nafter\n/)
    expect(kept.length).toBeLessThan(2200)
  })

  test('at most 64 KiB of it, up to the error', () => {
    const kept = excerpt(`${'line\n'.repeat(100_000)}##[error]the end`)
    expect(kept.length).toBe(64 * 1024)
    expect(kept.endsWith('##[error]the end')).toBe(true)
  })
})
