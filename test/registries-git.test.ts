import http from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { gitAddress } from '../src/outside/registries/git-url.ts'
import { createRegistries } from '../src/outside/registries/registries.ts'
import type { KnownSource } from '../src/world.ts'
import { testEgress } from './support/fetch-setup.ts'
import { type GitServer, startGitServer } from './support/git-server.ts'
import { type Asked, asked, type Loopback, serve } from './support/loopback.ts'

const HOST = 'https://git.example.test'
const SOURCE: KnownSource = { type: 'git', url: `${HOST}/clay/kiln.git`, chart: null }
const BASIC = `Basic ${Buffer.from('reader:secret-of-git').toString('base64')}`

const running: Loopback[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

function keep<T extends Loopback>(server: T): T {
  running.push(server)
  return server
}

async function gitServer(login: string | null = null): Promise<GitServer> {
  return keep(await startGitServer(login))
}

const registriesAt = (server: Loopback, credentials?: string) =>
  createRegistries(
    testEgress({ mirrors: `${HOST}: ${server.url}`, ...(credentials === undefined ? {} : { credentials }) }),
  )

function reason(looked: { ok: boolean; reason?: string }): string {
  return looked.reason ?? 'no reason: it was accepted'
}

describe('a Git repository', () => {
  test('lists its tags, asked for once, and the commit that each stands at, also behind an annotated tag', async () => {
    const server = await gitServer()
    const commits = server.add('clay/kiln.git', ['v1.0.0', 'chart/v2.1.0'], true)
    const registries = registriesAt(server)
    const releases = await registries.releases(SOURCE)
    expect(releases.ok && releases.value.map(({ version, publishedAt }) => [version, publishedAt])).toEqual([
      ['chart/v2.1.0', null],
      ['v1.0.0', null],
    ])
    expect(await registries.digest(SOURCE, 'v1.0.0')).toEqual({ ok: true, value: commits.get('v1.0.0') })
    expect(reason(await registries.digest(SOURCE, 'v9'))).toBe(`${HOST}/clay/kiln.git has no tag v9`)
    expect(server.requests.filter(({ path }) => path.includes('info/refs'))).toHaveLength(1)
  })

  test('is read with the login of its exact origin, which nobody sees', async () => {
    const server = await gitServer(BASIC)
    server.add('clay/kiln.git', ['1.0.0'])
    const credentials = `${server.url}: {username: reader, password: secret-of-git}`
    const releases = await registriesAt(server, credentials).releases(SOURCE)
    expect(releases.ok && releases.value.map(({ version }) => version)).toEqual(['1.0.0'])
    const other = await registriesAt(server, 'https://elsewhere.example.test: {token: secret-of-git}').releases(SOURCE)
    expect(other).toMatchObject({ ok: false, retry: false })
    expect(reason(other)).toContain('wants a login (credentials for that origin?')
    expect(server.requests.at(-1)?.authorization).toBe(null)
    expect(JSON.stringify(other)).not.toContain('secret')
  })

  test('that is not there is said so', async () => {
    const missing = await registriesAt(await gitServer()).releases(SOURCE)
    expect(missing).toMatchObject({ ok: false, retry: false })
    expect(reason(missing)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/clay\/kiln\.git is no Git repository \(not found\)$/)
  })

  test('that moved to another origin is not followed there, and no login goes along', async () => {
    const stolen: Asked[] = []
    const elsewhere = keep(
      await serve((request, response) => {
        stolen.push(asked(request))
        response.end()
      }),
    )
    const server = keep(
      await serve((request, response) => response.writeHead(301, { location: `${elsewhere.url}${request.url}` }).end()),
    )
    const credentials = `${server.url}: {token: secret-of-git}`
    const moved = await registriesAt(server, credentials).releases(SOURCE)
    expect(reason(moved)).toContain('answered with a redirect, which is not followed')
    expect(stolen).toEqual([])
  })

  test('whose page redirects to its .git is asked there, as GitLab has it', async () => {
    const git = await gitServer()
    git.add('clay/kiln.git', ['1.0.0'])
    const gitlab = keep(
      await serve((request, response) => {
        const [path = '', search = ''] = (request.url ?? '').split('?')
        if (!path.startsWith('/clay/kiln.git/')) {
          const location = `${gitlab.url}${path.replace('/clay/kiln/', '/clay/kiln.git/')}?${search}`
          return response.writeHead(301, { location }).end()
        }
        const headers = { ...request.headers, host: new URL(git.url).host }
        const forward = http.request(
          `${git.url}${request.url}`,
          { method: request.method ?? 'GET', headers },
          answer => {
            response.writeHead(answer.statusCode ?? 500, answer.headers)
            answer.pipe(response)
          },
        )
        request.pipe(forward)
      }),
    )
    const releases = await registriesAt(gitlab).releases({ ...SOURCE, url: `${HOST}/clay/kiln` })
    expect(releases.ok && releases.value.map(({ version }) => version)).toEqual(['1.0.0'])
  })

  test.each([
    [429, true, '429'],
    [503, true, 'failed to answer'],
    [403, false, 'wants a login'],
  ])('whose server answers %i is named, and is asked again later: %s', async (status, retry, says) => {
    const server = keep(await serve((_, response) => response.writeHead(status).end()))
    const releases = await registriesAt(server).releases(SOURCE)
    expect(releases).toMatchObject({ ok: false, retry })
    expect(reason(releases)).toContain(says)
  })

  test.each([
    'https://127.0.0.1/clay/kiln',
    'https://localhost/clay/kiln.git',
    'git@127.0.0.1:clay/kiln',
    'https://[::1]/clay/kiln',
    'https://169.254.169.254/latest',
  ])('at the private address %s is refused before git starts', async url => {
    const releases = await createRegistries(testEgress()).releases({ type: 'git', url, chart: null })
    expect(reason(releases)).toContain('refused: its address is not public')
  })

  test('is connected to at the address that was checked, whatever its name leads to later', async () => {
    const server = await gitServer()
    server.add('clay/kiln.git', ['1.0.0'])
    const { port } = new URL(server.url)
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const egress = testEgress({ allow: [`rebound.example.test:${port}`], resolve })
    // Only the guard knows this name: a git that asked the system's resolver would find nothing.
    const url = `http://rebound.example.test:${port}/clay/kiln.git`
    const releases = await createRegistries(egress).releases({ type: 'git', url, chart: null })
    expect(releases.ok && releases.value.map(({ version }) => version)).toEqual(['1.0.0'])
  })

  test.each(['file:///etc', '/etc/passwd', 'ext::sh -c id', '--upload-pack=id', '../kiln', ''])(
    '%j is no address of one',
    async url => {
      expect(gitAddress(url)).toBe(null)
      expect(
        await registriesAt({ url: HOST, stop: async () => {} }).releases({ type: 'git', url, chart: null }),
      ).toMatchObject({ ok: false, retry: false })
    },
  )
})

test.each([
  ['https://github.com/clay/kiln', 'https://github.com/clay/kiln'],
  ['https://github.com/clay/kiln.git', 'https://github.com/clay/kiln.git'],
  ['github.com/clay/kiln/config/default?ref=v1.0.0', 'https://github.com/clay/kiln'],
  ['https://github.com/clay/kiln//config/crd?ref=v1.0.0', 'https://github.com/clay/kiln'],
  ['git::https://git.example.com/clay/kiln.git//modules/a?ref=v1', 'https://git.example.com/clay/kiln.git'],
  ['git@github.com:clay/kiln.git', 'https://github.com/clay/kiln.git'],
  ['ssh://git@git.example.com:7999/clay/kiln.git', 'https://git.example.com/clay/kiln.git'],
  ['https://gitlab.example.com/group/sub/kiln/-/raw/v1/a.yaml', 'https://gitlab.example.com/group/sub/kiln'],
  ['https://raw.githubusercontent.com/clay/kiln/v1.0.0/crd.yaml', 'https://github.com/clay/kiln'],
  ['https://github.com/clay/kiln/releases/download/v1.0.0/install.yaml', 'https://github.com/clay/kiln'],
])('%s means the repository %s', (text, wanted) => {
  expect(gitAddress(text)).toBe(wanted)
})
