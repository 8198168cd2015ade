import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Signal } from '../src/model.ts'
import type { Store } from '../src/outside/store/store.ts'
import { type Running, startServer } from '../src/server.ts'
import { readSettings } from '../src/settings.ts'
import { settledAt } from './stories/town.ts'
import { deliver, environment, push } from './support/delivery.ts'
import { eventually } from './support/engines.ts'

const SECRET = 'the secret of the hooks'
const HUB = 'the secret of the hub'
const HARBOR = 'Bearer of the harbor'
const SHA = 'a'.repeat(40)

const data = mkdtempSync(join(tmpdir(), 'windlass-hooks-'))
const lines: string[] = []
const passes: { readonly name: string; readonly cause: string }[] = []
let server: Running
let store: Store

beforeAll(async () => {
  const read = readSettings({
    ...environment(data, null),
    WINDLASS_HOOK_SECRET: SECRET,
    WINDLASS_ARTIFACTHUB_SECRET: HUB,
    WINDLASS_HARBOR_AUTH: HARBOR,
  })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  server = await startServer({
    settings: read.settings,
    log: pino({ level: 'info' }, { write: line => void lines.push(line) }),
    self: 'windlass[bot]',
    checks: {},
    async reconcile({ name }, { cause }, itsStore) {
      store = itsStore
      passes.push({ name, cause })
      return { again: null }
    },
    sayParked: async () => {},
    listRepositories: async () => ['swept-1', 'swept-2'].map(name => ({ installation: 7, owner: 'acme', name })),
  })
  await deliver(server.url, push('fleet'))
  await eventually('the App knows the repository', () => passes.length === 1)
})
afterAll(async () => {
  await server.stop()
  rmSync(data, { recursive: true, force: true })
})
/** Passes that an earlier test asked for have ended, so that a new one is this test's own. */
beforeEach(async () => {
  await settledAt(server.url)
  lines.splice(0)
})

type Sent = { body?: string; headers?: Record<string, string>; method?: string }

