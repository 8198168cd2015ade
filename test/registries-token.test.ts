import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRegistries } from '../src/outside/registries/registries.ts'
import type { KnownSource } from '../src/world.ts'
import { type DockerRegistry, startDockerRegistry } from './support/docker-registry.ts'
import { testEgress } from './support/fetch-setup.ts'
import { makeChart } from './support/make-chart.ts'
import { startTokenServer, type TokenServer } from './support/token-server.ts'

const LOGIN = `Basic ${Buffer.from('reader:word-of-the-reader').toString('base64')}`
const IMAGE: KnownSource = { type: 'docker', url: 'registry.example.test/clay/app', chart: null }

describe('the reference registry with a token server', () => {
  let tokens: TokenServer | null = null
  let registry: DockerRegistry | null = null
  beforeAll(async () => {
    tokens = await startTokenServer(LOGIN)
    registry = tokens && (await startDockerRegistry(tokens))
  })
  afterAll(async () => {
    await registry?.stop()
    await tokens?.stop()
  })

  /** Registries with the reader's login for each of the origins. */
  function readerOf(...origins: readonly string[]) {
    const login = '{username: reader, password: word-of-the-reader}'
    const credentials = origins.map(origin => `${origin}: ${login}`).join('\n')
    const allow = [new URL(tokens?.url ?? '').host]
    return createRegistries(
      testEgress({
        mirrors: `oci://registry.example.test: ${registry?.url}`,
        allow,
        ...(origins.length > 0 && { credentials }),
      }),
    )
  }

  test('gives tags, the digest and the date of an image to who has a login for both', async context => {
    if (!registry || !tokens) return context.skip()
    await registry.pushImage('clay/app', '1.0.0', '2024-02-03T04:05:06Z')
    const digest = await registry.pushImage('clay/app', '1.1.0-alpine', '2024-03-03T04:05:06Z')
    const registries = readerOf(registry.url, tokens.url)
    const before = tokens.requests.length
    const releases = await registries.releases(IMAGE)
    const versions = releases.ok ? releases.value.map(({ version }) => version) : [releases.reason]
    expect(versions.toSorted()).toEqual(['1.0.0', '1.1.0-alpine'])
    expect(await registries.digest(IMAGE, '1.1.0-alpine')).toEqual({ ok: true, value: digest })
    const dates = releases.ok ? await Promise.all(releases.value.map(one => registries.publishedAt(IMAGE, one))) : []
    expect(dates.toSorted()).toEqual(['2024-02-03T04:05:06.000Z', '2024-03-03T04:05:06.000Z'])
    const asked = tokens.requests
      .slice(before)
      .map(({ path }) => new URL(path, 'http://localhost').searchParams.get('scope'))
    expect(asked).toEqual(['repository:clay/app:pull'])
  })

  test('gives charts the same way', async context => {
    if (!registry || !tokens) return context.skip()
    await registry.push('clay/charts', '2.0.0', makeChart({ name: 'charts', version: '2.0.0' }))
    const source: KnownSource = { type: 'oci', url: 'oci://registry.example.test/clay/charts', chart: 'charts' }
    const chart = await readerOf(registry.url, tokens.url).chart(source, '2.0.0', null)
    expect(chart.ok && chart.value.version).toBe('2.0.0')
  })

  test('gives nothing without a login, and the token server gets none that is for the registry alone', async context => {
    if (!registry || !tokens) return context.skip()
    for (const origins of [[], [registry.url]]) {
      const releases = await readerOf(...origins).releases(IMAGE)
      expect(releases).toMatchObject({ ok: false, retry: false, reason: expect.stringContaining('answered 401') })
      expect(tokens.requests.at(-1)?.authorization).toBe(null)
    }
  })
})
