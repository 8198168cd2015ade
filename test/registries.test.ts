import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Source } from '../src/model.ts'
import { sha256 } from '../src/outside/registries/chart.ts'
import { createHelmIndexes, type IndexMemory, parseIndex } from '../src/outside/registries/helm-index.ts'
import { readOciRepository } from '../src/outside/registries/oci-reference.ts'
import { createRegistries } from '../src/outside/registries/registries.ts'
import { type ChartRepository, startChartRepository } from './support/chart-repository.ts'
import { type DockerRegistry, startDockerRegistry } from './support/docker-registry.ts'
import { testEgress } from './support/fetch-setup.ts'
import { type Loopback, serve } from './support/loopback.ts'
import { makeChart } from './support/make-chart.ts'
import { type OciTestOptions, startOciRegistry } from './support/oci-registry.ts'

const OLD = makeChart({ name: 'demo', version: '1.0.0', appVersion: '7.0' })
const NEW = makeChart({ name: 'demo', version: '1.1.0+build.5', appVersion: '7.1' })
const OTHER_BYTES = makeChart({ name: 'demo', version: '1.0.0', files: { 'values.yaml': 'changed: true\n' } })
const CHARTS = 'https://charts.example.test/stable'

const running: Loopback[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

function keep<T extends Loopback>(server: T): T {
  running.push(server)
  return server
}

function reason(looked: { ok: boolean; reason?: string }): string {
  return looked.reason ?? 'no reason: it was accepted'
}

describe('an HTTP chart repository', () => {
  const source: Source = { type: 'helm', url: CHARTS, chart: 'demo' }

  async function repository(): Promise<ChartRepository> {
    const server = keep(await startChartRepository())
    await server.add(OLD, { created: '2024-03-01T10:00:00.5+02:00' })
    await server.add(NEW)
    return server
  }
  const ask = (server: ChartRepository) => createRegistries(testEgress({ mirrors: `${CHARTS}: ${server.url}` }))

  test('says its versions, with digests, dates and whole addresses', async () => {
    const releases = await ask(await repository()).releases(source)
    expect(releases.ok && releases.value).toEqual([
      {
        version: '1.0.0',
        digest: sha256(OLD),
        publishedAt: '2024-03-01T08:00:00.500Z',
        appVersion: '7.0',
        urls: [`${CHARTS}/charts/demo-1.0.0.tgz`],
        deprecated: false,
        prerelease: false,
      },
      {
        version: '1.1.0+build.5',
        digest: sha256(NEW),
        publishedAt: '2024-01-01T00:00:00.000Z',
        appVersion: '7.1',
        urls: [`${CHARTS}/charts/demo-1.1.0+build.5.tgz`],
        deprecated: false,
        prerelease: false,
      },
    ])
  })

  test('gives a chart, once, also to callers at the same time', async () => {
    const server = await repository()
    const registries = ask(server)
    const charts = await Promise.all([1, 2].map(() => registries.chart(source, '1.0.0', sha256(OLD))))
    await registries.chart(source, 'v1.0.0', null)
    expect(charts.map(chart => chart.ok && [chart.value.version, chart.value.digest])).toEqual([
      ['1.0.0', sha256(OLD)],
      ['1.0.0', sha256(OLD)],
    ])
    expect(server.requests.map(one => one.path)).toEqual(['/index.yaml', '/charts/demo-1.0.0.tgz'])
  })

  test('whose archive is not what the index says is refused, both digests named', async () => {
    const server = await repository()
    server.tamper('demo', '1.0.0', OTHER_BYTES)
    const chart = await ask(server).chart(source, '1.0.0', null)
    expect(chart).toMatchObject({ ok: false, retry: false })
    expect(reason(chart)).toContain(
      `chart demo 1.0.0 from ${CHARTS}/charts/demo-1.0.0.tgz has digest ${sha256(OTHER_BYTES)}, ` +
        `the index says ${sha256(OLD)}: refused`,
    )
  })

  test('whose index says another digest than is pinned is refused, both named, nothing downloaded', async () => {
    const server = await repository()
    const chart = await ask(server).chart(source, '1.0.0', sha256(OTHER_BYTES))
    expect(reason(chart)).toContain(`says digest ${sha256(OLD)}, pinned is ${sha256(OTHER_BYTES)}: refused`)
    expect(server.requests.map(one => one.path)).toEqual(['/index.yaml'])
  })

  test('without digests is used, what was pinned is still checked, and the chart says its digest', async () => {
    const server = keep(await startChartRepository())
    await server.add(OLD, { digest: null })
    const registries = ask(server)
    const releases = await registries.releases(source)
    expect(releases.ok && releases.value[0]?.digest).toBe(null)
    const chart = await registries.chart(source, '1.0.0', null)
    expect(chart.ok && chart.value.digest).toBe(sha256(OLD))
    const pinned = await registries.chart(source, '1.0.0', sha256(NEW))
    expect(reason(pinned)).toContain(`has digest ${sha256(OLD)}, pinned is ${sha256(NEW)}: refused`)
  })

  test('with a digest in a form nobody knows is refused', async () => {
    const server = keep(await startChartRepository())
    await server.add(OLD, { digest: 'md5:1234' })
    expect(reason(await ask(server).chart(source, '1.0.0', null))).toContain('the index says md5:1234: refused')
  })

  test('whose archive is another chart is refused', async () => {
    const server = keep(await startChartRepository())
    await server.add(OLD, { digest: null })
    server.tamper('demo', '1.0.0', makeChart({ name: 'demo', version: '0.1.0' }))
    expect(reason(await ask(server).chart(source, '1.0.0', null))).toContain('the archive says that it is demo 0.1.0')
  })

  test('is asked again with its ETag, and an index that is unchanged costs no body', async () => {
    const server = await repository()
    const memory: IndexMemory = new Map()
    const pass = () => createHelmIndexes(testEgress({ mirrors: `${CHARTS}: ${server.url}` }), memory)
    const first = pass()
    await Promise.all([first.releases(CHARTS, 'demo'), first.releases(`${CHARTS}/`, 'demo')])
    expect(server.requests.length).toBe(1)
    const again = await pass().releases(CHARTS, 'demo')
    expect(again.ok && again.value.length).toBe(2)
    expect(server.requests.map(one => one.headers['if-none-match'])).toEqual([undefined, expect.stringMatching(/^"/)])
    await server.add(makeChart({ name: 'demo', version: '2.0.0' }))
    const changed = await pass().releases(CHARTS, 'demo')
    expect(changed.ok && changed.value.map(release => release.version)).toContain('2.0.0')
  })

  test('is asked again with Last-Modified where there is no ETag', async () => {
    const server = await repository()
    const modified = 'Mon, 01 Jan 2024 00:00:00 GMT'
    server.answer('/index.yaml', (request, response) => {
      if (request.headers['if-modified-since'] === modified) response.writeHead(304).end()
      else response.writeHead(200, { 'last-modified': modified }).end('entries: {demo: [{version: 1.0.0}]}')
    })
    const memory: IndexMemory = new Map()
    const pass = () => createHelmIndexes(testEgress({ mirrors: `${CHARTS}: ${server.url}` }), memory)
    await pass().releases(CHARTS, 'demo')
    const again = await pass().releases(CHARTS, 'demo')
    expect(again.ok && again.value.map(release => release.version)).toEqual(['1.0.0'])
  })

  test('on another origin than its archives gets its credentials alone', async () => {
    const archives = keep(await startChartRepository())
    await archives.add(OLD)
    const server = keep(await startChartRepository())
    await server.add(OLD, { urls: [`${archives.url}/charts/demo-1.0.0.tgz`] })
    const credentials = `${server.url}: {username: bot, password: hunter2}\n${archives.url}: {token: other}`
    const registries = createRegistries(testEgress({ allow: ['127.0.0.1'], credentials }))
    const chart = await registries.chart({ type: 'helm', url: server.url, chart: 'demo' }, '1.0.0', null)
    expect(chart.ok).toBe(true)
    expect(server.requests.map(one => one.authorization === null)).toEqual([false])
    expect(archives.requests.map(one => one.authorization)).toEqual([null])
  })

  test.each([
    [401, false, 'answered 401 (credentials for that origin?'],
    [404, false, 'answered 404'],
    [429, true, 'answered 429'],
    [500, true, 'answered 500'],
  ])('that answers %i is no empty repository; asking later can help: %s', async (status, retry, says) => {
    const server = keep(await startChartRepository())
    server.answer('/index.yaml', (_, response) => void response.writeHead(status).end())
    const releases = await ask(server).releases(source)
    expect(releases).toMatchObject({ ok: false, retry })
    expect(reason(releases)).toContain(says)
  })

  test('says which chart or version it does not have', async () => {
    const registries = ask(await repository())
    const nothing = await registries.releases({ ...source, chart: 'constructor' })
    expect(reason(nothing)).toBe(`${CHARTS}/index.yaml has no chart named constructor`)
    expect(reason(await registries.chart(source, '9.9.9', null))).toBe(
      `chart demo 9.9.9 is not in the index of ${CHARTS}`,
    )
  })

  test('may keep its archives in an OCI registry', async () => {
    const registry = keep(await startOciRegistry())
    registry.add('org/demo', '1.0.0', OLD)
    const server = keep(await startChartRepository())
    await server.add(OLD, { urls: ['oci://registry.example.test/org/demo:1.0.0'] })
    const mirrors = `${CHARTS}: ${server.url}\noci://registry.example.test: ${registry.url}`
    const chart = await createRegistries(testEgress({ mirrors })).chart(source, '1.0.0', null)
    expect(chart.ok && chart.value.digest).toBe(sha256(OLD))
  })
})

describe('an index', () => {
  const url = 'https://charts.example.test/repo/index.yaml?key=1'
  const parse = (text: string) => parseIndex(Buffer.from(text), url)

  test('is read with the scalars as they are written; entries without sense are left out', () => {
    const index = parse(`
apiVersion: v1
entries:
  demo:
    - {version: 1.10.0, appVersion: 1.10, created: 2024-05-01T12:13:14.123456789Z, digest: ${'AB'.repeat(32)}, urls: [a.tgz, 'https://cdn.example.test/b.tgz'], deprecated: true}
    - {version: 1.9.0, created: '0001-01-01T00:00:00Z', digest: 'sha256:${'0'.repeat(64)}'}
    - {version: 1.10.0, appVersion: twice}
    - {version: [1]}
    - just text
  broken: {a: b}
  __proto__: {polluted: [{version: 6.6.6}]}
`)
    expect(index.ok && Object.fromEntries(index.value)).toEqual({
      demo: [
        {
          version: '1.10.0',
          digest: `sha256:${'ab'.repeat(32)}`,
          publishedAt: '2024-05-01T12:13:14.123Z',
          appVersion: '1.10',
          urls: ['https://charts.example.test/repo/a.tgz?key=1', 'https://cdn.example.test/b.tgz'],
          deprecated: true,
          prerelease: false,
        },
        {
          version: '1.9.0',
          digest: `sha256:${'0'.repeat(64)}`,
          publishedAt: null,
          appVersion: null,
          urls: [],
          deprecated: false,
          prerelease: false,
        },
      ],
      broken: [],
    })
    expect(({} as Record<string, unknown>).polluted).toBe(undefined)
  })

  test('may be JSON, with numbers where text is meant', () => {
    const index = parse('{"entries":{"demo":[{"version":"1.0.0","appVersion":2,"urls":null,"deprecated":false}]}}')
    expect(index.ok && index.value.get('demo')).toMatchObject([
      { version: '1.0.0', appVersion: '2', deprecated: false },
    ])
  })

  test.each([
    ['entries: }', 'line 1'],
    ['<html>sign in</html>', 'it has no map named entries'],
    ['{"entries": ', 'not valid JSON'],
    ['', 'it has no map named entries'],
    [`entries: ${'['.repeat(20_000)}`, 'charts.example.test'],
  ])('that is none is said so: %#', (text, says) => {
    expect(reason(parse(text))).toContain('is no chart repository index')
    expect(reason(parse(text))).toContain(says)
    expect(reason(parse(text))).not.toContain('key=1')
  })
})

describe('an OCI registry', () => {
  const URL_OF = 'oci://registry.example.test/org/demo'
  const source: Source = { type: 'oci', url: URL_OF, chart: 'demo' }

  async function registry(options: OciTestOptions = {}) {
    const server = keep(await startOciRegistry(options))
    return { server, digests: server.add('org/demo', '1.0.0', OLD, '2024-02-03T04:05:06Z') }
  }
  const ask = (server: Loopback, credentials = '') =>
    createRegistries(testEgress({ mirrors: `oci://registry.example.test: ${server.url}`, credentials }))

  test('says its versions page by page, with + for _, and when one was made', async () => {
    const { server } = await registry({ page: 1 })
    server.add('org/demo', '1.1.0_build.5', NEW)
    const registries = ask(server)
    const releases = await registries.releases(source)
    expect(releases.ok && releases.value.map(release => release.version)).toEqual(['1.0.0', '1.1.0+build.5'])
    const dates = releases.ok ? releases.value.map(release => registries.publishedAt(source, release)) : []
    expect(await Promise.all(dates)).toEqual(['2024-02-03T04:05:06.000Z', null])
    const chart = await registries.chart(source, '1.1.0+build.5', null)
    expect(chart.ok && [chart.value.version, chart.value.digest]).toEqual(['1.1.0+build.5', sha256(NEW)])
  })

  test('does not lead the list of tags to another origin', async () => {
    const other = keep(await startOciRegistry())
    const { server } = await registry({ page: 1, nextOrigin: other.url })
    server.add('org/demo', '2.0.0', NEW)
    expect(reason(await ask(server).releases(source))).toContain(`at another origin, ${other.url}: refused`)
    expect(other.requests).toEqual([])
  })

  test('gives a chart whose manifest is pinned, and refuses a tag that was moved, both digests named', async () => {
    const { server, digests } = await registry()
    const registries = ask(server)
    const chart = await registries.chart(source, '1.0.0', digests.manifest)
    expect(chart.ok && chart.value.digest).toBe(sha256(OLD))
    const moved = server.add('org/demo', '1.0.0', OTHER_BYTES)
    const refused = await registries.chart(source, '1.0.0', digests.manifest)
    expect(reason(refused)).toContain(`has digest ${moved.manifest}, pinned is ${digests.manifest}: refused`)
  })

  test('that gives other bytes than the manifest names is refused, both digests named', async () => {
    const { server, digests } = await registry()
    server.tamper('org/demo', digests.archive, OTHER_BYTES)
    expect(reason(await ask(server).chart(source, '1.0.0', null))).toContain(
      `has digest ${sha256(OTHER_BYTES)}, its manifest says ${sha256(OLD)}: refused`,
    )
  })

  test('that gives another manifest than it says is refused, both digests named', async () => {
    const { server, digests } = await registry()
    server.tamper('org/demo', '1.0.0', Buffer.from('{}'))
    expect(reason(await ask(server).chart(source, '1.0.0', null))).toContain(
      `has digest ${sha256(Buffer.from('{}'))}, the registry says ${digests.manifest}: refused`,
    )
  })

  test('that wants a token gets it with the login of its origin, asked for once and only to pull', async () => {
    const { server } = await registry({ tokens: { username: 'bot', password: 'hunter2' } })
    const login = `Basic ${Buffer.from('bot:hunter2').toString('base64')}`
    const registries = ask(server, `${server.url}: {username: bot, password: hunter2}`)
    expect((await registries.releases(source)).ok).toBe(true)
    expect((await registries.chart(source, '1.0.0', null)).ok).toBe(true)
    const bearer = 'Bearer token-of-the-test-registry'
    expect(server.requests.map(one => one.authorization)).toEqual([login, login, bearer, bearer, bearer])
    expect(server.requests[1]?.path).toBe('/token?service=test&scope=repository%3Aorg%2Fdemo%3Apull')
  })

  test('that wants a token gives one to everybody, or says 401', async () => {
    const open = await registry({ tokens: null })
    expect((await ask(open.server).chart(source, '1.0.0', null)).ok).toBe(true)
    const closed = await registry({ tokens: { username: 'bot', password: 'hunter2' } })
    const releases = await ask(closed.server).releases(source)
    expect(releases).toMatchObject({ ok: false, retry: false })
    expect(reason(releases)).toMatch(/wants a token, and http:.*\/token answered 401 \(credentials for that origin\?/)
  })

  test('cannot make us fetch a token with the login of another origin', async () => {
    const trusted = keep(await startOciRegistry({ tokens: { username: 'bot', password: 'hunter2' } }))
    const hostile = await registry({ tokens: null, realm: `${trusted.url}/token` })
    const credentials = `${trusted.url}: {username: bot, password: hunter2}`
    const mirrors = `oci://registry.example.test: ${hostile.server.url}`
    const egress = testEgress({ allow: ['127.0.0.1'], mirrors, credentials })
    expect((await createRegistries(egress).releases(source)).ok).toBe(false)
    expect(trusted.requests.map(one => one.authorization)).toEqual([null])
    expect(hostile.server.requests.map(one => one.authorization)).toEqual([null])
  })

  test('and its token server elsewhere share a login when the operator gave both the same', async () => {
    const server = keep(await startOciRegistry({ tokens: { username: 'bot', password: 'hunter2' } }))
    const { server: hub } = await registry({ tokens: null, realm: `${server.url}/token` })
    const credentials = [server, hub].map(one => `${one.url}: {username: bot, password: hunter2}`).join('\n')
    const mirrors = `oci://registry.example.test: ${hub.url}`
    const egress = testEgress({ allow: ['127.0.0.1'], mirrors, credentials })
    expect((await createRegistries(egress).chart(source, '1.0.0', null)).ok).toBe(true)
  })

  test('whose token server is a private address is refused', async () => {
    const { server } = await registry({ tokens: null, realm: 'https://169.254.169.254/token' })
    expect(reason(await ask(server).releases(source))).toContain('its address is not public')
  })

  test('with something that is no chart says so', async () => {
    const server = keep(
      await serve(
        (_, response) => void response.end('{"schemaVersion":2,"layers":[{"mediaType":"x","digest":"y","size":1}]}'),
      ),
    )
    expect(reason(await ask(server).chart(source, '1.0.0', null))).toContain('has no chart layer')
  })

  test('of container images gives tags as they are, and no chart', async () => {
    const { server } = await registry()
    server.add('org/demo', 'v2_alpine', NEW)
    const image: Source = { type: 'docker', url: 'registry.example.test/org/demo', chart: null }
    const releases = await ask(server).releases(image)
    expect(releases.ok && releases.value.map(release => release.version)).toEqual(['1.0.0', 'v2_alpine'])
    expect(reason(await ask(server).chart(image, '1.0.0', null))).toContain('is a container image: it has no chart')
  })

  test.each([
    ['oci://ghcr.io/org/charts/demo', 'https://ghcr.io', 'org/charts/demo'],
    ['oci://docker.io/nginx', 'https://registry-1.docker.io', 'library/nginx'],
    ['oci://docker.io/bitnami/nginx/', 'https://registry-1.docker.io', 'bitnami/nginx'],
    ['oci://registry-1.docker.io/bitnamicharts/nginx', 'https://registry-1.docker.io', 'bitnamicharts/nginx'],
    ['oci://localhost:5000/a', 'https://localhost:5000', 'a'],
  ])('%s is asked for at %s as %s', (reference, api, name) => {
    expect(readOciRepository(reference, testEgress().locate)).toMatchObject({ api, name })
  })

  test.each([
    'oci://ghcr.io/',
    'oci://ghcr.io/Org/x',
    'oci://ghcr.io/a?b=c',
    'oci://ghcr.io/a:1',
    'ghcr.io/a',
    'oci://',
  ])('%s is no repository', reference => {
    expect(readOciRepository(reference, testEgress().locate)).toBe(null)
  })
})

describe('the reference registry', () => {
  let registry: DockerRegistry | null = null
  beforeAll(async () => {
    registry = await startDockerRegistry()
  })
  afterAll(() => registry?.stop())

  test('gives tags, charts and dates, and a wrong digest is refused with both named', async context => {
    if (registry === null) return context.skip()
    const old = await registry.push('org/demo', '1.0.0', OLD, '2024-02-03T04:05:06Z')
    await registry.push('org/demo', '1.1.0_build.5', NEW)
    const source: Source = { type: 'oci', url: 'oci://registry.example.test/org/demo', chart: 'demo' }
    const registries = createRegistries(testEgress({ mirrors: `oci://registry.example.test: ${registry.url}` }))

    const releases = await registries.releases(source)
    const versions = releases.ok ? releases.value.map(release => release.version) : []
    expect(versions.toSorted()).toEqual(['1.0.0', '1.1.0+build.5'])
    const first = releases.ok ? releases.value.find(release => release.version === '1.0.0') : undefined
    expect(first && (await registries.publishedAt(source, first))).toBe('2024-02-03T04:05:06.000Z')

    const chart = await registries.chart(source, '1.0.0', old.manifest)
    expect(chart.ok && [chart.value.name, chart.value.digest]).toEqual(['demo', sha256(OLD)])
    const newer = await registries.chart(source, '1.1.0+build.5', null)
    expect(newer.ok && newer.value.version).toBe('1.1.0+build.5')
    const wrong = await registries.chart(source, '1.0.0', sha256(NEW))
    expect(reason(wrong)).toContain(`has digest ${old.manifest}, pinned is ${sha256(NEW)}: refused`)
    const missing = await registries.chart(source, '9.9.9', null)
    expect(missing).toMatchObject({ ok: false, retry: false })
  })
})