async function post(path: string, payload: unknown, { body, headers = {} }: Sent = {}) {
  const text = body ?? JSON.stringify(payload)
  const signature = `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-signature': signature, ...headers },
    body: text,
  })
  const answer = (await response.json()) as { accepted?: string[]; ignored?: string; error?: string }
  return { status: response.status, body: answer }
}

const now = () => new Date().toISOString()
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
let serial = 0

/** An event as notification-controller sends it; `metadata` replaces. */
function event(more: Record<string, unknown> = {}, metadata: Record<string, string> = { revision: '1.1.0' }) {
  return {
    involvedObject: {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      name: 'beacon',
      namespace: 'media',
      uid: '1',
      resourceVersion: '2',
    },
    severity: 'info',
    timestamp: now(),
    message: `Helm upgrade succeeded for release media/beacon.v${++serial}`,
    reason: 'UpgradeSucceeded',
    metadata,
    reportingController: 'helm-controller',
    reportingInstance: 'helm-controller-0',
    ...more,
  }
}

const kustomization = {
  involvedObject: { kind: 'Kustomization', name: 'apps', namespace: 'flux-system' },
  reason: 'ReconciliationSucceeded',
}

const heard = (repository = 'acme/fleet') => store.signals.heard(repository, ago(24 * 60))
const last = async (): Promise<Signal | undefined> => (await heard()).toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1)
const FLUX = '/hooks/flux?repository=acme/fleet'

describe('an event of Flux', () => {
  test('is stored, and wakes the repository that the address names', async () => {
    const before = passes.length
    const said = event({}, { revision: '1.1.0', cluster: 'eu-1', 'upgrade-run': 'run-1' })
    expect(await post('/hooks/flux?repository=ACME/Fleet&environment=dev', said)).toEqual({
      status: 202,
      body: { accepted: ['acme/fleet'] },
    })
    expect(await last()).toEqual({
      via: 'flux',
      name: 'HelmRelease/media/beacon',
      state: 'success',
      at: said.timestamp,
      by: 'hook',
      commit: null,
      place: 'dev',
      version: '1.1.0',
      run: 'run-1',
      says: `UpgradeSucceeded: ${said.message}`,
    })
    await eventually('a pass', () => passes.length > before)
    expect(passes.at(-1)).toMatchObject({ name: 'fleet', cause: expect.stringMatching(/^flux flux-[0-9a-f]{64}$/) })
  })

  test.each<[string, Record<string, unknown>, Record<string, string>, Partial<Signal>]>([
    [
      'a failure',
      { severity: 'error', reason: 'UpgradeFailed' },
      { revision: '1.1.0' },
      { state: 'failure', version: '1.1.0' },
    ],
    [
      'a rollback, which carries the version before',
      { reason: 'RollbackSucceeded' },
      { revision: '1.0.0' },
      { state: 'failure', version: null },
    ],
    ['an uninstall', { reason: 'UninstallSucceeded' }, { revision: '1.1.0' }, { state: 'failure', version: '1.1.0' }],
    [
      'a dependency that is not ready',
      { severity: 'error', reason: 'DependencyNotReady' },
      {},
      { state: 'pending', version: null },
    ],
    [
      'a chart of an OCI registry',
      {},
      { revision: '1.1.0', 'oci-digest': `sha256:${'0123456789ab'.repeat(5)}cdef` },
      { version: '1.1.0+0123456789ab' },
    ],
    [
      'a chart that carries its digest',
      {},
      { revision: '1.1.0+ffffffffffff', 'oci-digest': `sha256:${'a'.repeat(64)}` },
      { version: '1.1.0+ffffffffffff' },
    ],
    [
      'a Kustomization',
      kustomization,
      { revision: `main@sha1:${SHA}`, env: 'dev', cluster: 'eu-1' },
      { name: 'Kustomization/flux-system/apps', state: 'success', commit: SHA, version: null, place: 'dev' },
    ],
    [
      'one of an old Flux, with its prefix',
      kustomization,
      { 'kustomize.toolkit.fluxcd.io/revision': `main/${SHA}` },
      { commit: SHA, place: null },
    ],
    [
      'one from an OCI artifact',
      kustomization,
      { revision: `latest@sha256:${'b'.repeat(64)}`, originRevision: `main@sha1:${SHA}`, cluster: 'eu-1' },
      { commit: SHA, place: 'eu-1' },
    ],
    [
      'one with a commit that somebody wrote on the object',
      kustomization,
      { revision: `main@sha1:${SHA}`, commit: 'f'.repeat(40) },
      { commit: SHA },
    ],
  ])('reads %s', async (_, more, metadata, expected) => {
    expect((await post(FLUX, event(more, metadata))).status).toBe(202)
    expect(await last()).toMatchObject(expected)
  })

  test('keeps no secrets and no hidden text of a message, and cuts it', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`
    await post(FLUX, event({ message: `pull failed\u202e with ${token}\n${'x '.repeat(5000)}` }))
    const { says } = (await last()) ?? { says: '' }
    expect(says).toMatch(/^UpgradeSucceeded: pull failed with \[redacted\] x x/)
    expect(says).toHaveLength(500)
  })

  test('of the future is one of now, so that what is said later counts more', async () => {
    await post(FLUX, event({ timestamp: '2999-01-01T00:00:00Z' }))
    expect(Date.parse((await last())?.at ?? '')).toBeLessThanOrEqual(Date.now())
  })

  test.each([
    [
      'a source',
      { involvedObject: { kind: 'GitRepository', name: 'x', namespace: 'y' } },
      'a GitRepository says nothing about what runs',
    ],
    ['drift', { reason: 'DriftDetected' }, 'this reason says nothing about health'],
    ['a trace', { severity: 'trace' }, 'this reason says nothing about health'],
    ['more than an hour ago', { timestamp: ago(61) }, 'older than an hour: it has no effect'],
  ])('about %s has no effect', async (_, more, ignored) => {
    const [before, woken] = [await heard(), passes.length]
    expect(await post(FLUX, event(more))).toEqual({ status: 202, body: { accepted: [], ignored } })
    expect(await heard()).toEqual(before)
    expect(passes).toHaveLength(woken)
  })

  test('replayed has no effect', async () => {
    const said = event({ timestamp: ago(30) })
    expect((await post(FLUX, said)).status).toBe(202)
    await eventually('its pass is done', async () => {
      const rows = await store.database.query(
        `select 1 from windlass_delivery where event = 'flux' and done_at is null`,
      )
      return rows.length === 0
    })
    const [before, woken] = [await heard(), passes.length]
    const again = await post(FLUX, said)
    expect(again).toEqual({ status: 200, body: { accepted: [], duplicate: true } })
    expect(await heard()).toEqual(before)
    await deliver(server.url, push('later'))
    await eventually('a later pass', () => passes.at(-1)?.name === 'later')
    expect(passes).toHaveLength(woken + 1)
  })

  test('about a repository that the App does not know is kept, and wakes nothing', async () => {
    const woken = passes.length
    expect(await post('/hooks/flux?repository=acme/unknown', event())).toEqual({
      status: 202,
      body: { accepted: [], ignored: 'no event of the App has come from acme/unknown yet: kept until there is one' },
    })
    expect(await heard('acme/unknown')).toHaveLength(1)
    expect(passes).toHaveLength(woken)
  })

  test('that names its repository under the signature is not believed at another address', async () => {
    const said = event({}, { revision: '1.1.0', repository: 'acme/other' })
    expect(await post(FLUX, said)).toEqual({
      status: 400,
      body: { error: 'the event names another repository than the address' },
    })
    expect((await post(FLUX, event({}, { revision: '1.1.0', repository: 'Acme/Fleet' }))).status).toBe(202)
  })
})

