import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Outcome } from '../src/model.ts'
import type { Services } from '../src/outside/github/world-github.ts'
import { openLocalWorld } from '../src/outside/local/world-local.ts'
import { createRegistries, createRegistryMemory, type RegistryMemory } from '../src/outside/registries/registries.ts'
import { type Survey, survey } from '../src/reconcile.ts'
import { title } from '../src/report/headline.ts'
import { pullRequest } from '../src/report/pull-request.ts'
import { type ChartRepository, startChartRepository } from './support/chart-repository.ts'
import { makeCheckout } from './support/checkout.ts'
import { type DockerRegistry, startDockerRegistry } from './support/docker-registry.ts'
import { testEgress } from './support/fetch-setup.ts'
import { type GitServer, startGitServer } from './support/git-server.ts'
import { type Asked, asked, freePort, type Loopback, serve } from './support/loopback.ts'
import { makeChart } from './support/make-chart.ts'
import { startTokenServer, type TokenServer } from './support/token-server.ts'

const LOGIN = `Basic ${Buffer.from('reader:word-of-the-reader').toString('base64')}`
const HOSTS = ['good', 'missing', 'locked', 'busy', 'broken', 'hanging', 'moved', 'gone'] as const
type Host = (typeof HOSTS)[number]

const application = (name: string, repoURL: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  source: { repoURL: ${repoURL}, chart: ${name}, targetRevision: 1.0.0 }
  destination: { server: https://kubernetes.default.svc, namespace: ${name} }
`
const host = (name: string) => `https://${name}.example.test`

const tokens: TokenServer | null = await startTokenServer(LOGIN)
const docker: DockerRegistry | null = tokens && (await startDockerRegistry(tokens))

let good: ChartRepository
let git: GitServer
let servers: ReadonlyMap<Host, Loopback>
let elsewhere: Loopback
const stolen: Asked[] = []
let kilnDigest = ''
let mugDigest = ''
const STALE = `sha256:${'5'.repeat(64)}`

async function refusing(status: number, headers: Record<string, string> = {}): Promise<Loopback> {
  return await serve((_, response) => response.writeHead(status, headers).end())
}

beforeAll(async () => {
  good = await startChartRepository()
  for (const version of ['1.0.0', '1.1.0']) await good.add(makeChart({ name: 'good', version }))
  git = await startGitServer()
  git.add('clay/wheel.git', ['wheel-1.0.0', 'wheel-1.2.0', 'kiln-9.0.0'])
  elsewhere = await serve((request, response) => {
    stolen.push(asked(request))
    response.writeHead(401).end()
  })
  servers = new Map<Host, Loopback>([
    ['good', good],
    ['missing', await refusing(404)],
    ['locked', await refusing(401)],
    ['busy', await refusing(429, { 'retry-after': '3600' })],
    ['broken', await refusing(500)],
    ['hanging', await serve(() => {})],
    ['moved', await refusing(302, { location: `${elsewhere.url}/index.yaml` })],
    ['gone', { url: `http://127.0.0.1:${await freePort()}`, stop: async () => {} }],
  ])
  await docker?.push('clay/charts', '1.0.0', makeChart({ name: 'charts', version: '1.0.0' }))
  await docker?.push('clay/charts', '1.3.0', makeChart({ name: 'charts', version: '1.3.0' }))
  await docker?.pushImage('clay/app', '1.0.0-alpine', '2024-02-03T04:05:06Z')
  kilnDigest = (await docker?.pushImage('clay/app', '1.0.1-alpine', '2024-02-04T04:05:06Z')) ?? ''
  await docker?.pushImage('clay/app', '1.0.2', '2024-02-05T04:05:06Z')
  mugDigest = (await docker?.pushImage('clay/app', 'stable', '2024-02-06T04:05:06Z')) ?? ''
})

afterAll(async () => {
  for (const server of [...servers.values(), elsewhere, git, docker, tokens]) await server?.stop()
})

/** Registries and nothing else that is real: what renders has no objects, and time stands still. */
function services(memory: RegistryMemory): Services {
  const now = () => new Date('2026-11-21T12:00:00Z')
  const lines = [...servers].map(([name, { url }]) => `${host(name)}: ${url}`)
  const mirrors = [...lines, `oci://registry.example.test: ${docker?.url ?? git.url}`, `${host('git')}: ${git.url}`]
  const logins = [docker?.url, tokens?.url].flatMap(url =>
    url === undefined ? [] : [`${url}: {username: reader, password: word-of-the-reader}`],
  )
  const egress = testEgress({
    mirrors: mirrors.join('\n'),
    allow: [elsewhere, tokens].flatMap(server => (server ? [new URL(server.url).host] : [])),
    credentials: [
      `${servers.get('moved')?.url}: {token: only-for-the-origin}`,
      `${elsewhere.url}: {token: only-when-asked-by-name}`,
      ...logins,
    ].join('\n'),
    patience: 2000,
  })
  return {
    ...createRegistries(egress, memory),
    render: async () => ({ ok: true, objects: [] }),
    ask: async () => ({ kind: 'none', reason: 'no model here' }),
    firstSeen: async () => now().toISOString(),
    now,
    progress: () => {},
  }
}

async function look(files: Readonly<Record<string, string>>, memory = createRegistryMemory()): Promise<Survey> {
  const checkout = makeCheckout(files)
  try {
    return await survey(await openLocalWorld(checkout.root, services(memory), 'files'))
  } finally {
    checkout.remove()
  }
}

function outcome({ outcomes, problems }: Survey, component: string): Outcome {
  const found = outcomes.find(one => one.component === component)
  if (!found) throw new Error(`nothing about ${component}: ${JSON.stringify(problems)}`)
  return found
}

function planOf(found: Survey, component: string) {
  const one = outcome(found, component)
  if (one.kind !== 'planned') throw new Error(JSON.stringify(one))
  return one.plan
}

function reasonOf(found: Survey, component: string): string {
  const one = outcome(found, component)
  return one.kind === 'unknown' ? one.reason : one.kind
}

const APPLICATIONS = Object.fromEntries(HOSTS.map(name => [`dev/${name}.yaml`, application(name, host(name))]))

describe('a repository whose charts come from eight servers, of which one answers', () => {
  const memory = createRegistryMemory()
  let found: Survey
  beforeAll(async () => {
    found = await look(APPLICATIONS, memory)
  })

  test('gets its upgrade from the one that does', () => {
    const plan = planOf(found, 'good')
    expect(plan.edits.map(({ place, from, to }) => [place.file, from, to])).toEqual([
      ['dev/good.yaml', '1.0.0', '1.1.0'],
    ])
  })

  test.each([
    ['missing', /\/index\.yaml answered 404 \(not found\)$/],
    ['locked', /\/index\.yaml answered 401 \(credentials for that origin\? they belong into WINDLASS_REGISTRY_AUTH\)$/],
    ['busy', /\/index\.yaml answered 429 \(too many requests\)$/],
    ['broken', /\/index\.yaml answered 500$/],
    ['hanging', /\/index\.yaml did not answer completely in time$/],
    ['moved', /\/index\.yaml answered 401 .*\(redirected from https:\/\/moved\.example\.test\/index\.yaml\)$/],
    ['gone', /\/index\.yaml could not be fetched \(ECONNREFUSED\)$/],
  ])('and says of the %s one why not', (name, wanted) => {
    expect(reasonOf(found, name)).toMatch(wanted)
    expect(found.problems).toContainEqual({ file: null, line: null, reason: expect.stringMatching(wanted) })
  })

  test('the credentials stayed where they belong', () => {
    expect(stolen).not.toEqual([])
    expect(stolen.map(({ authorization }) => authorization)).toEqual(stolen.map(() => null))
    expect(JSON.stringify(found)).not.toMatch(/only-for-the-origin|word-of-the-reader/)
  })

  test('a second look costs the good server no body', async () => {
    const before = good.requests.length
    const again = await look({ 'dev/good.yaml': application('good', host('good')) }, memory)
    expect(planOf(again, 'good').inputs).toBe(planOf(found, 'good').inputs)
    const etag = good.requests.slice(before).map(({ path, headers }) => [path, headers['if-none-match'] !== undefined])
    expect(etag).toEqual([['/index.yaml', true]])
  })
})

const kustomization = (image: string) => `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
  - name: registry.example.test/clay/app
    ${image}
`

describe('pins without a chart', () => {
  test('a chart and an image in a registry with tokens move, the image within its family and with its digest', async context => {
    if (docker === null) return context.skip()
    const chart = application('charts', 'registry.example.test/clay')
    const found = await look({
      'dev/charts.yaml': chart,
      'dev/kustomization.yaml': kustomization(`newTag: 1.0.0-alpine\n    digest: ${STALE}`),
    })
    expect(planOf(found, 'charts').upgrade.to.version).toBe('1.3.0')
    const plan = planOf(found, 'app')
    expect(plan.edits.map(({ from, to }) => [from, to])).toEqual([
      ['1.0.0-alpine', '1.0.1-alpine'],
      [STALE, kilnDigest],
    ])
    expect(title(plan)).toBe('fix(app): upgrade app 1.0.0-alpine → 1.0.1-alpine in dev')
    expect(plan.floor).toBe('medium')
    expect(pullRequest(plan, { hold: null }).body).toContain('what it does was not analysed')
    expect(plan.facts.map(({ kind }) => kind)).toEqual(['version-step', 'image-changed'])
  })

  test('a digest moves although its tag stays, and is current when it is the one of the tag', async context => {
    if (docker === null) return context.skip()
    const of = (digest: string) => ({
      'dev/kustomization.yaml': kustomization(`newTag: stable\n    digest: ${digest}`),
    })
    const plan = planOf(await look(of(STALE)), 'app')
    expect(plan.edits.map(({ from, to }) => [from, to])).toEqual([[STALE, mugDigest]])
    expect(title(plan)).toBe(`fix(app): update app stable to digest ${mugDigest.slice(7, 19)} in dev`)
    expect(plan.facts).toMatchObject([
      { kind: 'version-step', step: 'digest' },
      {
        kind: 'image-changed',
        from: `registry.example.test/clay/app:stable@${STALE}`,
        to: `registry.example.test/clay/app:stable@${mugDigest}`,
      },
    ])
    expect(outcome(await look(of(mugDigest)), 'app').kind).toBe('current')
  })

  test('a digest reaches an environment when the one before has it', async context => {
    if (docker === null) return context.skip()
    const pinned = (digest: string) => kustomization(`newTag: stable\n    digest: ${digest}`)
    const of = async (dev: string) => {
      const found = await look({ 'dev/kustomization.yaml': pinned(dev), 'prod/kustomization.yaml': pinned(STALE) })
      return found.outcomes.map(one => [one.environment, one.kind, 'reason' in one ? one.reason : null])
    }
    expect(await of(STALE)).toEqual([
      ['dev', 'planned', null],
      ['prod', 'held', 'dev does not have this digest of stable yet; this environment follows when it has'],
    ])
    expect(await of(mugDigest)).toEqual([
      ['dev', 'current', null],
      ['prod', 'planned', null],
    ])
  })

  test('a digest without a tag follows latest, and says so when there is none', async context => {
    if (docker === null) return context.skip()
    const files = { 'dev/kustomization.yaml': kustomization(`digest: ${STALE}`) }
    expect(reasonOf(await look(files), 'app')).toMatch(
      /^the digest of latest could not be looked up: .*404 \(not found\)$/,
    )
    const latest = await docker.pushImage('clay/app', 'latest', '2024-02-07T04:05:06Z')
    const plan = planOf(await look(files), 'app')
    expect(plan.edits.map(({ from, to }) => [from, to])).toEqual([[STALE, latest]])
    expect(title(plan)).toBe(`fix(app): update app to digest ${latest.slice(7, 19)} in dev`)
  })

  test('a Git tag moves within its prefix, and what it brings is said not to be compared', async () => {
    const text = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: wheel, namespace: flux-system }
spec:
  url: ${host('git')}/clay/wheel
  ref: { tag: wheel-1.0.0 }
`
    const plan = planOf(await look({ 'dev/wheel.yaml': text }), 'wheel')
    expect(plan.edits.map(({ from, to }) => [from, to])).toEqual([['wheel-1.0.0', 'wheel-1.2.0']])
    expect(plan.facts).toEqual([
      { kind: 'version-step', from: 'wheel-1.0.0', to: 'wheel-1.2.0', step: 'minor', noted: false },
      {
        kind: 'not-rendered',
        reason: `what ${host('git')}/clay/wheel brings with wheel-1.2.0 was not fetched, so nothing of it was compared`,
      },
    ])
    expect(plan.floor).toBe('high')
    expect(pullRequest(plan, { hold: null }).body).toContain('nothing of it was compared')
  })
})
