import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Action, Memory, Proposal } from '../src/model.ts'
import { Stale } from '../src/outside/github/stale.ts'
import { signingKey } from '../src/outside/github/world-github.ts'
import { readMemory, writeMemory } from '../src/report/memory.ts'
import type { World } from '../src/world.ts'
import { DOCUMENTED } from './github-double/limits.ts'
import type { People } from './github-double/people.ts'
import { type Outside, startOutside } from './support/github-world.ts'
import { aMemory } from './support/plans.ts'

let outside: Outside

beforeAll(async () => {
  outside = await startOutside()
}, 60_000)

afterAll(() => outside?.stop())

afterEach(() => {
  outside.github.faults.clear()
  outside.github.assertHonest()
})

const BRANCH = 'windlass/dev/beacon'
const FILE = 'clusters/dev/beacon.yaml'
const TITLE = 'fix(beacon): upgrade beacon 1.0.0 → 1.1.0 in dev'

let repositories = 0

function repository(): Promise<People> {
  return outside.github.repo('acme', `fleet-${++repositories}`, new Map([[FILE, 'version: 1.0.0\n']]))
}

const TEXT = {
  title: TITLE,
  branch: BRANCH,
  into: null,
  labels: ['risk/low', 'env/dev'],
  reviewers: [],
  body: 'what changes',
}
const CHECK = { title: 'low risk', summary: 'all is well', conclusion: 'success' } as const

async function opening(world: World, version = '1.1.0'): Promise<Extract<Action, { do: 'open' }>> {
  const { commit } = await world.tree()
  return {
    do: 'open',
    pullRequest: TEXT,
    commit: { message: TITLE, base: commit, files: new Map([[FILE, `version: ${version}\n`]]) },
    check: CHECK,
    memory: aMemory({ to: version }),
  }
}

async function opened(repo: People): Promise<Proposal> {
  const world = await outside.look(repo)
  await world.proposals()
  await world.perform(await opening(world))
  return only(await (await outside.look(repo)).proposals())
}

function only<T>(all: readonly T[]): T {
  expect(all).toHaveLength(1)
  return all[0] as T
}

function shown(repo: People): Memory | null {
  const binding = { key: signingKey(outside.key), repository: `acme/${repo.name}`, branch: BRANCH }
  return readMemory(repo.pulls()[0]?.body ?? '', binding)
}

/** A person changes the text of #1. */
async function edit(repo: People, body: string): Promise<void> {
  const url = `${outside.github.api}/repos/acme/${repo.name}/issues/1`
  const headers = { authorization: `token ${outside.github.userToken('acme')}`, 'content-type': 'application/json' }
  expect((await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ body }) })).status).toBe(200)
}

/** GitHub's list of pull requests as it is now, to be answered again later. */
async function listed(repo: People): Promise<unknown> {
  const url = `${outside.github.api}/repos/acme/${repo.name}/pulls?state=all&per_page=100&sort=updated&direction=desc`
  const headers = { authorization: `token ${outside.github.userToken('acme')}` }
  return (await fetch(url, { headers })).json()
}

function answerLate(repo: People, body: unknown): void {
  const match = (method: string, path: string) => method === 'GET' && path.endsWith(`/${repo.name}/pulls`)
  outside.github.faults.next({ match, status: 200, body })
}

/** What makes a pass think that a day has gone by. */
async function aDayLater(): Promise<void> {
  await outside.store.database.script(
    `update windlass_note set written_at = written_at - interval '1 day', opened_at = opened_at - interval '1 day';
     update windlass_said set begun_at = begun_at - interval '1 day';`,
  )
}

const remember = (proposal: Proposal, memory: Memory = proposal.memory): Action => ({
  do: 'remember',
  number: proposal.number,
  pullRequest: { labels: TEXT.labels, body: TEXT.body },
  memory,
})

const hold = { by: 'ada', at: '2026-01-01T00:00:00Z', reason: 'the fair' }