describe('a signal in our own words', () => {
  const smoke = (more: object = {}) => ({ repository: 'acme/fleet', name: 'smoke/prod', state: 'success', ...more })

  test('is stored with what it says', async () => {
    const at = ago(1)
    const said = smoke({ environment: 'prod', commit: SHA, version: 'v1.1.0', description: 'all  well', at })
    expect(await post('/hooks/generic', said)).toEqual({ status: 202, body: { accepted: ['acme/fleet'] } })
    expect((await heard()).find(({ via }) => via === 'generic')).toEqual({
      via: 'generic',
      name: 'smoke/prod',
      state: 'success',
      at,
      by: 'hook',
      commit: SHA,
      place: 'prod',
      version: 'v1.1.0',
      run: null,
      says: 'all well',
    })
  })

  test('may be signed in a header of ours', async () => {
    const body = JSON.stringify(smoke({ at: ago(2) }))
    const ours = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
    const headers = { 'x-windlass-signature': ours, 'x-signature': 'none' }
    expect((await post('/hooks/generic', null, { body, headers })).status).toBe(202)
    expect((await post('/hooks/flux', null, { body, headers })).status).toBe(401)
  })

  test('without a time counts once', async () => {
    expect((await post('/hooks/generic', smoke({ name: 'timeless' }))).status).toBe(202)
    await post('/hooks/generic', smoke({ name: 'timeless' }))
    expect((await heard()).filter(({ name }) => name === 'timeless')).toHaveLength(1)
  })

  test.each([
    ['a state that is none', smoke({ state: 'great' }), /^state: /],
    ['a typing error', smoke({ enviroment: 'prod' }), /enviroment/],
    ['no name', smoke({ name: ' \u200b' }), /^name: /],
    ['a name that is too long', smoke({ name: 'x'.repeat(256) }), /^name: /],
    ['a repository that is none', smoke({ repository: '../x' }), 'repository: the repository is written owner/name'],
    ['half a commit', smoke({ commit: 'abc1234' }), 'commit: a commit is 40 hex digits'],
    ['a time that is none', smoke({ at: 'yesterday' }), /^at: /],
    ['a list', [], /expected object/],
  ])('with %s is refused, with what is wrong', async (_, payload, error) => {
    const before = await heard()
    const answer = await post('/hooks/generic', payload)
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({ error: typeof error === 'string' ? error : expect.stringMatching(error) })
    expect(await heard()).toEqual(before)
  })
})

describe.each(['/hooks/flux?repository=acme/fleet', '/hooks/generic'])('%s refuses', path => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const good = JSON.stringify({ repository: 'acme/fleet', name: 'forged', state: 'success' })

  test.each<[string, Sent, number]>([
    ['the signature of another secret', { headers: { 'x-signature': `sha256=${'0'.repeat(64)}` } }, 401],
    ['a signature of another form', { headers: { 'x-signature': 'sha1=00' } }, 401],
    ['a signature without a form', { headers: { 'x-signature': '' } }, 401],
    [
      'the signature of another body',
      { headers: { 'x-signature': `sha256=${createHmac('sha256', SECRET).update('{}').digest('hex')}` } },
      401,
    ],
    ['a form instead of JSON', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['broken JSON', { body: '{"name":' }, 400],
    ['an empty body', { body: '' }, 400],
    ['JSON that is nested too deep', { body: nested(33) }, 400],
    ['a body of more than 1 MiB', { body: `"${'x'.repeat(1024 * 1024)}"` }, 413],
    ['an object of another shape', { body: '{"a":{}}' }, 400],
  ])('%s, in one short line and without effect', async (_, sent, status) => {
    const [before, woken] = [await heard(), passes.length]
    const answer = await post(path, null, { body: good, ...sent })
    expect(answer.status).toBe(status)
    expect(lines).toHaveLength(1)
    expect(lines[0]?.length).toBeLessThan(400)
    expect(lines.join()).not.toContain(SECRET)
    expect(await heard()).toEqual(before)
    expect(passes).toHaveLength(woken)
  })

  test('JSON that is nested as deep as allowed is read, and no deeper', async () => {
    const deeper = await post(path, null, { body: nested(33) })
    expect(deeper.body.error).toBe('the body is nested more than 32 levels deep')
    expect((await post(path, null, { body: nested(32) })).body.error).toContain('expected object')
  })

  test('brackets within texts are not nesting', async () => {
    const body = JSON.stringify({ repository: `${'['.repeat(50)}\\"${'{'.repeat(50)}` })
    expect((await post(path, null, { body })).body.error).not.toContain('nested')
  })
})

