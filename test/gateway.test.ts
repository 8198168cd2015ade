import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Octokit } from '@octokit/rest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GITHUB_BUDGET, withLowPriority } from '../src/outside/github/budget.ts'
import { guard, Lost } from '../src/outside/github/gateway.ts'
import { openStore, type Store } from '../src/outside/store/store.ts'
import type { Budget } from '../src/outside/store/writes.ts'
import { Later } from '../src/server/later.ts'
import { ENGINES, type Engine, startEngine } from './support/engines.ts'

const QUIET = { onLost: () => {}, onError: () => {} }
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const ROOMY: Budget = { ...GITHUB_BUDGET, apart: 0 }

type Sent = { readonly method: string; readonly path: string; readonly at: number }

/** GitHub as far as the gateway sees it: it answers as `answers` say, one after the other, and then with 200. */
function github(answers: (Response | Error)[] = []) {
  const sent: Sent[] = []
  const fetch = async (url: string, init: RequestInit) => {
    sent.push({ method: init.method ?? '', path: new URL(url).pathname, at: performance.now() })
    const answer = answers.shift() ?? Response.json({})
    if (answer instanceof Error) throw answer
    return answer
  }
  return { sent, fetch }
}

const refusal = (status: number, headers: Record<string, string> = {}, message = 'no') =>
  Response.json({ message }, { status, headers })

/** How long a Later says to wait, less what has gone by since. */
const secondsOf = ({ until }: Later) => (until.getTime() - Date.now()) / 1000

const dropped = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

