import { afterEach, describe, expect, test } from 'vitest'
import { createRegistries } from '../src/outside/registries/registries.ts'
import type { KnownSource } from '../src/world.ts'
import { testEgress } from './support/fetch-setup.ts'
import { startGitServer } from './support/git-server.ts'
import { type Asked, asked, type Loopback, serve } from './support/loopback.ts'

const RELEASES: KnownSource = { type: 'github-releases', url: 'https://github.com/clay/kiln', chart: null }
const TAGS: KnownSource = { ...RELEASES, type: 'github' }

const running: Loopback[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

function keep<T extends Loopback>(server: T): T {
  running.push(server)
  return server
}

type Lists = { readonly releases?: readonly object[]; readonly tags?: readonly object[] }

/** The two lists of GitHub's REST API, a page at a time, and a release by its tag. */
async function gitHub({ releases = [], tags = [] }: Lists, limit = false) {
  const requests: Asked[] = []
  const server = keep(
    await serve((request, response) => {
      requests.push(asked(request))
      const url = new URL(request.url ?? '/', 'http://localhost')
      if (limit)
        return response.writeHead(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' }).end()
      const [, list, tag] =
        /^(?:\/api\/v3)?\/repos\/clay\/kiln\/(releases|tags)(?:\/tags\/(.+))?$/.exec(url.pathname) ?? []
      const all = list === 'releases' ? releases : tags
      if (list === undefined) return response.writeHead(404).end('{"message":"Not Found"}')
      if (tag !== undefined) {
        const found = all.find(one => 'tag_name' in one && one.tag_name === decodeURIComponent(tag))
        return response.writeHead(found ? 200 : 404).end(JSON.stringify(found ?? {}))
      }
      const size = Number(url.searchParams.get('per_page'))
      const page = Number(url.searchParams.get('page'))
      const more = page * size < all.length
      // The address of the next page is a trap: whoever follows it leaves the API.
      const headers = more ? { link: `<https://elsewhere.example.test/?page=${page + 1}>; rel="next"` } : {}
      return response.writeHead(200, headers).end(JSON.stringify(all.slice((page - 1) * size, page * size)))
    }),
  )
  return { server, requests }
}

const release = (tag_name: string, more: object = {}) => ({
  tag_name,
  draft: false,
  prerelease: false,
  published_at: '2024-05-06T07:08:09Z',
  ...more,
})

const at = ({ url }: Loopback, more: string = '', credentials?: string) =>
  createRegistries(
    testEgress({
      mirrors: `https://api.github.com: ${url}\n${more}`,
      ...(credentials === undefined ? {} : { credentials }),
    }),
  )

describe('releases of a GitHub repository', () => {
  test('come with their dates and their own word on pre-releases; drafts are none', async () => {
    const lists = [
      release('v1.1.0', { prerelease: true }),
      release('v1.0.0', { published_at: '2024-01-01T00:00:00Z' }),
      release('v9.9.9', { draft: true, published_at: null }),
    ]
    const { server } = await gitHub({ releases: lists })
    const releases = await at(server).releases(RELEASES)
    expect(releases.ok && releases.value.map(one => [one.version, one.prerelease, one.publishedAt])).toEqual([
      ['v1.1.0', true, '2024-05-06T07:08:09.000Z'],
      ['v1.0.0', false, '2024-01-01T00:00:00.000Z'],
    ])
  })

  test('come page by page, and a next page elsewhere is never asked for', async () => {
    const many = Array.from({ length: 250 }, (_, i) => release(`v1.0.${i}`))
    const { server, requests } = await gitHub({ releases: many })
    const releases = await at(server).releases(RELEASES)
    expect(releases.ok && releases.value).toHaveLength(250)
    expect(requests.map(({ path }) => path.replace(/^.*&/, ''))).toEqual(['page=1', 'page=2', 'page=3'])
  })

  test('are the tags where there are none', async () => {
    const { server } = await gitHub({ tags: [{ name: 'v1.0.0' }, { name: 'v1.1.0' }] })
    const releases = await at(server).releases(RELEASES)
    expect(releases.ok && releases.value.map(one => [one.version, one.publishedAt])).toEqual([
      ['v1.0.0', null],
      ['v1.1.0', null],
    ])
  })

  test('say of a tag what they know, where tags are asked for', async () => {
    const tags = [{ name: 'v1.1.0' }, { name: 'v1.0.0' }]
    const { server } = await gitHub({ releases: [release('v1.1.0', { prerelease: true })], tags })
    const found = await at(server).releases(TAGS)
    expect(found.ok && found.value.map(one => [one.version, one.prerelease, one.publishedAt])).toEqual([
      ['v1.1.0', true, '2024-05-06T07:08:09.000Z'],
      ['v1.0.0', false, null],
    ])
  })

  test('that are too many tags to be read are not used in part', async () => {
    const { server } = await gitHub({ tags: Array.from({ length: 1001 }, (_, i) => ({ name: `v1.0.${i}` })) })
    expect(await at(server).releases(TAGS)).toEqual({
      ok: false,
      reason: 'https://api.github.com/repos/clay/kiln has more than 1000 tags: not all were read, so none are used',
      retry: false,
    })
  })

  test('are asked for with the token of the API, and with no other', async () => {
    const { server, requests } = await gitHub({ releases: [release('v1.0.0')] })
    await at(server, '', `${server.url}: {token: token-of-github}`).releases(RELEASES)
    await at(server, '', 'https://github.com: {token: token-of-github}').releases(RELEASES)
    expect(requests.map(({ authorization }) => authorization)).toEqual(['Bearer token-of-github', null])
  })

  test('that are refused for the rate limit can be asked for again, and it is said how to raise it', async () => {
    const { server } = await gitHub({}, true)
    expect(await at(server).releases(RELEASES)).toEqual({
      ok: false,
      reason:
        'https://api.github.com/repos/clay/kiln/releases: the rate limit is used up until 2027-01-15T08:00:00.000Z; ' +
        'a token for https://api.github.com in the file of WINDLASS_REGISTRY_AUTH raises it',
      retry: true,
    })
  })

  test('of a repository that is not there are not found', async () => {
    const { server } = await gitHub({})
    const missing = await at(server).releases({ ...RELEASES, url: 'https://github.com/clay/other' })
    expect(missing).toMatchObject({ ok: false, retry: false, reason: expect.stringContaining('(not found)') })
  })

  test('at a GitHub Enterprise Server are asked for below its own host', async () => {
    const { server, requests } = await gitHub({ releases: [release('v1.0.0')] })
    const mirrors = testEgress({ mirrors: `https://github.example.test: ${server.url}` })
    const source: KnownSource = { ...RELEASES, url: 'https://github.example.test/clay/kiln.git' }
    const releases = await createRegistries(mirrors).releases(source)
    expect(releases.ok && releases.value.map(({ version }) => version)).toEqual(['v1.0.0'])
    expect(requests[0]?.path).toBe('/api/v3/repos/clay/kiln/releases?per_page=100&page=1')
  })

  test('behind the address of a file or of an asset are those of its repository', async () => {
    const { server } = await gitHub({ releases: [release('v1.0.0')], tags: [{ name: 'v1.0.0' }] })
    for (const url of [
      'https://raw.githubusercontent.com/clay/kiln/v1.0.0/crd.yaml',
      'https://github.com/clay/kiln/releases/download/v1.0.0/install.yaml',
    ]) {
      const releases = await at(server).releases({ type: 'url', url, chart: null })
      expect(releases.ok && releases.value.map(({ version }) => version)).toEqual(['v1.0.0'])
    }
  })

  test('date the tags of its Git repository, whose commits say when they like', async () => {
    const { server } = await gitHub({ releases: [release('v1.0.0')] })
    const git = keep(await startGitServer())
    const commits = git.add('clay/kiln', ['v1.0.0', 'v1.1.0'])
    const registries = at(server, `https://github.com: ${git.url}`)
    const source: KnownSource = { ...RELEASES, type: 'git' }
    const releases = await registries.releases(source)
    const dates = releases.ok ? await Promise.all(releases.value.map(one => registries.publishedAt(source, one))) : []
    expect(dates).toEqual(['2024-05-06T07:08:09.000Z', null])
    expect(await registries.digest(RELEASES, 'v1.1.0')).toEqual({ ok: true, value: commits.get('v1.1.0') })
  })
})

describe('other sources', () => {
  test('a Terraform module is asked for where its registry says', async () => {
    const server = keep(
      await serve((request, response) => {
        const answers: Readonly<Record<string, object>> = {
          '/.well-known/terraform.json': { 'modules.v1': '/api/modules/v1' },
          '/api/modules/v1/clay/kiln/aws/versions': {
            modules: [{ versions: [{ version: '1.0.0' }, { version: '1.1.0' }] }],
          },
        }
        const answer = answers[request.url ?? '']
        response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? {}))
      }),
    )
    const registries = createRegistries(
      testEgress({ mirrors: `https://registry.terraform.io: ${server.url}\nhttps://tf.example.test: ${server.url}` }),
    )
    for (const url of ['clay/kiln/aws', 'clay/kiln/aws//modules/node', 'tf.example.test/clay/kiln/aws']) {
      const releases = await registries.releases({ type: 'terraform-module', url, chart: null })
      expect(releases.ok && releases.value.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0'])
    }
  })

  test.each([
    [{ type: 'olm', url: 'redhat-operators', chart: 'kiln' }, 'only known inside a cluster'],
    [{ type: 'url', url: 'https://files.example.test/kiln-1.0.0.yaml', chart: null }, 'nothing lists the versions of'],
    [{ type: 'kubernetes', url: 'eks', chart: null }, 'is not published where it could be asked'],
    [{ type: 'terraform-module', url: './modules/kiln', chart: null }, 'is no address of a module'],
    [{ type: 'github-releases', url: 'https://github.com/clay', chart: null }, 'is no repository of GitHub'],
  ] as const)('%j cannot be asked, and why is said', async (source, says) => {
    const releases = await createRegistries(testEgress()).releases(source)
    expect(releases).toMatchObject({ ok: false, retry: false, reason: expect.stringContaining(says) })
  })
})
