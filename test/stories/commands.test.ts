import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Memory } from '../../src/model.ts'
import { signingKey } from '../../src/outside/github/world-github.ts'
import { readMemory } from '../../src/report/memory.ts'
import type { People } from '../github-double/people.ts'
import { BEACON, CHARTS, LIMITS, onlyBeacon } from './fixtures.ts'
import { startTown, type Town } from './town.ts'

let town: Town

beforeAll(async () => {
  town = await startTown(CHARTS)
})

afterAll(async () => {
  await town?.stop()
})

afterEach(() => town.github.assertHonest())

async function push(repo: People): Promise<void> {
  await town.github.deliver('push', town.github.pushPayload(repo, 'main', null, await repo.head('main')))
  await town.settled()
}

/** Lets GitHub tell of a comment, and waits for what comes of it. */
async function tell(repo: People, id: number): Promise<void> {
  await town.github.deliver('issue_comment', town.github.issueCommentPayload(repo, id))
  await town.settled()
}

async function say(repo: People, number: number, login: string, body: string): Promise<number> {
  const id = repo.comment(number, login, body)
  await tell(repo, id)
  return id
}

/** A repository with beacon and its one open pull request; ada may write, and everybody may read. */
async function opened(name: string, files: ReadonlyMap<string, string> = onlyBeacon()) {
  const repo = await town.github.repo('acme', name, files)
  repo.setPermission('ada', 'write')
  await push(repo)
  return { repo, number: repo.pulls()[0]?.number ?? 0 }
}

function reactions(repo: People, number: number, id: number): readonly string[] | undefined {
  return repo.comments(number).find(comment => comment.id === id)?.reactions
}

/** What Windlass has said on a pull request. */
function replies(repo: People, number: number): readonly string[] {
  return repo.comments(number).flatMap(({ user, body }) => (user === 'windlass[bot]' ? [body] : []))
}

function memoryOf(repo: People, number: number): Memory | null {
  const { body, head = '' } = repo.pulls().find(pull => pull.number === number) ?? {}
  const key = signingKey(town.env.WEBHOOK_SECRET ?? '')
  return readMemory(body ?? '', { key, repository: `acme/${repo.name}`, branch: head })
}

/** Requests of Windlass about a repository whose line matches. */
function requests(repo: People, pattern: RegExp): number {
  const lines = town.github.log.flatMap(entry => (entry.kind === 'request' ? [`${entry.method} ${entry.path}`] : []))
  return lines.filter(line => line.includes(`/acme/${repo.name}/`) && pattern.test(line)).length
}

const writes = (repo: People) => requests(repo, /^(?!GET|HEAD)(?!.*git-upload-pack)/)

describe('on an open pull request', () => {
  let repo: People
  let number: number

  beforeAll(async () => {
    ;({ repo, number } = await opened('said'))
  })

  test('a stranger is refused once; from then on there is a reaction and nothing else', async () => {
    const first = await say(repo, number, 'mallory', '/windlass hold')
    expect(replies(repo, number)).toHaveLength(1)
    expect(replies(repo, number)[0]).toContain('`hold` needs write permission; you have read.')
    const more = [
      await say(repo, number, 'mallory', '/windlass ignore component'),
      await say(repo, number, 'mallory', '/windlass hodl'),
    ]
    expect(replies(repo, number)).toHaveLength(1)
    for (const id of [first, ...more]) expect(reactions(repo, number, id)).toEqual(['windlass[bot]:confused'])
    expect(repo.labels(number)).not.toContain('windlass/hold')
    const before = writes(repo)
    await push(repo)
    expect(writes(repo)).toBe(before)
  })

  test.each([
    ['misspelt', '/windlass hodl', 'Did you mean `hold`?', 'confused'],
    ['to merge', '/windlass merge', "I don't merge on command", 'confused'],
    ['for the plan', '/windlass plan', '`beacon 3.2.0 → 3.2.1` in `dev`', 'eyes'],
    ['for the difference', '/windlass diff', '`clusters/dev/beacon.yaml:17` `3.2.0` → `3.2.1`', 'eyes'],
    ['for the reason', '/windlass explain', '## Low: ', 'eyes'],
    ['for the evidence', '/windlass explain E1', '`E1` (fact, my own tools found it)', 'eyes'],
    [
      'for an environment that nobody knows',
      '/windlass promote moon',
      "I don't know the environment `moon`",
      'confused',
    ],
  ])('a command that asks %s is answered and changes nothing', async (_, body, says, reaction) => {
    const before = memoryOf(repo, number)
    const id = await say(repo, number, 'ada', body)
    expect(replies(repo, number).at(-1)).toContain(says)
    expect(reactions(repo, number, id)).toEqual([`windlass[bot]:${reaction}`])
    expect(memoryOf(repo, number)).toEqual(before)
  })

  test.each([
    ['a bot', 'renovate[bot]', '/windlass hold'],
    ['a quote', 'ada', '> /windlass hold'],
    ['a code block', 'ada', '```\n/windlass hold\n```'],
    ['a sentence', 'ada', 'shall we say /windlass hold?'],
  ])('%s says nothing', async (_, login, body) => {
    const before = writes(repo)
    await say(repo, number, login, body)
    expect(writes(repo)).toBe(before)
  })

  test('a comment that was changed is answered once and not obeyed', async () => {
    const id = repo.comment(number, 'ada', 'I wonder')
    await sleep(1_100)
    repo.editComment(id, '/windlass hold')
    await tell(repo, id)
    expect(replies(repo, number).at(-1)).toContain('write a new comment')
    expect(memoryOf(repo, number)?.hold).toBeNull()
    const before = writes(repo)
    await push(repo)
    expect(writes(repo)).toBe(before)
  })

  test('a command that was answered and then changed is not read again, and one that was deleted does nothing', async () => {
    const id = await say(repo, number, 'ada', '/windlass status')
    const before = writes(repo)
    repo.editComment(id, '/windlass hold')
    await tell(repo, id)
    repo.deleteComment(repo.comment(number, 'ada', '/windlass hold'))
    await push(repo)
    expect(writes(repo)).toBe(before)
    expect(memoryOf(repo, number)?.hold).toBeNull()
  })

  test('hold is obeyed once, and said again it changes nothing', async () => {
    await say(repo, number, 'ada', '/windlass hold until the fair is over')
    expect(memoryOf(repo, number)?.hold).toMatchObject({ by: 'ada', reason: 'until the fair is over' })
    expect(repo.labels(number)).toContain('windlass/hold')
    const before = memoryOf(repo, number)
    // GitHub tells times in seconds, and two commands of one person in one second are one.
    await sleep(1_100)
    await say(repo, number, 'ada', '/windlass hold')
    expect(replies(repo, number).at(-1)).toContain('held by `ada`')
    expect(memoryOf(repo, number)).toEqual(before)
  })
})