describe.each(ENGINES)('the gateway on %s', name => {
  let engine: Engine
  /** Two replicas on PostgreSQL; PGlite has only one process. */
  let stores: readonly [Store, Store]
  let installations = 100

  beforeAll(async () => {
    engine = await startEngine(name)
    const first = await openStore(engine.where, QUIET)
    stores = [first, engine.where.database === null ? first : await openStore(engine.where, QUIET)]
  }, 60_000)

  afterAll(async () => {
    for (const store of new Set(stores)) await store.close()
    await engine.dispose()
  })

  const query = (text: string, values: readonly (string | number)[] = []) => stores[0].database.query(text, values)

  /** A new installation with one repository, held by one job; `client` is a client of a pass of that job in a replica. */
  async function place(budget: Budget = ROOMY) {
    const installation = ++installations
    const holder = randomUUID()
    const repository = `acme/fleet-${installation}`
    const hold = (by: string) =>
      query(
        'insert into windlass_attempt (repository, job, holder) values ($1, $2, $2) on conflict (repository) do update set holder = $2',
        [repository, by],
      )
    await hold(holder)
    const client = (at: ReturnType<typeof github>, replica: 0 | 1 = 0, before?: () => Promise<void>) => {
      const octokit = new Octokit({ log: SILENT, request: { fetch: at.fetch } })
      if (before)
        octokit.hook.wrap('request', async (request, options) => {
          await before()
          return request(options)
        })
      guard(octokit, { installation, pass: { repository, holder }, writes: stores[replica].writes, budget })
      const repo = { owner: 'acme', repo: repository.slice('acme/'.length) }
      return {
        octokit,
        say: () => octokit.rest.issues.createComment({ ...repo, issue_number: 7, body: 'text' }),
        look: () => octokit.rest.pulls.list(repo),
      }
    }
    const outbox = () =>
      query('select request, outcome, status from windlass_write where installation = $1 order by id', [installation])
    return { installation, repository, holder, hold, client, outbox }
  }

  test('a write stands in the outbox before it is sent, and afterwards with its answer', async () => {
    const { client, outbox, repository } = await place()
    const seen: unknown[] = []
    const octokit = client(github(), 0, async () => void seen.push(...(await outbox())))
    await octokit.say()
    const request = `POST /repos/${repository}/issues/7/comments`
    expect(seen).toEqual([{ request, outcome: null, status: null }])
    expect(await outbox()).toEqual([{ request, outcome: 'done', status: 200 }])
  })

  test('two replicas share one budget: nothing is sent above it, and the rest is told when to come again', async () => {
    const { client, outbox } = await place({ ...ROOMY, writesPerMinute: 5 })
    const at = github()
    const replicas = [client(at, 0), client(at, 1)]
    const ends = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => replicas[i % 2]?.say()))
    expect(at.sent).toHaveLength(5)
    expect(await outbox()).toHaveLength(5)
    const told = ends.flatMap(end => (end.status === 'rejected' ? [end.reason] : []))
    expect(told).toHaveLength(5)
    for (const error of told) {
      expect(error).toBeInstanceOf(Later)
      expect(secondsOf(error)).toBeGreaterThan(50)
      expect(secondsOf(error)).toBeLessThanOrEqual(60)
    }
  })

  test('the window slides: what is a minute old counts for the hour only', async () => {
    const { client, installation, holder, repository } = await place({ ...ROOMY, writesPerMinute: 2, writesPerHour: 4 })
    const at = github()
    for (const age of [70, 90, 3700])
      await query(
        'insert into windlass_write (installation, repository, holder, request, at, done_at) values ($1, $2, $3, $4, now() - make_interval(secs => $5), now())',
        [installation, repository, holder, 'POST /', age],
      )
    const octokit = client(at)
    await octokit.say()
    await octokit.say()
    const error = await octokit.say().catch(caught => caught)
    expect(at.sent).toHaveLength(2)
    expect(error).toBeInstanceOf(Later)
    expect(secondsOf(error)).toBeGreaterThan(3500)
  })

  test('between two writes there is the time that GitHub asks for, whichever replica writes; it is waited out', async () => {
    const { client } = await place({ ...ROOMY, apart: 0.3 })
    const at = github()
    await Promise.all([client(at, 0).say(), client(at, 1).say(), client(at, 0).say()])
    const [first, second, third] = at.sent.map(one => one.at)
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(250)
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThan(250)
  })

  test('reads cost one point and writes five', async () => {
    const { client } = await place({ ...ROOMY, pointsPerMinute: 7 })
    const at = github()
    const octokit = client(at)
    await octokit.say()
    await octokit.look()
    await octokit.look()
    await expect(octokit.look()).rejects.toBeInstanceOf(Later)
    expect(at.sent).toHaveLength(3)
  })

  test('what can wait leaves room for what cannot', async () => {
    const { client } = await place({ ...ROOMY, writesPerMinute: 5 })
    const octokit = client(github())
    await withLowPriority(async () => {
      for (let i = 0; i < 3; i++) await octokit.say()
      await expect(octokit.say()).rejects.toBeInstanceOf(Later)
    })
    await octokit.say()
    await octokit.say()
    await expect(octokit.say()).rejects.toBeInstanceOf(Later)
  })

  test('a Retry-After holds for every replica: no request is sent until it is over', async () => {
    const { client, outbox } = await place()
    const at = github([refusal(403, { 'retry-after': '30' }, 'You have exceeded a secondary rate limit.')])
    const told = await client(at, 0)
      .say()
      .catch(error => error)
    expect(told).toBeInstanceOf(Later)
    expect(secondsOf(told)).toBeGreaterThan(22)
    expect(secondsOf(told)).toBeLessThanOrEqual(30)
    await expect(client(at, 1).look()).rejects.toBeInstanceOf(Later)
    await expect(client(at, 1).say()).rejects.toBeInstanceOf(Later)
    expect(at.sent).toHaveLength(1)
    expect(await outbox()).toMatchObject([{ outcome: 'refused', status: 403 }])
  })

  test('a limit without a time is a minute, and longer when it comes again', async () => {
    const { client, installation } = await place()
    const at = github([refusal(403, {}, 'You have exceeded a secondary rate limit.'), refusal(429)])
    const first = await client(at)
      .say()
      .catch(error => error)
    expect(secondsOf(first)).toBeGreaterThan(52)
    expect(secondsOf(first)).toBeLessThanOrEqual(60)
    await query('update windlass_pause set until = now() where installation = $1', [installation])
    const second = await client(at)
      .look()
      .catch(error => error)
    expect(secondsOf(second)).toBeGreaterThan(112)
    expect(secondsOf(second)).toBeLessThanOrEqual(120)
  })

  test('a later, shorter Retry-After does not shorten a pause', async () => {
    const { installation } = await place()
    await stores[0].writes.pause(installation, 300)
    expect(await stores[1].writes.pause(installation, 5)).toBeGreaterThan(290)
    expect(await stores[1].writes.paused(installation)).toBeGreaterThan(290)
  })

  test('the last request before the primary limit is the last one', async () => {
    const { client } = await place()
    const date = new Date('2030-01-01T00:00:00Z')
    const headers = {
      date: date.toUTCString(),
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(date.getTime() / 1000 + 100),
    }
    const at = github([Response.json([], { headers })])
    await client(at).look()
    const told = await client(at)
      .look()
      .catch(error => error)
    expect(told).toBeInstanceOf(Later)
    expect(secondsOf(told)).toBeGreaterThan(95)
    expect(secondsOf(told)).toBeLessThanOrEqual(102)
    expect(at.sent).toHaveLength(1)
  })

  test('a 403 that is about permissions asks for no pause', async () => {
    const { client, installation } = await place()
    const at = github([refusal(403, {}, 'Resource not accessible by integration')])
    await expect(client(at).say()).rejects.toMatchObject({ status: 403 })
    expect(await stores[0].writes.paused(installation)).toBe(0)
  })

  test('a pass whose repository is held by another job writes nothing', async () => {
    const { client, outbox, hold } = await place()
    const at = github()
    await hold(randomUUID())
    await expect(client(at).say()).rejects.toBeInstanceOf(Lost)
    expect(at.sent).toEqual([])
    expect(await outbox()).toEqual([])
    await client(at).look()
  })

  test('a pass that was stopped between reservation and sending asks again, and writes nothing when it has lost', async () => {
    const { client, outbox, hold } = await place()
    const at = github()
    const frozen = async () => {
      await hold(randomUUID())
      await sleep(3_100)
    }
    await expect(client(at, 0, frozen).say()).rejects.toBeInstanceOf(Lost)
    expect(at.sent).toEqual([])
    expect(await outbox()).toMatchObject([{ outcome: 'failed', status: null }])
  }, 20_000)

  test('a pass that was stopped and still holds its repository writes once', async () => {
    const { client, outbox } = await place()
    const at = github()
    let stops = 0
    await client(at, 0, async () => (++stops === 1 ? void (await sleep(3_100)) : undefined)).say()
    expect(at.sent).toHaveLength(1)
    expect(await outbox()).toMatchObject([{ outcome: 'failed' }, { outcome: 'done' }])
  }, 20_000)

  test.each([
    ['the connection breaks', dropped('ECONNRESET'), 'unknown', null],
    ['GitHub is in trouble', refusal(502), 'unknown', 502],
    ['GitHub says no', refusal(422), 'refused', 422],
    ['there is no connection', dropped('ECONNREFUSED'), 'failed', null],
  ] as const)('when %s, a write is not repeated and its outcome is kept', async (_, answer, outcome, status) => {
    const { client, outbox } = await place()
    const at = github([answer instanceof Response ? answer.clone() : answer])
    await expect(client(at).say()).rejects.toThrow()
    expect(at.sent).toHaveLength(1)
    expect(await outbox()).toMatchObject([{ outcome, status }])
  })

  test('a write whose process died is unknown as soon as the next pass writes', async () => {
    const { client, installation, repository, outbox } = await place({ ...ROOMY, open: 1 })
    await query('insert into windlass_write (installation, repository, holder, request) values ($1, $2, $3, $4)', [
      installation,
      repository,
      randomUUID(),
      'POST /',
    ])
    await client(github()).say()
    expect(await outbox()).toMatchObject([{ outcome: 'unknown' }, { outcome: 'done' }])
  })

  test('so many writes wait for their answers, and no more', async () => {
    const { client } = await place({ ...ROOMY, open: 2 })
    const at = github()
    let open = 0
    let most = 0
    const slow = async () => {
      most = Math.max(most, ++open)
      await sleep(100)
      open -= 1
    }
    await Promise.all([client(at, 0, slow).say(), client(at, 1, slow).say(), client(at, 0, slow).say()])
    expect(at.sent).toHaveLength(3)
    expect(most).toBe(2)
  })

  test('a read is tried again while GitHub is in trouble, and not when it says no', async () => {
    const { client } = await place()
    const at = github([refusal(502), dropped('ECONNRESET'), Response.json([]), refusal(404)])
    expect((await client(at).look()).status).toBe(200)
    await expect(client(at).look()).rejects.toMatchObject({ status: 404 })
    expect(at.sent).toHaveLength(4)
    const down = github([refusal(500), refusal(500), refusal(500), refusal(500)])
    await expect(client(down).look()).rejects.toMatchObject({ status: 500 })
    expect(down.sent).toHaveLength(3)
  }, 20_000)

  test('a client writes to the repository of its pass only, and one without a pass not at all', async () => {
    const { client, installation, outbox } = await place()
    const at = github()
    const elsewhere = { owner: 'acme', repo: 'other', issue_number: 7, body: 'text' }
    await expect(client(at).octokit.rest.issues.createComment(elsewhere)).rejects.toThrow('only')
    const reader = new Octokit({ log: SILENT, request: { fetch: at.fetch } })
    guard(reader, { installation, pass: null, writes: stores[0].writes, budget: ROOMY })
    await expect(reader.rest.issues.createComment(elsewhere)).rejects.toThrow('nothing only')
    expect(at.sent).toEqual([])
    expect(await outbox()).toEqual([])
  })
})