describe('opening', () => {
  test('costs seven requests: one read and six writes; looking again costs one read', async () => {
    const repo = await repository()
    const world = await outside.look(repo)
    await world.proposals()
    await world.ourBranches()
    await world.perform(await opening(world))
    expect(outside.requests(repo)).toEqual([
      'GET /pulls',
      'POST /git/trees',
      'POST /git/commits',
      'POST /git/refs',
      'POST /pulls',
      'POST /check-runs',
      'PATCH /issues/1',
    ])
    expect(repo.pulls()).toMatchObject([{ title: TITLE, head: BRANCH, state: 'open', labels: ['risk/low', 'env/dev'] }])
    const again = await outside.look(repo)
    expect(await again.proposals()).toMatchObject([
      { number: 1, title: TITLE, memory: { generation: 2, inputs: 'inputs-1' } },
    ])
    await again.ourBranches()
    expect(outside.requests(repo).slice(7)).toEqual(['GET /pulls'])
  })

  const endings = [
    ['the branch is made', 'POST', /\/git\/refs$/],
    ['the pull request is opened', 'POST', /\/pulls$/],
  ] as const

  test.each(endings)(
    'when %s and the answer is lost, it is read back and the opening goes on',
    async (_, method, path) => {
      const repo = await repository()
      const world = await outside.look(repo)
      await world.proposals()
      const match = (verb: string, at: string) => verb === method && at.includes(repo.name) && path.test(at)
      outside.github.faults.next({ match, status: 'drop', mode: 'after-effect' })
      await world.perform(await opening(world))
      expect(only(repo.pulls())).toMatchObject({ state: 'open', labels: ['risk/low', 'env/dev'] })
      expect(shown(repo)).toMatchObject({ inputs: 'inputs-1' })
      const outbox = await outside.store.database.query(
        `select outcome from windlass_write where repository = $1 and outcome <> 'done'`,
        [`acme/${repo.name}`],
      )
      expect(outbox).toEqual([{ outcome: 'unknown' }])
    },
  )

  test('a branch and a pull request that appeared since the look are found and gone on with', async () => {
    const repo = await repository()
    const [slow, fast] = [await outside.look(repo), await outside.look(repo)]
    await slow.proposals()
    await fast.proposals()
    await fast.perform(await opening(fast))
    await slow.perform(await opening(slow))
    expect(await repo.branches()).toEqual(['main', BRANCH])
    expect(await repo.commits(BRANCH)).toHaveLength(2)
    expect(only(repo.pulls()).state).toBe('open')
    expect(repo.checks((await repo.head(BRANCH)) ?? '')).toHaveLength(1)
    expect(shown(repo)).toMatchObject({ generation: 3, inputs: 'inputs-1' })
  })

  test('a branch that appeared since the look with something else in it is left alone', async () => {
    const repo = await repository()
    const slow = await outside.look(repo)
    await slow.proposals()
    const theirs = await repo.commit(BRANCH, new Map([[FILE, 'version: 9.9.9\n']]), { author: 'ada', message: 'Mine' })
    await expect(slow.perform(await opening(slow))).rejects.toThrow('Reference already exists')
    expect(await repo.head(BRANCH)).toBe(theirs)
    expect(repo.pulls()).toEqual([])
  })

  test('a pull request that a person opened from our branch is not taken for ours', async () => {
    const repo = await repository()
    const world = await outside.look(repo)
    await world.proposals()
    const refuse = (verb: string, at: string) => verb === 'POST' && at.endsWith(`/${repo.name}/pulls`)
    outside.github.faults.next({ match: refuse, status: 403 })
    await expect(world.perform(await opening(world))).rejects.toMatchObject({ status: 403 })
    const number = await repo.openPullRequest('ada', { head: BRANCH, title: 'Mine', body: 'my words' })
    const next = await outside.look(repo)
    expect(await next.proposals()).toEqual([])
    await expect(next.perform(await opening(next))).rejects.toMatchObject({ status: 422 })
    expect(repo.pulls()).toMatchObject([{ number, title: 'Mine', body: 'my words' }])
  })
})

describe('what GitHub does not show yet', () => {
  test('a pull request that we have just opened: the pass comes again instead of opening a second one', async () => {
    const repo = await repository()
    const before = await listed(repo)
    await opened(repo)
    answerLate(repo, before)
    const late = await outside.look(repo)
    await expect(late.proposals()).rejects.toBeInstanceOf(Stale)
    expect(only(await late.proposals()).number).toBe(1)
  })

  test('after a minute a pull request that is not shown is not there', async () => {
    const repo = await repository()
    const before = await listed(repo)
    await opened(repo)
    await aDayLater()
    answerLate(repo, before)
    expect(await (await outside.look(repo)).proposals()).toEqual([])
  })

  test('a memory that we have just written counts, although an older one is shown', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const before = await listed(repo)
    const world = await outside.look(repo)
    await world.proposals()
    await world.perform(remember(proposal, { ...proposal.memory, hold }))
    expect(shown(repo)).toMatchObject({ generation: 3, hold })
    answerLate(repo, before)
    const late = only(await (await outside.look(repo)).proposals())
    expect(late.memory).toMatchObject({ generation: 3, hold, inputs: 'inputs-1' })
  })

  test('a pull request that we have just closed is closed', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const before = await listed(repo)
    const world = await outside.look(repo)
    await world.proposals()
    const memory = { ...proposal.memory, closed: 'done by hand' }
    const pullRequest = { labels: TEXT.labels, body: TEXT.body }
    await world.perform({ do: 'close', number: 1, branch: BRANCH, reason: 'done by hand', pullRequest, memory })
    expect(repo.pulls()).toMatchObject([{ state: 'closed' }])
    expect(await repo.branches()).toEqual(['main'])
    answerLate(repo, before)
    expect(only(await (await outside.look(repo)).proposals()).state).toBe('closed')
    await aDayLater()
    answerLate(repo, before)
    expect(only(await (await outside.look(repo)).proposals()).state).toBe('open')
  })
})

