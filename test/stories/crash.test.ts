import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { signingKey } from '../../src/outside/github/world-github.ts'
import { readMemory } from '../../src/report/memory.ts'
import type { People } from '../github-double/people.ts'
import { ENGINES, type Engine, eventually, startEngine } from '../support/engines.ts'
import { onlyBeacon } from './fixtures.ts'
import { HASTY_SERVE, launch, type Served, WINDLASS_SERVE } from './process.ts'
import { buildTown, settledAt } from './town.ts'

let town: Awaited<ReturnType<typeof buildTown>>
let folder: string

beforeAll(async () => {
  town = await buildTown(['beacon-3.2.0', 'beacon-3.2.1'], { WINDLASS_SWEEP: '0 0 1 1 *' })
  folder = await mkdtemp(join(tmpdir(), 'windlass-crash-'))
})

afterAll(async () => {
  await town?.stop()
  await rm(folder, { recursive: true, force: true })
})

afterEach(() => town.github.assertHonest())

const BRANCH = 'windlass/dev/beacon'

async function repository(name: string): Promise<People> {
  const policy = 'reviewers: [ada]\nlabels: [platform]\n'
  const repo = await town.github.repo('acme', name, new Map([...onlyBeacon(), ['.github/windlass.yaml', policy]]))
  repo.setPermission('ada', 'write')
  return repo
}

async function push(repo: People, { url }: Served) {
  const payload = await town.github.pushPayload(repo, 'main', null, await repo.head('main'))
  return town.github.deliver('push', payload, { to: `${url}/api/github/webhooks` })
}

/** Everything that a person can see of the work, without what differs between repositories (commit ids, signatures). */
async function seen(repo: People) {
  const base = (await repo.head('main')) ?? ''
  const plain = (text: string | null) =>
    (text ?? '').replaceAll(base.slice(0, 12), 'BASE').replace(/<!-- windlass:memory .*? -->/, 'MEMORY')
  const key = signingKey(town.env.WEBHOOK_SECRET)
  const head = (await repo.head(BRANCH)) ?? ''
  return {
    branches: await repo.branches(),
    commits: (await repo.commits(BRANCH)).map(({ message }) => message.split('\n')[0]),
    diff: await repo.diff('main', BRANCH),
    pulls: repo.pulls().map(({ headSha: _, body, labels, ...pull }) => ({
      ...pull,
      labels: labels.toSorted(),
      body: plain(body),
      memory: readMemory(body ?? '', { key, repository: `acme/${repo.name}`, branch: pull.head }),
    })),
    checks: repo.checks(head).map(({ name, status, conclusion, output }) => ({
      ...{ name, status, conclusion, title: output.title },
      summary: plain(output.summary),
    })),
    comments: repo.pulls().flatMap(({ number }) => repo.comments(number)),
  }
}

/** Requests of Windlass that could have changed something in a repository. */
function writes(repo: People): readonly string[] {
  return town.github.log.flatMap(entry =>
    entry.kind === 'request' &&
    !['GET', 'HEAD'].includes(entry.method) &&
    entry.path.includes(`/${repo.name}/`) &&
    !entry.path.endsWith('git-upload-pack')
      ? [`${entry.method} ${entry.path}`]
      : [],
  )
}

/** The repository whose server nothing happened to: what all the others have to come to. */
let undisturbed: Awaited<ReturnType<typeof seen>>

beforeAll(async () => {
  const repo = await repository('undisturbed')
  const server = await launch(HASTY_SERVE, { ...town.env, WINDLASS_DATA: join(folder, 'undisturbed') })
  await push(repo, server)
  await settledAt(server.url)
  await server.stop()
  undisturbed = await seen(repo)
})

test('undisturbed, there is one pull request with all that belongs to it', () => {
  expect(undisturbed).toMatchObject({
    branches: ['main', BRANCH],
    commits: ['fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in dev', 'Initial commit'],
    pulls: [
      {
        state: 'open',
        labels: ['env/dev', 'platform', 'risk/low', 'type/patch'],
        reviewers: ['ada'],
        memory: { from: '3.2.0', to: '3.2.1', inputs: expect.stringMatching(/^[0-9a-f]{32}$/) },
      },
    ],
    checks: [{ name: 'windlass', status: 'completed', conclusion: 'success' }],
    comments: [],
  })
})

/** Writes that open a pull request, in their order; after each of them, another thing is still missing. */
const WRITES = [
  ['the branch is made', 'POST', '/git/refs'],
  ['the pull request is opened', 'POST', '/pulls'],
  ['the check is reported', 'POST', '/check-runs'],
  ['the memory is written', 'PATCH', /\/issues\/\d+$/],
] as const

describe.each(ENGINES)('on %s', name => {
  let engine: Engine

  beforeAll(async () => {
    engine = await startEngine(name)
  })
  afterAll(() => engine?.dispose())

  /** Lets `cut` end a server in its own way after it has taken a delivery, starts the next one, and waits until it has done the work. */
  async function interrupted(
    id: string,
    command: readonly string[],
    cut: (repo: People, server: Served) => Promise<void>,
  ): Promise<void> {
    const repo = await repository(`${name.toLowerCase()}-${id}`)
    const { database } = await engine.fresh()
    // A server that has been here before: making a database anew takes longer than all the rest.
    await cp(join(folder, 'undisturbed'), join(folder, repo.name), { recursive: true })
    const env = {
      ...town.env,
      WINDLASS_DATA: join(folder, repo.name),
      ...(database === null ? {} : { DATABASE_URL: database }),
    }
    const first = await launch(command, env)
    const { status, guid } = await push(repo, first)
    expect(status).toBe(202)
    await cut(repo, first)
    const second = await launch(command, env)
    try {
      await eventually('the next one does the work', () => second.log().includes('"passed"'), 120_000)
      await settledAt(second.url)
      expect(await seen(repo)).toEqual(undisturbed)

      const before = writes(repo).length
      const again = await town.github.redeliver(guid, `${second.url}/api/github/webhooks`)
      expect([again.status, JSON.parse(again.body)]).toEqual([200, { accepted: [], duplicate: true }])
      await push(repo, second)
      await settledAt(second.url)
      expect(writes(repo).slice(before)).toEqual([])
    } finally {
      await second.stop()
    }
  }

  test.concurrent(
    'killed right after the answer, the next `windlass serve` does the work, once',
    () =>
      interrupted('answered', WINDLASS_SERVE, async (repo, server) => {
        await server.kill()
        expect(writes(repo)).toEqual([])
      }),
    240_000,
  )

  // On PostgreSQL a dead process is only known by its silence, so one moment in the middle has to stand for all.
  const moments = name === 'PGlite' ? WRITES : WRITES.filter(([what]) => what === 'the pull request is opened')
  test.concurrent.each(moments)(
    'killed when %s but the answer has not come, the next server comes to the same end',
    (what, method, end) =>
      interrupted(what.replaceAll(' ', '-'), HASTY_SERVE, async (repo, server) => {
        const ends = (path: string) => (typeof end === 'string' ? path.endsWith(end) : end.test(path))
        const match = (verb: string, path: string) =>
          verb === method && path.includes(`/acme/${repo.name}/`) && ends(path)
        town.github.faults.next({ match, status: 500, mode: 'hang-after-effect' })
        await eventually('the write is done', () =>
          town.github.log.some(
            entry => entry.kind === 'request' && entry.fault && match(entry.method, entry.path.split('?')[0] ?? ''),
          ),
        )
        await server.kill()
      }),
    240_000,
  )
})
