import { randomUUID } from 'node:crypto'
import { Octokit } from '@octokit/rest'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action } from '../src/model.ts'
import { createDashboards, type DashboardShelf, type KnownDashboard } from '../src/outside/github/github-dashboard.ts'
import type { Site } from '../src/outside/github/github-read.ts'
import { dashboardShelf } from '../src/outside/store/dashboards.ts'
import { openStore, type Store } from '../src/outside/store/store.ts'
import { writeDashboardMemory } from '../src/report/dashboard-memory.ts'
import { embed } from '../src/report/memory.ts'
import { Later } from '../src/server/later.ts'
import { aBoard } from './support/boards.ts'
import { ENGINES, type Engine, startEngine } from './support/engines.ts'

const API = 'https://api.github.test'
const REPO = '/repos/acme/gitops'
const site: Site = {
  octokit: new Octokit({ baseUrl: API, log: { debug() {}, info() {}, warn() {}, error() {} } }),
  owner: 'acme',
  name: 'gitops',
  login: 'windlass[bot]',
  key: 'key',
}

let kept: KnownDashboard | null
let time: Date
const shelf: DashboardShelf = {
  known: async () => kept,
  keep: async known => {
    kept = known
  },
}

beforeEach(() => {
  kept = null
  time = new Date('2026-02-01T12:00:00Z')
})

const where = { key: 'key', repository: 'acme/gitops' }
const { memory } = aBoard()
const BODY = embed('', 'text', writeDashboardMemory(memory, where))
const ISSUE = { number: 5, state: 'open', title: 'Windlass dashboard', body: BODY, user: { login: 'windlass[bot]' } }
const KNOWN: KnownDashboard = { number: 5, state: 'open', title: 'Windlass dashboard', body: BODY, unseenSince: null }

function boards(...woken: string[]) {
  return createDashboards(site, shelf, new Set(woken), () => time)
}

function action(more: Partial<Extract<Action, { do: 'dashboard' }>> = {}) {
  return { do: 'dashboard' as const, number: 5, state: 'open' as const, title: 't', body: 'new', memory, ...more }
}