describe("on somebody else's pull request that looks like ours", () => {
  test('a command of somebody who may write has no effect and no answer', async () => {
    const { repo, number } = await opened('lookalike')
    await repo.commit('windlass/prod/beacon', new Map([['clusters/prod/beacon.yaml', BEACON]]), {
      author: 'mallory',
      message: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in prod',
    })
    const body = repo.pulls().find(pull => pull.number === number)?.body ?? ''
    const title = 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in prod'
    const forged = await repo.openPullRequest('mallory', { head: 'windlass/prod/beacon', title, body })
    const head = await repo.head('windlass/prod/beacon')
    const before = writes(repo)
    for (const body of ['/windlass rebase', '/windlass ignore component', '/windlass hold'])
      await say(repo, forged, 'ada', body)
    expect(writes(repo)).toBe(before)
    expect(replies(repo, forged)).toEqual([])
    expect(await repo.head('windlass/prod/beacon')).toBe(head)
    expect(memoryOf(repo, number)?.ignored).toEqual([])
  })
})

const PROMOTED = new Map([
  [
    '.github/windlass.yaml',
    `${LIMITS}environments:\n  - { name: dev }\n  - { name: prod, approval: ["@acme/leads"] }\n`,
  ],
  ['clusters/dev/beacon.yaml', BEACON],
  ['clusters/prod/beacon.yaml', BEACON],
])

describe('on a merged pull request', () => {
  let repo: People
  let number: number

  beforeAll(async () => {
    ;({ repo, number } = await opened('merged', PROMOTED))
    await repo.mergePullRequest(number, 'ada')
  })

  test('promote and rollback are noted with who said so, and answered', async () => {
    const asked = await say(repo, number, 'ada', '/windlass promote prod')
    expect(memoryOf(repo, number)?.granted).toMatchObject([
      { what: 'promote', branch: 'windlass/prod/beacon', version: '3.2.1', by: 'ada' },
    ])
    expect(replies(repo, number).at(-1)).toContain('`beacon 3.2.1` goes on into `prod`')
    expect(reactions(repo, number, asked)).toEqual(['windlass[bot]:+1'])
    await say(repo, number, 'ada', '/windlass rollback')
    expect(memoryOf(repo, number)?.rollback).toMatchObject({ by: 'ada' })
    await say(repo, number, 'ada', '/windlass hold')
    expect(replies(repo, number).at(-1)).toContain('This is merged: `hold` is for pull requests that are open.')
  })

  test('only members of the team that the policy names may approve', async () => {
    town.github.team('acme/leads', { grace: 'active', ada: 'pending' })
    repo.setPermission('grace', 'write')
    await say(repo, number, 'ada', '/windlass approve')
    expect(replies(repo, number).at(-1)).toContain('Only these may approve for `prod`: `acme/leads`.')
    await say(repo, number, 'grace', '/windlass approve')
    expect(replies(repo, number).at(-1)).toContain('Approved: `beacon 3.2.1` may go into `prod`.')
    expect(memoryOf(repo, number)?.granted.filter(({ what }) => what === 'approve')).toMatchObject([{ by: 'grace' }])
  })
})

test('what was refused by closing is proposed again after unignore, and refused again by closing again', async () => {
  const { repo, number } = await opened('taken-back')
  repo.closePullRequest(number, 'ada')
  await push(repo)
  expect(repo.pulls().map(({ state }) => state)).toEqual(['closed'])
  await sleep(1_100)
  await say(repo, number, 'ada', '/windlass unignore')
  expect(replies(repo, number).at(-1)).toContain('Taken back')
  expect(repo.pulls().map(({ state }) => state)).toEqual(['closed', 'open'])
  await sleep(1_100)
  repo.closePullRequest(repo.pulls()[1]?.number ?? 0, 'ada')
  await push(repo)
  expect(repo.pulls().map(({ state }) => state)).toEqual(['closed', 'closed'])
})

test('comments are asked for only while something is new', async () => {
  const { repo } = await opened('quiet')
  const asked = () => requests(repo, /^GET \S+\/issues\/comments/)
  // What changed in the last ten seconds may change again without a trace.
  await sleep(11_000)
  await push(repo)
  const before = asked()
  await push(repo)
  await push(repo)
  expect(asked()).toBe(before)
  await say(repo, repo.pulls()[0]?.number ?? 0, 'ada', 'thank you')
  expect(asked()).toBeGreaterThan(before)
})
