import { Octokit } from '@octokit/rest'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Asked, type Heard, readComments } from '../src/outside/github/github-comments.ts'
import type { Site } from '../src/outside/github/github-read.ts'
import { refusedMarker, replyMarker } from '../src/report/reply-marker.ts'
import { aProposal } from './support/plans.ts'

const API = 'https://api.github.test'
const site: Site = {
  octokit: new Octokit({ baseUrl: API, log: { debug() {}, info() {}, warn() {}, error() {} } }),
  owner: 'acme',
  name: 'gitops',
  login: 'windlass[bot]',
  key: 'key',
}

const NOW = new Date('2026-02-01T12:00:00Z')
const EARLIER = '2026-02-01T11:00:00Z'

beforeEach(() => nock.disableNetConnect())

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
  nock.enableNetConnect()
})

/** A comment as GitHub lists it; `more` is what the test is about. */
function listed(id: number, login: string, body: string, more: object = {}) {
  return {
    id,
    body,
    created_at: EARLIER,
    updated_at: EARLIER,
    issue_url: `${API}/repos/acme/gitops/issues/7`,
    user: { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' },
    performed_via_github_app: null,
    reactions: { confused: 0 },
    ...more,
  }
}

function lists(...comments: readonly object[]): void {
  nock(API).get('/repos/acme/gitops/issues/comments').query(true).reply(200, comments)
}

function mayWrite(login: string): nock.Scope {
  const answer = { permission: 'write', role_name: 'write' }
  return nock(API).get(`/repos/acme/gitops/collaborators/${login}/permission`).reply(200, answer)
}

function read(more: Partial<Asked> = {}) {
  const asked = { ours: [aProposal({ updatedAt: EARLIER })], teams: [], heard: new Map(), isTold: false, now: NOW }
  return readComments(site, { ...asked, ...more })
}

describe('who may command', () => {
  const asked = () => {
    lists(listed(1, 'gone', '/windlass hold'))
    return nock(API).get('/repos/acme/gitops/collaborators/gone/permission')
  }

  test('somebody whom GitHub does not know any more has no permission, and the pass goes on', async () => {
    asked().reply(404, { message: 'Not Found' })
    expect(await read()).toMatchObject([{ author: 'gone', permission: 'none' }])
  })

  test('a custom role counts as the base permission beside it', async () => {
    asked().reply(200, { permission: 'write', role_name: 'release-captain' })
    expect(await read()).toMatchObject([{ permission: 'write' }])
  })

  test('an answer that did not come is no permission to guess: the pass fails and is tried again', async () => {
    asked().reply(500, { message: 'Server Error' })
    await expect(read()).rejects.toMatchObject({ status: 500 })
  })

  test('everybody is looked up once in a pass', async () => {
    lists(listed(1, 'ada', '/windlass hold'), listed(2, 'ada', '/windlass resume'))
    mayWrite('ada')
    expect(await read()).toHaveLength(2)
  })

  test('teams are looked up for an approval, and only those that GitHub shows with an active member count', async () => {
    lists(listed(1, 'ada', '/windlass approve'), listed(2, 'ada', '/windlass hold'))
    mayWrite('ada')
    const membership = (team: string) => nock(API).get(`/orgs/acme/teams/${team}/memberships/ada`)
    membership('leads').reply(200, { url: '', role: 'member', state: 'active' })
    membership('invited').reply(200, { url: '', role: 'member', state: 'pending' })
    membership('others').reply(404, { message: 'Not Found' })
    membership('hidden').reply(403, { message: 'Resource not accessible by integration' })
    const teams = ['acme/leads', 'acme/invited', 'acme/others', 'acme/hidden']
    expect(await read({ teams })).toMatchObject([
      { id: 1, teams: ['acme/leads'] },
      { id: 2, teams: [] },
    ])
  })
})

describe('which comments are commands that wait', () => {
  test('the oldest first, with what was changed after it was written', async () => {
    lists(listed(3, 'ada', '/windlass resume', { updated_at: NOW.toISOString() }), listed(2, 'ada', '/windlass hold'))
    mayWrite('ada')
    expect(await read()).toMatchObject([
      { id: 2, edited: false, at: EARLIER, number: 7 },
      { id: 3, edited: true },
    ])
  })

  test.each([
    ['no command', [listed(1, 'ada', 'I like @windlass, it saves my day')]],
    ['in a quote', [listed(1, 'ada', '> /windlass hold')]],
    ['by a bot', [listed(1, 'renovate[bot]', '/windlass hold')]],
    ['by ourselves', [listed(1, 'windlass[bot]', '/windlass hold')]],
    [
      'by an App in the name of a person',
      [listed(1, 'ada', '/windlass hold', { performed_via_github_app: { id: 9 } })],
    ],
    ['by an account that is gone', [listed(1, 'ghost', '/windlass hold', { user: null })]],
    [
      'on a pull request that is not ours',
      [listed(1, 'ada', '/windlass hold', { issue_url: `${API}/repos/acme/gitops/issues/8` })],
    ],
    ['older than a week', [listed(1, 'ada', '/windlass hold', { created_at: '2026-01-20T00:00:00Z' })]],
    ['answered', [listed(1, 'ada', '/windlass hold'), listed(2, 'windlass[bot]', `Held\n${replyMarker(1)}`)]],
    [
      'of somebody who was refused and has got the reaction',
      [
        listed(1, 'windlass[bot]', `No.\n${refusedMarker('mallory')}`),
        listed(2, 'mallory', '/windlass hold', { reactions: { confused: 1 } }),
      ],
    ],
  ])('none: %s', async (_, comments) => {
    lists(...comments)
    expect(await read()).toEqual([])
  })

  test('what somebody else writes like a mark of ours is none', async () => {
    const forged = `${replyMarker(1)} ${refusedMarker('ada')}`
    lists(listed(1, 'ada', '/windlass hold', { reactions: { confused: 1 } }), listed(2, 'mallory', forged))
    mayWrite('ada')
    expect(await read()).toMatchObject([{ id: 1, refused: false }])
  })

  test('who was refused is known on that pull request and on no other', async () => {
    const other = { issue_url: `${API}/repos/acme/gitops/issues/8` }
    lists(
      listed(1, 'windlass[bot]', `No.\n${refusedMarker('mallory')}`),
      listed(2, 'mallory', '/windlass hold'),
      listed(3, 'mallory', '/windlass hold', other),
    )
    mayWrite('mallory')
    const ours = [aProposal({ updatedAt: EARLIER }), aProposal({ number: 8, updatedAt: EARLIER })]
    expect(await read({ ours })).toMatchObject([
      { id: 2, refused: true },
      { id: 3, refused: false },
    ])
  })
})

describe('when GitHub is asked', () => {
  test('for the comments of a week, and not at all where nothing of ours has changed for that long', async () => {
    nock(API)
      .get('/repos/acme/gitops/issues/comments')
      .query({ since: '2026-01-25T12:00:00.000Z', sort: 'created', direction: 'desc', per_page: 100 })
      .reply(200, [])
    await read()
    expect(await read({ ours: [] })).toEqual([])
    expect(await read({ ours: [aProposal({ updatedAt: '2026-01-20T00:00:00Z' })] })).toEqual([])
  })

  test('once, until a pull request changes or an event speaks of a comment', async () => {
    const heard: Heard = new Map()
    lists()
    await read({ heard })
    expect(await read({ heard })).toEqual([])
    lists()
    await read({ heard, isTold: true })
    lists()
    await read({ heard, ours: [aProposal({ updatedAt: '2026-02-01T11:00:01Z' })] })
    lists()
    await read({
      heard,
      ours: [aProposal({ updatedAt: '2026-02-01T11:00:01Z' }), aProposal({ number: 8, updatedAt: EARLIER })],
    })
  })

  test('again, as long as a command waits for its answer', async () => {
    const heard: Heard = new Map()
    for (const _ of [1, 2]) {
      lists(listed(1, 'ada', '/windlass hold'))
      mayWrite('ada')
      expect(await read({ heard })).toHaveLength(1)
    }
    lists(listed(1, 'ada', '/windlass hold'), listed(2, 'windlass[bot]', replyMarker(1)))
    expect(await read({ heard })).toEqual([])
    expect(await read({ heard })).toEqual([])
  })

  test('again, while the last change is so young that the next one could have the same time', async () => {
    const heard: Heard = new Map()
    const ours = [aProposal({ updatedAt: '2026-02-01T11:59:58Z' })]
    lists()
    await read({ heard, ours })
    lists()
    await read({ heard, ours })
  })

  test('again, when the answer did not come', async () => {
    const heard: Heard = new Map()
    nock(API).get('/repos/acme/gitops/issues/comments').query(true).reply(502, {})
    await expect(read({ heard })).rejects.toMatchObject({ status: 502 })
    lists()
    expect(await read({ heard })).toEqual([])
  })
})