describe('at GitHub', () => {
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    expect(nock.pendingMocks()).toEqual([])
    nock.cleanAll()
    nock.enableNetConnect()
  })

  const list = (page: number) =>
    nock(API)
      .get(`${REPO}/issues`)
      .query({ creator: 'windlass[bot]', state: 'all', sort: 'updated', per_page: 100, page })

  test.each(['issues', 'sweep', 'installation', 'installation_repositories'])('%s is a reason to look', async event => {
    kept = KNOWN
    nock(API).get(`${REPO}/issues/5`).reply(200, ISSUE)
    expect(await boards('push', event).read()).toMatchObject({ number: 5, memory })
  })

  test('other events are none: what was kept is the answer', async () => {
    kept = KNOWN
    expect(await boards('push', 'check_run', 'issue_comment').read()).toEqual({ ...aBoard(), body: BODY })
    kept = { number: null, state: 'open', title: '', body: '', unseenSince: null }
    expect(await boards('push').read()).toBeNull()
  })

  test('it is looked for among our issues as far as three pages back; pull requests are none', async () => {
    const pull = { ...ISSUE, pull_request: {} }
    for (const page of [1, 2, 3])
      list(page).reply(
        200,
        Array.from({ length: 100 }, () => pull),
      )
    expect(await boards('push').read()).toBeNull()
    expect(kept).toMatchObject({ number: null })
  })

  test('on the second page it is found', async () => {
    list(1).reply(
      200,
      Array.from({ length: 100 }, () => ({ ...ISSUE, body: 'no note' })),
    )
    list(2).reply(200, [
      { ...ISSUE, number: 6, user: { login: 'mallory' } },
      { ...ISSUE, number: 7 },
    ])
    expect(await boards('push').read()).toMatchObject({ number: 7 })
  })

  test('a GitHub that does not answer is no reason to think that there is none', async () => {
    list(1).reply(500, {})
    await expect(boards('push').read()).rejects.toMatchObject({ status: 500 })
    expect(kept).toBeNull()
  })

  test('one that was deleted is none, and another may be opened', async () => {
    kept = KNOWN
    nock(API).get(`${REPO}/issues/5`).reply(410, {})
    expect(await boards('sweep').read()).toBeNull()
    nock(API)
      .post(`${REPO}/issues`)
      .reply(201, { ...ISSUE, number: 11 })
    await boards('push').write(action({ number: null }))
    expect(kept).toMatchObject({ number: 11, unseenSince: null })
  })

  test('one that GitHub does not show is looked for, and only after a minute another is opened', async () => {
    kept = KNOWN
    nock(API).get(`${REPO}/issues/5`).reply(404, {})
    expect(await boards('sweep').read()).toBeNull()
    await expect(boards('push').write(action({ number: null }))).rejects.toThrow(Later)
    list(1).reply(200, [])
    expect(await boards('push').read()).toBeNull()
    time = new Date('2026-02-01T12:00:59Z')
    await expect(boards('push').write(action({ number: null }))).rejects.toThrow(Later)
    time = new Date('2026-02-01T12:01:00Z')
    nock(API)
      .post(`${REPO}/issues`)
      .reply(201, { ...ISSUE, number: 11 })
    await boards('push').write(action({ number: null }))
    expect(kept).toMatchObject({ number: 11, unseenSince: null })
  })

  test('one of ours whose number somebody else has is none', async () => {
    kept = KNOWN
    nock(API)
      .get(`${REPO}/issues/5`)
      .reply(200, { ...ISSUE, user: { login: 'mallory' } })
    expect(await boards('sweep').read()).toBeNull()
  })

  test('an older note that was put back does not count, and what was kept stays until it is written anew', async () => {
    const newer = { ...memory, generation: 9 }
    kept = { ...KNOWN, body: embed('', 'text', writeDashboardMemory(newer, where)) }
    const before = kept
    nock(API).get(`${REPO}/issues/5`).reply(200, ISSUE)
    expect(await boards('issues').read()).toMatchObject({ memory: newer })
    expect(kept).toEqual(before)
  })

  test('a lost answer leads to a look, not to a second issue', async () => {
    kept = { number: null, state: 'open', title: '', body: '', unseenSince: null }
    nock(API).post(`${REPO}/issues`).reply(502, {})
    await expect(boards('push').write(action({ number: null }))).rejects.toMatchObject({ status: 502 })
    await expect(boards('push').write(action({ number: null }))).rejects.toThrow(Later)
    list(1).reply(200, [ISSUE])
    expect(await boards('push').read()).toMatchObject({ number: 5 })
  })

  test('a plain refusal is none: the next pass asks again', async () => {
    nock(API).post(`${REPO}/issues`).reply(403, {})
    await expect(boards('push').write(action({ number: null }))).rejects.toMatchObject({ status: 403 })
    nock(API).post(`${REPO}/issues`).reply(201, ISSUE)
    await boards('push').write(action({ number: null }))
    expect(kept).toMatchObject({ number: 5 })
  })

  test('boxes of an older text do nothing, in whatever moment it is seen', async () => {
    const newer = writeDashboardMemory({ ...memory, generation: 9 }, where)
    kept = { ...KNOWN, body: embed('', 'text', newer) }
    const old = { ...ISSUE, body: BODY.replace('text', '- [x] <!-- windlass:tick look --> x') }
    nock(API).get(`${REPO}/issues/5`).times(2).reply(200, old)
    const boards_ = boards('issues')
    expect(await boards_.read()).toMatchObject({ ticks: [] })
    nock(API).patch(`${REPO}/issues/5`).reply(200, ISSUE)
    await boards_.write(action())
  })

  test('a box that was ticked since we looked is not written over: the next pass acts on it', async () => {
    kept = KNOWN
    const ticked = { ...ISSUE, body: BODY.replace('text', '- [x] <!-- windlass:tick look --> x') }
    nock(API).get(`${REPO}/issues/5`).times(2).reply(200, ticked)
    const late = boards('push')
    await late.read()
    await expect(late.write(action())).rejects.toThrow('was ticked during this pass')
    const next = boards('push')
    expect(await next.read()).toMatchObject({ ticks: [{ what: 'look' }] })
    nock(API).patch(`${REPO}/issues/5`).reply(200, ISSUE)
    await next.write(action())
  })

  test('a repository without issues is asked once, and again when something gives a reason to look', async () => {
    nock(API).post(`${REPO}/issues`).reply(410, { message: 'Issues are disabled for this repo' })
    await boards('push').write(action({ number: null }))
    const next = boards('push')
    expect(await next.read()).toBeNull()
    await next.write(action({ number: null }))
    list(1).reply(200, [])
    await boards('sweep').read()
    nock(API)
      .post(`${REPO}/issues`)
      .reply(201, { ...ISSUE, number: 11 })
    await boards('sweep').write(action({ number: null }))
    expect(kept).toMatchObject({ number: 11 })
  })

  test('the state is sent only where it changes, the text is redacted, and human text is kept', async () => {
    kept = KNOWN
    const boards_ = boards('push')
    await boards_.read()
    const secret = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'
    nock(API)
      .get(`${REPO}/issues/5`)
      .reply(200, { ...ISSUE, body: `Theirs.\n${BODY}` })
    nock(API)
      .patch(`${REPO}/issues/5`, sent => {
        expect(Object.keys(sent)).toEqual(['body'])
        expect(sent.body).toMatch(/^Theirs\.\n<!-- windlass:begin -->\nnew /)
        expect(sent.body).not.toContain(secret)
        return true
      })
      .reply(200, ISSUE)
    await boards_.write(action({ body: `new ${secret}` }))
    nock(API).get(`${REPO}/issues/5`).reply(200, ISSUE)
    nock(API)
      .patch(`${REPO}/issues/5`, sent => sent.state === 'closed')
      .reply(200, { ...ISSUE, state: 'closed' })
    await boards_.write(action({ state: 'closed' }))
    expect(kept).toMatchObject({ state: 'closed' })
  })

  test('one that was deleted during the pass is not opened again by it', async () => {
    kept = KNOWN
    const boards_ = boards('push')
    await boards_.read()
    nock(API).get(`${REPO}/issues/5`).reply(410, {})
    await boards_.write(action())
    expect(kept).toMatchObject({ number: null })
  })

  test('more human text than GitHub leaves room for is not cut: nothing is written', async () => {
    kept = KNOWN
    nock(API)
      .get(`${REPO}/issues/5`)
      .reply(200, { ...ISSUE, body: `${'x'.repeat(65_000)}${BODY}` })
    const boards_ = boards('push')
    await boards_.read()
    await boards_.write(action({ body: 'y'.repeat(1_000) }))
  })
})

