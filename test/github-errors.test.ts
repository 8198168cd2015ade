import { Octokit } from '@octokit/rest'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Mirror, Remote } from '../src/outside/git/mirror.ts'
import type { Site } from '../src/outside/github/github-read.ts'
import { createWriter } from '../src/outside/github/github-write.ts'
import { forgetful } from './support/forgetful.ts'
import { aMemory, aProposal } from './support/plans.ts'

const API = 'https://api.github.test'
const site: Site = {
  octokit: new Octokit({ baseUrl: API, log: { debug() {}, info() {}, warn() {}, error() {} } }),
  owner: 'acme',
  name: 'gitops',
  login: 'windlass[bot]',
  key: 'key',
}

beforeEach(() => nock.disableNetConnect())

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
  nock.enableNetConnect()
})

describe('closing', () => {
  const mirror = {} as Mirror
  const remote: Remote = { defaultBranch: 'main', base: 'b'.repeat(40), heads: new Map() }
  const writer = createWriter(site, mirror, remote, () => [aProposal()], forgetful())

  test('says the reason once: an earlier notice with the same key is found', async () => {
    const marker = 'text\n<!-- windlass:notice closed -->'
    nock(API)
      .get('/repos/acme/gitops/pulls/7')
      .reply(200, { state: 'open', title: '', body: '', labels: [{ name: 'dependencies' }] })
    nock(API)
      .get('/repos/acme/gitops/issues/7/comments')
      .query(true)
      .reply(200, [{ id: 2, body: marker, user: { login: 'windlass[bot]' } }])
    nock(API)
      .patch('/repos/acme/gitops/issues/7', body => body.state === 'closed')
      .reply(200, {})
    await writer.perform({
      do: 'close',
      number: 7,
      branch: 'windlass/dev/beacon',
      reason: 'merged by hand',
      pullRequest: { labels: ['dependencies'], body: 'text' },
      memory: aMemory({ closed: 'merged by hand' }),
    })
  })

  test("somebody else's comment with our marker does not keep us from saying it", async () => {
    nock(API)
      .get('/repos/acme/gitops/issues/7/comments')
      .query(true)
      .reply(200, [{ id: 2, body: '<!-- windlass:notice edited abc -->', user: { login: 'mallory' } }])
    nock(API)
      .post('/repos/acme/gitops/issues/7/comments', body => body.body.startsWith('left alone'))
      .reply(201, {})
    await writer.perform({ do: 'notice', number: 7, key: 'edited abc', text: 'left alone' })
  })
})
