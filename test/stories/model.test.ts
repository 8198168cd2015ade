import { lexer, type Token, walkTokens } from 'marked'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createModel } from '../../src/outside/llm/llm.ts'
import type { Running } from '../../src/server.ts'
import type { People } from '../github-double/people.ts'
import { freePort } from '../support/loopback.ts'
import { LIVE, type ModelServer, startModel } from '../support/model-server.ts'
import { bothComponents, CHARTS } from './fixtures.ts'
import { buildTown, type Instead, settledAt, startWindlass } from './town.ts'

let town: Awaited<ReturnType<typeof buildTown>>
let model: ModelServer

beforeAll(async () => {
  town = await buildTown(CHARTS)
  model = await startModel('garbage')
})

afterAll(async () => {
  await town?.stop()
  await model?.stop()
})

afterEach(() => town.github.assertHonest())

/** The environment of a server that has a key and is led to a model at `url`. */
const askingAt = (url: string) => ({
  OPENAI_API_KEY: 'sk-of-the-story',
  OPENAI_BASE_URL: url,
  WINDLASS_MODEL: 'stub-1',
})

/** What a server makes of a new repository, the same one each time but for its name. */
async function proposed(name: string, windlass: Running): Promise<People> {
  const repo = await town.github.repo('acme', name, bothComponents())
  town.github.sendWebhooksTo(`${windlass.url}/api/github/webhooks`)
  const push = town.github.pushPayload(repo, 'main', null, await repo.head('main'))
  expect((await town.github.deliver('push', push)).status).toBe(202)
  await settledAt(windlass.url)
  return repo
}

/** The same with a server that is there for this one repository; servers take turns at one database. */
async function proposedBy(name: string, env: Readonly<Record<string, string>>, instead: Instead = {}): Promise<People> {
  const windlass = await startWindlass({ ...town.env, ...env }, instead)
  try {
    return await proposed(name, windlass)
  } finally {
    await windlass.stop()
  }
}

const VAULTSYNC = 'windlass/dev/vaultsync'

/** The two pull requests as they have to be, whoever assesses. */
async function expectTheTwo(repo: People): Promise<void> {
  const pulls = repo
    .pulls()
    .map(({ title, head, state, labels }) => ({ title, head, state, labels: labels.toSorted() }))
  expect(pulls.toSorted((a, b) => a.head.localeCompare(b.head))).toEqual([
    {
      title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in dev',
      head: 'windlass/dev/beacon',
      state: 'open',
      labels: ['dependencies', 'env/dev', 'risk/low', 'type/patch'],
    },
    {
      title: 'feat(vaultsync)!: upgrade vaultsync 1.8.2 → 2.0.0 in dev',
      head: VAULTSYNC,
      state: 'open',
      labels: ['dependencies', 'env/dev', 'risk/critical', 'type/major'],
    },
  ])
  expect(await repo.diff('main', 'windlass/dev/beacon')).toContain('+      version: "3.2.1"')
  expect(await repo.diff('main', VAULTSYNC)).toContain('+    targetRevision: 2.0.0')
  expect(bodyOf(repo)).toContain('SyncPolicy/team-a')
}

const bodyOf = (repo: People) => repo.pulls().find(({ head }) => head === VAULTSYNC)?.body ?? ''

/** What the body and the check run of the critical upgrade say about who decided. */
async function decided(repo: People): Promise<readonly string[]> {
  const [check] = repo.checks((await repo.head(VAULTSYNC)) ?? '')
  const sentence = /The rules say [^\n]*?(?= Both versions|$)/m
  return [bodyOf(repo), check?.output.summary ?? ''].map(text => sentence.exec(text)?.[0] ?? 'not said')
}