describe('what people do between our look and our write', () => {
  test('a text that they wrote stays', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const world = await outside.look(repo)
    await world.proposals()
    await edit(repo, `${repo.pulls()[0]?.body}\nmind the release train`)
    await world.perform(remember(proposal, { ...proposal.memory, hold }))
    expect(repo.pulls()[0]?.body).toContain('mind the release train')
    expect(shown(repo)).toMatchObject({ hold })
  })

  test('what they merged is not closed, and nothing is said on it', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const world = await outside.look(repo)
    await world.proposals()
    await repo.mergePullRequest(1, 'ada')
    const memory = { ...proposal.memory, closed: 'done by hand' }
    const pullRequest = { labels: TEXT.labels, body: TEXT.body }
    const closing = { do: 'close', number: 1, branch: BRANCH, reason: 'done by hand', pullRequest, memory } as const
    await expect(world.perform(closing)).rejects.toThrow('#1 was open, and is closed now')
    expect(repo.comments(1)).toEqual([])
  })
})

describe('a branch', () => {
  const committed = (repo: People) =>
    repo.commit(BRANCH, new Map([['notes.txt', 'mine\n']]), { author: 'ada', message: 'mine' })

  test('on which somebody commits while its pull request is closed stays with that commit', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const world = await outside.look(repo)
    await world.proposals()
    const commit = await committed(repo)
    const memory = { ...proposal.memory, closed: 'done by hand' }
    const pullRequest = { labels: TEXT.labels, body: TEXT.body }
    await world.perform({ do: 'close', number: 1, branch: BRANCH, reason: 'done by hand', pullRequest, memory })
    expect(repo.pulls()).toMatchObject([{ state: 'closed' }])
    expect(await repo.head(BRANCH)).toBe(commit)
  })

  test('that nobody needs is deleted where it stands as we know it, and said to be asked for by nobody', async () => {
    const repo = await repository()
    await opened(repo)
    repo.closePullRequest(1, 'ada')
    const world = await outside.look(repo)
    const { head } = only(await world.proposals())
    expect(await world.ourBranches()).toEqual([{ name: BRANCH, head, isOurs: true, isAsked: false }])
    await world.perform({ do: 'delete', branch: BRANCH, head: 'a'.repeat(40) })
    expect(await repo.branches()).toEqual(['main', BRANCH])
    await world.perform({ do: 'delete', branch: BRANCH, head })
    expect(await repo.branches()).toEqual(['main'])
  })

  test('from which somebody else opened a pull request is asked for', async () => {
    const repo = await repository()
    await opened(repo)
    repo.closePullRequest(1, 'ada')
    await repo.openPullRequest('ada', { head: BRANCH, title: 'my own' })
    const world = await outside.look(repo)
    await world.proposals()
    expect(await world.ourBranches()).toMatchObject([{ name: BRANCH, isAsked: true }])
  })
})