test.each(['', '?repository=', '?repository=acme', '?repository=acme/fleet/x', '?repository=../..'])(
  'an address of Flux that ends in %j names no repository, and is told so',
  async query => {
    const answer = await post(`/hooks/flux${query}`, event())
    expect(answer).toEqual({ status: 400, body: { error: 'repository: the repository is written owner/name' } })
  },
)

describe('hints', () => {
  const hub = (changes = 'none') =>
    `{"specversion":"1.0","id":"1","source":"https://artifacthub.io","type":"io.artifacthub.package.new-release","datacontenttype":"application/json","data":{"package":{"name":"cert-manager","version":"1.16.1","url":"https://artifacthub.io/x","changes":["${changes}"],"repository":{"kind":"helm","name":"cert-manager","publisher":"cert-manager"}}}}`
  const cloud = { 'content-type': 'application/cloudevents+json', 'x-artifacthub-secret': HUB }
  const push = { type: 'PUSH_ARTIFACT', operator: 'admin', event_data: { repository: { repo_full_name: 'hub/chart' } } }

  async function wakesAll(path: string, sent: Sent): Promise<void> {
    const before = passes.length
    expect(await post(path, null, sent)).toEqual({ status: 202, body: { accepted: ['every repository'] } })
    await eventually('every repository was woken', () => {
      const woken = passes.slice(before).map(({ name }) => name)
      return woken.includes('swept-1') && woken.includes('swept-2')
    })
  }

  test('of Artifact Hub wake every repository, also when a quote in a change breaks the JSON', async () => {
    await wakesAll('/hooks/artifacthub', { body: hub(), headers: cloud })
    await wakesAll('/hooks/artifacthub', { body: hub('fixes the "latest" tag'), headers: cloud })
    expect(lines.join()).toContain('"about":"cert-manager 1.16.1"')
  })

  test('of Harbor do so for what was pushed', async () => {
    const headers = { authorization: HARBOR }
    await wakesAll('/hooks/harbor', { body: JSON.stringify(push), headers })
    const scanned = { body: JSON.stringify({ ...push, type: 'SCANNING_COMPLETED' }), headers }
    expect((await post('/hooks/harbor', null, scanned)).body).toEqual({
      accepted: [],
      ignored: 'only pushed artifacts matter',
    })
  })

  test.each<[string, string, Sent, number]>([
    [
      'the hub without its secret',
      '/hooks/artifacthub',
      { body: hub(), headers: { ...cloud, 'x-artifacthub-secret': '' } },
      401,
    ],
    [
      'the hub with another',
      '/hooks/artifacthub',
      { body: hub(), headers: { ...cloud, 'x-artifacthub-secret': `${HUB}.` } },
      401,
    ],
    [
      'the secret of the other hooks',
      '/hooks/artifacthub',
      { body: hub(), headers: { ...cloud, 'x-artifacthub-secret': SECRET } },
      401,
    ],
    ['no package', '/hooks/artifacthub', { body: '{"data":{}}', headers: cloud }, 400],
    ['a form', '/hooks/artifacthub', { body: hub(), headers: { ...cloud, 'content-type': 'text/plain' } }, 415],
    ['more than 1 MiB', '/hooks/artifacthub', { body: hub('x'.repeat(1024 * 1024)), headers: cloud }, 413],
    [
      'the harbor with another header',
      '/hooks/harbor',
      { body: JSON.stringify(push), headers: { authorization: 'Bearer x' } },
      401,
    ],
    ['broken JSON', '/hooks/harbor', { body: '{', headers: { authorization: HARBOR } }, 400],
    ['no type', '/hooks/harbor', { body: '{}', headers: { authorization: HARBOR } }, 400],
  ])('refuses %s', async (_, path, sent, status) => {
    const before = passes.length
    expect((await post(path, null, sent)).status).toBe(status)
    expect(lines).toHaveLength(1)
    expect(lines.join()).not.toContain(HUB)
    expect(passes).toHaveLength(before)
  })
})

test('counts what became of the requests, by hook', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  expect(text).toMatch(/windlass_hooks_total\{hook="flux",outcome="accepted"\} [1-9]/)
  expect(text).toMatch(/windlass_hooks_total\{hook="flux",outcome="duplicate"\} 1/)
  expect(text).toMatch(/windlass_hooks_total\{hook="generic",outcome="refused"\} [1-9]/)
  expect(text).toMatch(/windlass_hooks_total\{hook="harbor",outcome="ignored"\} 1/)
  expect(text).not.toContain('acme')
})