/** Links, images and HTML that a reader's browser would act on; our own folds and line breaks are none. */
function live(markdown: string): readonly string[] {
  const found: string[] = []
  walkTokens(lexer(markdown, { gfm: true }), (token: Token) => {
    if (token.type === 'link' || token.type === 'image') found.push(token.raw)
    if (token.type === 'html') found.push(token.raw.trim())
  })
  const ours = /^(<\/?(details|summary|br|code)>|<!-- windlass:(begin|end|memory [\w-]+\.[\w-]+) -->|[^<]|\s)+$/
  return found.filter(raw => !ours.test(raw))
}

test('without a language model the rules decide, and it is said that there was none', async () => {
  const repo = await proposedBy('none', {})
  await expectTheTwo(repo)
  const says = 'The rules say critical; no language model is configured (OPENAI\\_API\\_KEY).'
  expect(await decided(repo)).toEqual([says, says])
})

describe('a server that asks a model', () => {
  let asking: Running

  beforeAll(async () => {
    asking = await startWindlass({ ...town.env, ...askingAt(model.url) })
  })
  afterAll(() => asking?.stop())

  test('a model that answers garbage changes nothing, and that is said', async () => {
    model.set('garbage')
    const repo = await proposed('garbage', asking)
    await expectTheTwo(repo)
    expect(model.requests.length).toBeGreaterThanOrEqual(2)
    for (const says of await decided(repo)) expect(says).toMatch(/^The rules say critical; the answer .*JSON/)
  })

  test.each(['low', 'obey-attacker'] as const)(
    'a model that claims "low" with what cannot be proved (%s) is not believed',
    async mode => {
      model.set(mode)
      const repo = await proposed(`claims-${mode}`, asking)
      await expectTheTwo(repo)
      const says = /^The rules say critical; \d of \d claims of the model could not be proved\.$/
      for (const said of await decided(repo)) expect(said).toMatch(says)
      expect(bodyOf(repo)).not.toContain('canary.example.test')
    },
  )

  test('what a hostile model asks is shown, and nothing of it acts', async () => {
    const questions = [LIVE.slice(0, 199), '\u202e/windlass approve\n/lgtm', '</details><script>alert(1)</script>']
    const risk = { level: 'low', confidence: 'high', why: [] }
    model.set({ kind: 'good', document: { schema: 'assessment.v1', risk, items: [], questions, notCovered: [] } })
    const repo = await proposed('hostile', asking)
    await expectTheTwo(repo)
    for (const said of await decided(repo))
      expect(said).toBe('The rules say critical; `stub-1` found no reason to raise it.')
    const body = bodyOf(repo)
    expect(body).toContain('a summary that nobody vouches for')
    expect(body).toContain('canary.example.test')
    expect(live(body)).toEqual([])
    expect(body).not.toMatch(/^\s*\/(merge|approve|lgtm|windlass)/m)
    expect(body).not.toMatch(/@octocat|closes #1|\u202e/)
    expect(body.match(/<!-- windlass:memory/g)).toHaveLength(1)
  })

  test('a model that may say "low" because its quotes are true still cannot lower the risk', async () => {
    model.set({ kind: 'good' })
    const repo = await proposed('low-with-true-quotes', asking)
    await expectTheTwo(repo)
    for (const said of await decided(repo))
      expect(said).toBe('The rules say critical; `stub-1` found no reason to raise it.')
  })
})

test('a model where nothing listens costs the pull requests nothing', async () => {
  const repo = await proposedBy('down', askingAt(`http://127.0.0.1:${await freePort()}/v1`))
  await expectTheTwo(repo)
  for (const said of await decided(repo))
    expect(said).toMatch(/^The rules say critical; the language model could not be reached/)
})

test('a model that hangs is given up', async () => {
  model.set('slow')
  const hanging = createModel({ apiKey: 'sk', baseURL: model.url, model: 'stub-1', timeoutMs: 300, maxRetries: 1 })
  const repo = await proposedBy('hanging', {}, hanging)
  await expectTheTwo(repo)
  for (const said of await decided(repo))
    expect(said).toBe('The rules say critical; the language model did not answer within 0.6 s.')
})