describe('what people do to the note', () => {
  test('an old note that is pasted back lifts no hold, and is replaced', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const old = repo.pulls()[0]?.body ?? ''
    const world = await outside.look(repo)
    await world.proposals()
    await world.perform(remember(proposal, { ...proposal.memory, hold }))
    await edit(repo, old)
    await aDayLater()
    const found = only(await (await outside.look(repo)).proposals())
    expect(found).toMatchObject({ forgotten: true, memory: { generation: 3, hold, inputs: 'inputs-1' } })
    const again = await outside.look(repo)
    await again.proposals()
    await again.perform(remember(found))
    expect(shown(repo)).toMatchObject({ generation: 4, hold })
  })

  test('a note that is deleted is remembered, and asks to be written again', async () => {
    const repo = await repository()
    await opened(repo)
    await edit(repo, 'nothing but my words')
    const found = only(await (await outside.look(repo)).proposals())
    expect(found).toMatchObject({ forgotten: true, memory: { generation: 2, to: '1.1.0', inputs: 'inputs-1' } })
  })

  test('of two notes of one generation the one that we kept counts: the other was under way when its pass lost the repository', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const world = await outside.look(repo)
    await world.proposals()
    await world.perform(remember(proposal, { ...proposal.memory, hold }))
    const binding = { key: signingKey(outside.key), repository: `acme/${repo.name}`, branch: BRANCH }
    await edit(repo, writeMemory({ ...proposal.memory, generation: 3 }, binding))
    await aDayLater()
    const found = only(await (await outside.look(repo)).proposals())
    expect(found).toMatchObject({ forgotten: true, memory: { generation: 3, hold } })
  })

  test('a note that a dead pass had written and nobody kept is kept when it is seen', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const binding = { key: signingKey(outside.key), repository: `acme/${repo.name}`, branch: BRANCH }
    await edit(repo, writeMemory({ ...proposal.memory, generation: 3, hold }, binding))
    expect(only(await (await outside.look(repo)).proposals()).memory).toMatchObject({ generation: 3, hold })
    await edit(repo, 'nothing but my words')
    expect(only(await (await outside.look(repo)).proposals()).memory).toMatchObject({ generation: 3, hold })
  })

  test('a newer note than ours counts: our database may have been restored from yesterday', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    const [kept] = await outside.store.notes(`acme/${repo.name}`, 'nobody').all()
    const old = kept?.note ?? ''
    const world = await outside.look(repo)
    await world.proposals()
    await world.perform(remember(proposal, { ...proposal.memory, hold }))
    const restore = 'update windlass_note set generation = 2, note = $2 where repository = $1'
    await outside.store.database.query(restore, [`acme/${repo.name}`, old])
    expect(only(await (await outside.look(repo)).proposals()).memory).toMatchObject({ generation: 3, hold })
  })
})