describe.each(ENGINES)('the shelf on %s', name => {
  let engine: Engine
  let store: Store

  beforeEach(async () => {
    engine = await startEngine(name)
    store = await openStore(engine.where, { onLost: () => {}, onError: () => {} })
  })
  afterEach(async () => {
    await store.close()
    await engine.dispose()
  })

  async function taken(holder: string): Promise<void> {
    const attempt = `insert into windlass_attempt (repository, holder) values ('acme/fleet', $1) on conflict (repository) do update set holder = $1`
    await store.database.query(attempt, [holder])
  }

  test('keeps one dashboard for each repository, whatever its case', async () => {
    const holder = randomUUID()
    await taken(holder)
    const ours = dashboardShelf(store.database, 'Acme/Fleet', holder)
    expect(await ours.known()).toBeNull()
    await ours.keep(KNOWN)
    expect(await dashboardShelf(store.database, 'acme/fleet', holder).known()).toEqual(KNOWN)
    expect(await dashboardShelf(store.database, 'acme/other', holder).known()).toBeNull()
    const none: KnownDashboard = {
      number: null,
      state: 'closed',
      title: 'a\u0000\ud800b',
      body: 'é',
      unseenSince: '2026-02-01T12:00:00.123Z',
    }
    await ours.keep(none)
    expect(await ours.known()).toEqual({ ...none, title: 'a\ufffdb' })
  })

  test('keeps nothing of a pass that another one has taken the repository from', async () => {
    const [early, late] = [randomUUID(), randomUUID()]
    await taken(early)
    await taken(late)
    await dashboardShelf(store.database, 'acme/fleet', late).keep(KNOWN)
    const stopped = dashboardShelf(store.database, 'acme/fleet', early)
    await stopped.keep({ ...KNOWN, number: null })
    expect(await stopped.known()).toEqual(KNOWN)
  })
})
