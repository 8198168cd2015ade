import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Memory } from '../../src/model.ts'
import { signingKey } from '../../src/outside/github/world-github.ts'
import { embed, ourText, readMemory, writeMemory } from '../../src/report/memory.ts'
import type { People } from '../github-double/people.ts'
import { BEACON, bothComponents, CHARTS, onlyBeacon } from './fixtures.ts'
import { startTown, type Town } from './town.ts'

const FILE = 'clusters/dev/beacon.yaml'
const ROLLBACK = 'windlass/rollback/dev/beacon'
const ASKED = { by: 'ada', at: '2026-02-01T12:00:00Z', reason: 'the status page is blank' }

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

let town: Town

beforeAll(async () => {
  town = await startTown(CHARTS)
})

afterAll(async () => town?.stop())

afterEach(() => town.github.assertHonest())

async function push(repo: People): Promise<void> {
  await town.github.deliver('push', town.github.pushPayload(repo, 'main', null, await repo.head('main')))
  await town.settled()
}

function edit(repo: People, path: string, from: string, to: string): Promise<void> {
  return repo
    .file('main', path)
    .then(bytes => repo.commit('main', new Map([[path, (bytes?.toString() ?? '').replace(from, to)]]), BY))
    .then(() => push(repo))
}

const BY = { author: 'ada', message: 'By hand' }
const pull = (repo: People, head: string) => repo.pulls().find(one => one.head === head)
const number = (repo: People, head: string) => pull(repo, head)?.number ?? 0
const effects = () => town.github.log.filter(entry => entry.kind === 'effect').length

/** What the merged pull request remembers, changed as a command would. */
function remember(repo: People, head: string, more: Partial<Memory>): void {
  const issue = repo.record.issues.get(number(repo, head))
  const binding = { key: signingKey(town.env.WEBHOOK_SECRET ?? ''), repository: `acme/${repo.name}`, branch: head }
  const memory = readMemory(issue?.body ?? '', binding)
  if (!issue || !memory) throw new Error('there is no memory to change')
  const text = ourText(issue.body ?? '')
  const next = { ...memory, ...more, generation: memory.generation + 1 }
  issue.body = embed(issue.body ?? '', text, writeMemory(next, binding))
}

/** A repository whose upgrade of beacon is merged. */
async function upgraded(name: string, method: 'merge' | 'squash' = 'merge'): Promise<People> {
  const repo = await town.github.repo('acme', name, onlyBeacon())
  await push(repo)
  await repo.mergePullRequest(number(repo, 'windlass/dev/beacon'), 'ada', method)
  await push(repo)
  expect((await repo.file('main', FILE))?.toString()).toContain('version: "3.2.1"')
  return repo
}

/** The same, when somebody wants to take it back. */
async function merged(name: string, method: 'merge' | 'squash' = 'merge'): Promise<People> {
  const repo = await upgraded(name, method)
  remember(repo, 'windlass/dev/beacon', { rollback: ASKED })
  return repo
}

test('a squashed merge is taken back too; a person who closes it keeps the version', async () => {
  const repo = await merged('squashed', 'squash')
  await push(repo)
  expect((await repo.file(ROLLBACK, FILE))?.toString()).toBe(BEACON)
  repo.closePullRequest(number(repo, ROLLBACK), 'ada')
  await push(repo)
  expect(repo.pulls().filter(({ head }) => head === ROLLBACK)).toMatchObject([{ state: 'closed' }])
})

test('a rollback whose version does not stand any more is closed', async () => {
  const repo = await merged('mended')
  await push(repo)
  await edit(repo, FILE, '3.2.1', '3.2.2')
  expect(pull(repo, ROLLBACK)?.state).toBe('closed')
  expect(repo.comments(number(repo, ROLLBACK)).at(-1)?.body).toContain('nothing is left to take back')
})

test('a version that was written in another way since is left to a person, and that is said once', async () => {
  const repo = await merged('rewritten')
  await edit(repo, FILE, 'version: "3.2.1"   # keep in step with the wiki', "version: '3.2.1'")
  await push(repo)
  expect(pull(repo, ROLLBACK)).toBeUndefined()
  const said = repo.comments(number(repo, 'windlass/dev/beacon')).map(({ body }) => body)
  expect(said).toEqual([expect.stringContaining('what was written there has changed since')])
})

test('an upgrade that is one-way is not taken back: that is said once, where it was merged', async () => {
  const repo = await town.github.repo('acme', 'one-way', bothComponents())
  await push(repo)
  const vaultsync = 'windlass/dev/vaultsync'
  await repo.mergePullRequest(number(repo, vaultsync), 'ada')
  await push(repo)
  remember(repo, vaultsync, { rollback: ASKED })
  await push(repo)
  await push(repo)
  expect(pull(repo, 'windlass/rollback/dev/vaultsync')).toBeUndefined()
  const said = repo.comments(number(repo, vaultsync)).map(({ body }) => body)
  expect(said).toEqual([expect.stringContaining('not by reverting alone')])
})

describe('a merged upgrade that somebody wants to take back', () => {
  let repo: People

  beforeAll(async () => {
    repo = await upgraded('asked')
    repo.setPermission('ada', 'write')
    const asked = repo.comment(number(repo, 'windlass/dev/beacon'), 'ada', '/windlass rollback')
    await town.github.deliver('issue_comment', town.github.issueCommentPayload(repo, asked))
    await town.settled()
  })

  test('gets a pull request of exactly that change reversed, with who asked and why', async () => {
    expect(pull(repo, ROLLBACK)).toMatchObject({
      state: 'open',
      base: 'main',
      title: 'revert(beacon): take back beacon 3.2.0 → 3.2.1 in dev',
      labels: ['windlass/rollback', 'env/dev'],
    })
    const body = pull(repo, ROLLBACK)?.body ?? ''
    expect(body).toMatch(/^`ada` asked for it on `20/m)
    expect(body).toContain('`clusters/dev/beacon.yaml`')
    expect((await repo.file(ROLLBACK, FILE))?.toString()).toBe(BEACON)
  })

  test('a second pass does nothing', async () => {
    const before = effects()
    await push(repo)
    expect(effects()).toBe(before)
  })

  test('an edit of the same file on the default branch is kept: the branch is made anew', async () => {
    await edit(repo, FILE, '# The status page of the platform.', '# The status page.')
    const expected = BEACON.replace('# The status page of the platform.', '# The status page.')
    expect((await repo.file(ROLLBACK, FILE))?.toString()).toBe(expected)
    await edit(repo, FILE, '# The status page.', '# The status page of the platform.')
  })

  test('its merge restores the exact bytes, and the version is not proposed again', async () => {
    await repo.mergePullRequest(number(repo, ROLLBACK), 'ada')
    await push(repo)
    await push(repo)
    expect((await repo.file('main', FILE))?.toString()).toBe(BEACON)
    expect(repo.pulls().filter(({ state }) => state === 'open')).toEqual([])
    expect(repo.pulls()).toHaveLength(2)
  })

  test('a newer version is proposed', async () => {
    await town.upstream.publishAs('beacon-3.2.1', '3.2.2')
    await push(repo)
    expect(repo.pulls().filter(({ state }) => state === 'open')).toMatchObject([
      { title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.2 in dev' },
    ])
  })
})