describe('updating', () => {
  async function update(repo: People, version: string, labels = TEXT.labels): Promise<void> {
    const world = await outside.look(repo)
    const { number, head, memory } = only(await world.proposals())
    const action = await opening(world, version)
    const title = TITLE.replace('1.1.0', version)
    await world.perform({
      ...action,
      do: 'update',
      number,
      head,
      commit: { ...action.commit, message: title },
      pullRequest: { ...TEXT, title, labels },
      memory: { ...memory, to: version, inputs: `inputs-${version}` },
    })
  }

  test('costs two reads and five writes, and changes the title with the version', async () => {
    const repo = await repository()
    await opened(repo)
    const before = outside.requests(repo).length
    await update(repo, '1.2.0')
    expect(outside.requests(repo).slice(before)).toEqual([
      'GET /pulls',
      'POST /git/trees',
      'POST /git/commits',
      'PATCH /git/refs/heads%2Fwindlass%2Fdev%2Fbeacon',
      'POST /check-runs',
      'GET /pulls/1',
      'PATCH /issues/1',
    ])
    expect(repo.pulls()).toMatchObject([{ title: TITLE.replace('1.1.0', '1.2.0') }])
  })

  async function retitle(repo: People, title: string, labels: readonly string[]): Promise<void> {
    const url = `${outside.github.api}/repos/acme/${repo.name}/issues/1`
    const headers = { authorization: `token ${outside.github.userToken('acme')}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ title, labels })
    expect((await fetch(url, { method: 'PATCH', headers, body })).status).toBe(200)
  }

  test("a person's title, labels and text survive the updates", async () => {
    const repo = await repository()
    await opened(repo)
    await retitle(repo, 'Beacon, at last', ['risk/low', 'env/dev', 'mine'])
    for (let i = 2; i < 5; i++) await update(repo, `1.${i}.0`, ['risk/high', 'env/dev'])
    expect(repo.pulls()).toMatchObject([{ title: 'Beacon, at last', labels: ['mine', 'risk/high', 'env/dev'] }])
    expect(shown(repo)).toMatchObject({ to: '1.4.0' })
  })

  test.each([
    ['is kept when the database is lost', 'Beacon, at last', 'Beacon, at last'],
    ['of ours is known when the database is lost', TITLE, TITLE.replace('1.1.0', '1.2.0')],
  ])('a title %s', async (_, before, after) => {
    const repo = await repository()
    await opened(repo)
    await retitle(repo, before, ['risk/low', 'env/dev'])
    await outside.store.database.query('delete from windlass_note where repository = $1', [`acme/${repo.name}`])
    await update(repo, '1.2.0')
    expect(repo.pulls()).toMatchObject([{ title: after }])
  })
})

describe('what is said', () => {
  const reply = (comment: number): Action => ({ do: 'reply', number: 1, comment, text: 'Held.', reaction: '+1' })
  const said = (repo: People) => repo.comments(1).filter(({ user }) => user === 'windlass[bot]')
  const talk = (repo: People) => (verb: string, at: string) =>
    verb === 'POST' && at.endsWith(`/${repo.name}/issues/1/comments`)

  test('is not said twice, whatever GitHub shows, and asks nothing', async () => {
    const repo = await repository()
    const proposal = await opened(repo)
    repo.setPermission('ada', 'write')
    const comment = repo.comment(1, 'ada', '/windlass hold')
    const world = await outside.look(repo)
    await world.proposals()
    const asked = await world.comments([proposal], [])
    expect(asked).toMatchObject([{ id: comment }])
    const match = (verb: string, at: string) => verb === 'GET' && at.endsWith(`/${repo.name}/issues/comments`)
    const headers = { authorization: `token ${outside.github.userToken('acme')}` }
    const url = `${outside.github.api}/repos/acme/${repo.name}/issues/comments`
    const unanswered: unknown = await (await fetch(url, { headers })).json()
    await world.perform(reply(comment))
    const before = outside.requests(repo).length
    await world.perform(reply(comment))
    expect(outside.requests(repo)).toHaveLength(before)
    expect(said(repo)).toHaveLength(1)
    outside.github.faults.next({ match, status: 200, body: unanswered })
    expect(await world.comments([proposal], [])).toEqual([])
  })

  test('a notice is said once, by the marker when the database is lost', async () => {
    const repo = await repository()
    await opened(repo)
    const notice: Action = { do: 'notice', number: 1, key: 'edited abc', text: 'left alone' }
    await (await outside.look(repo)).perform(notice)
    await outside.store.database.query('delete from windlass_said where repository = $1', [`acme/${repo.name}`])
    await (await outside.look(repo)).perform(notice)
    expect(said(repo)).toHaveLength(1)
  })

  test('an answer that was lost after its effect is found, not repeated', async () => {
    const repo = await repository()
    await opened(repo)
    const comment = repo.comment(1, 'ada', '/windlass hold')
    outside.github.faults.next({ match: talk(repo), status: 'drop', mode: 'after-effect' })
    const world = await outside.look(repo)
    await expect(world.perform(reply(comment))).rejects.toThrow()
    await world.perform(reply(comment))
    expect(said(repo)).toHaveLength(1)
  })

  test('one that was lost before its effect is said as soon as GitHub would show it', async () => {
    const repo = await repository()
    await opened(repo)
    const comment = repo.comment(1, 'ada', '/windlass hold')
    outside.github.faults.next({ match: talk(repo), status: 502 })
    const world = await outside.look(repo)
    await expect(world.perform(reply(comment))).rejects.toMatchObject({ status: 502 })
    await expect(world.perform(reply(comment))).rejects.toBeInstanceOf(Stale)
    expect(said(repo)).toEqual([])
    await aDayLater()
    await world.perform(reply(comment))
    expect(said(repo)).toHaveLength(1)
  })

  test('one that GitHub refused is said again at once', async () => {
    const repo = await repository()
    await opened(repo)
    const comment = repo.comment(1, 'ada', '/windlass hold')
    outside.github.faults.next({ match: talk(repo), status: 403 })
    const world = await outside.look(repo)
    await expect(world.perform(reply(comment))).rejects.toMatchObject({ status: 403 })
    await world.perform(reply(comment))
    expect(said(repo)).toHaveLength(1)
  })
})

describe("GitHub's limits", () => {
  test('when GitHub refuses, nobody asks again before the pause is over', async () => {
    const own = await startOutside()
    try {
      const repo = await own.github.repo('acme', 'busy', new Map([[FILE, 'version: 1.0.0\n']]))
      const world = await own.look(repo)
      await world.proposals()
      own.github.limits.enforce({ ...DOCUMENTED, writesPerMinute: 2, pause: 20 })
      const action = await opening(world)
      await expect(world.perform(action)).rejects.toMatchObject({
        name: 'Later',
        message: expect.stringContaining('20 s'),
      })
      await expect(world.perform(action)).rejects.toMatchObject({ name: 'Later' })
      await expect(own.look(repo)).rejects.toMatchObject({ name: 'Later' })
      expect(own.github.limits.refused()).toBe(1)
      expect(own.github.limits.breaches).toEqual([])
      own.github.limits.enforce(DOCUMENTED)
      await own.store.database.query('update windlass_pause set until = now()')
      const next = await own.look(repo)
      await next.proposals()
      await next.perform(action)
      expect(repo.pulls()).toMatchObject([{ state: 'open' }])
      expect(own.github.limits.breaches).toEqual([])
    } finally {
      await own.stop()
    }
  })
})
