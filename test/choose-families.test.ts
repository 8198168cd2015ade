import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { candidates, choose, groupPins, type PinGroup } from '../src/choose/index.ts'
import { DEFAULT_POLICY } from '../src/config.ts'
import type { Pin, Release, Source } from '../src/model.ts'
import { compareTexts } from '../src/text/order.ts'
import { compareVersions, readVersion, sameShape, step } from '../src/text/version.ts'

const IMAGE: Source = { type: 'docker', url: 'registry.example.com/kiln', chart: null }
const POLICY = DEFAULT_POLICY.defaults

function pin(version: string, over: Partial<Pin> = {}): Pin {
  const place = { file: 'kiln.yaml', line: 3, column: 9, start: 0, end: version.length }
  const plain = {
    component: 'kiln',
    kind: 'kustomize-image',
    digest: null,
    environment: null,
    installs: [],
    aliases: [],
  } as const
  return { ...plain, version, source: IMAGE, place, ...over }
}

function release(version: string, over: Partial<Release> = {}): Release {
  const plain = { digest: null, publishedAt: null, appVersion: null, urls: [], deprecated: false, prerelease: false }
  return { version, ...plain, ...over }
}

function groupOf(...pins: Pin[]): PinGroup {
  const [group] = groupPins(pins)
  if (!group) throw new Error('no group')
  return group
}

/** The tags that a pin of `current` may move to. */
function newer(current: string, tags: readonly string[], over = {}): string[] {
  const found = candidates(
    groupOf(pin(current)),
    tags.map(tag => release(tag)),
    { ...POLICY, ...over },
  )
  return found.map(({ version }) => version)
}

describe('a family of tags', () => {
  test.each([
    ['1.32.6-alpine', ['1.32.7-alpine', '1.33.0', '1.33.0-debian'], ['1.32.7-alpine']],
    ['8.2.2-alpine3.22', ['8.6.0-alpine3.23', '8.4.0-alpine3.22', '8.6.0-alpine'], ['8.4.0-alpine3.22']],
    [
      '1.31.0-debian-12-r3',
      ['1.31.0-debian-12-r10', '1.31.2-debian-12-r0', '1.31.2-debian-13-r0'],
      ['1.31.2-debian-12-r0', '1.31.0-debian-12-r10'],
    ],
    ['43.104.3-full', ['43.104.4', '43.104.4-full', '43.104.4-slim'], ['43.104.4-full']],
    ['2024.10.1', ['2024.10.2', '2024.11.0', '2025.1.0b1', '3.0.0'], ['2024.11.0', '2024.10.2']],
    [
      '4.12.0-0.okd-2023-03-05-022504',
      ['4.12.0-0.okd-2023-03-18-084815', '4.12.1', '4.13.0-0.okd-scos-2023-05-04-192252'],
      ['4.12.0-0.okd-2023-03-18-084815'],
    ],
    [
      'RELEASE.2021-10-23T03-28-24Z',
      ['RELEASE.2021-11-03T03-36-36Z', 'RELEASE.2021-11-03T03-36-36Z.fips', 'edge', 'RELEASE.2021-10-23T03-28-23Z'],
      ['RELEASE.2021-11-03T03-36-36Z'],
    ],
    [
      'master-17ac8a8a-1635250215',
      ['master-87b4e139-1636636909', 'release-96deec53-1644941737', 'master-ffffffff-1000000000'],
      ['master-87b4e139-1636636909'],
    ],
    [
      'v20220916-gd32f8c343',
      ['v20230312-gee66a760', 'v20230312-helm-chart-4.5.2-28-g66a760794'],
      ['v20230312-gee66a760'],
    ],
    ['v0.3.0-41-g6e739fc', ['v0.3.0-43-gf1c8bd8', 'v0.3.0-5-gf1c8bd9', 'v0.4.0'], ['v0.3.0-43-gf1c8bd8']],
    ['3.0.15-p9', ['3.0.15-p14', '3.0.16'], ['3.0.15-p14']],
    ['v1.26.1+k3s1', ['v1.26.1+k3s2', 'v1.26.2-rc1+k3s1', 'v1.26.2'], ['v1.26.1+k3s2']],
    [
      '17.0.9_9-jre-alpine',
      ['17.0.10_7-jre-alpine', '17.0.10_7-jdk-alpine', '21.0.1_12-jre-alpine'],
      ['21.0.1_12-jre-alpine', '17.0.10_7-jre-alpine'],
    ],
    ['3.35-1-jdk11', ['3.35-4-jdk11', '3.36-1-jdk17'], ['3.35-4-jdk11']],
    ['server-vulkan-b9999', ['server-vulkan-b10548', 'server-cuda-b10600'], ['server-vulkan-b10548']],
    [
      'kube-prometheus-stack-34.1.1',
      ['kube-prometheus-stack-44.2.0', 'prometheus-99.0.0', 'kube-prometheus-stack-34.10.0'],
      ['kube-prometheus-stack-44.2.0', 'kube-prometheus-stack-34.10.0'],
    ],
    ['chart/v1.2.3', ['chart/v1.3.0', 'v2.0.0', 'app/v1.4.0'], ['chart/v1.3.0']],
    ['12.3.0.2-test', ['12.3.3.1-test', '12.3.4-test'], ['12.3.3.1-test']],
    ['16.2-v0.2.0', ['16.5-v0.3.0', '16.5-0.3.0'], ['16.5-v0.3.0']],
  ])('%s of %j moves to %j alone', (current, tags, wanted) => {
    expect(newer(current, tags)).toEqual(wanted)
  })

  test('a pre-release is one wherever it stands in the tag, and its number counts as a number', () => {
    const tags = ['1.3.0-rc.10-alpine', '1.3.0-alpine-rc2', '1.3.0-rc9-slim', '1.2.4-alpine']
    expect(newer('1.2.3-alpine', tags)).toEqual(['1.2.4-alpine'])
    expect(newer('1.2.3-alpine', tags, { prereleases: true })).toEqual([
      '1.3.0-rc.10-alpine',
      '1.3.0-alpine-rc2',
      '1.2.4-alpine',
    ])
    expect(newer('3.13.0a1', ['3.13.0b1', '3.13.0rc1', '3.13.0rc1-slim', '3.13.0'])).toEqual([
      '3.13.0',
      '3.13.0rc1',
      '3.13.0b1',
    ])
  })

  test('what its publisher marks as a pre-release is one, although its name does not say so', () => {
    const releases = [release('1.1.0', { prerelease: true }), release('1.0.1')]
    const of = (policy: object) => candidates(groupOf(pin('1.0.0')), releases, { ...POLICY, ...policy })
    expect(of({}).map(({ version }) => version)).toEqual(['1.0.1'])
    expect(of({ prereleases: true }).map(({ version }) => version)).toEqual(['1.1.0', '1.0.1'])
  })

  test('the v stays, or stays away, until its publisher changes habits', () => {
    expect(newer('v1.0.0', ['v1.1.0', '1.2.0'])).toEqual(['v1.1.0'])
    expect(newer('0.13.7', ['v0.13.8', 'v0.13.7'])).toEqual(['v0.13.8'])
  })

  test.each([
    'latest',
    'main-aaf28fd',
    '28c59ef',
    '136062481db579d76723705c698c087582cad157',
    '42.x.x',
    '1.x',
    'a..1',
    '',
  ])('%j says no version', tag => {
    expect(readVersion(tag, 'image')).toBeNull()
  })

  test('two families of one image in one place move apart, each under a name of its own', () => {
    const groups = groupPins([pin('1.2.3'), pin('1.2.3-alpine'), pin('1.2.4-alpine'), pin('1.2'), pin('latest')])
    expect(groups.map(({ component, pins }) => [component, pins.map(({ version }) => version)])).toEqual([
      ['kiln-3-part', ['1.2.3']],
      ['kiln-alpine', ['1.2.3-alpine', '1.2.4-alpine']],
      ['kiln', ['1.2']],
      ['kiln', ['latest']],
    ])
  })

  test.each([
    ['1.2.3-p9', '1.2.3-p10', -1],
    ['16.1-7', '16.1-8', -1],
    ['RELEASE.2021-10-23T03-28-24Z', 'RELEASE.2021-10-23T03-28-23Z', 1],
    ['1.2.3-rc.1', '1.2.3', -1],
    ['main', '0.0.1', -1],
  ])('%s against %s is %i in any list', (a, b, wanted) => {
    expect(Math.sign(compareTexts(a, b))).toBe(wanted)
    expect(Math.sign(compareTexts(b, a))).toBe(-wanted)
  })

  test.each([
    ['latest', 'latest', 'digest'],
    [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`, 'digest'],
    ['1.2.3-debian-12-r3', '1.2.3-debian-12-r4', 'patch'],
    ['1.2.3-rc1', '1.2.3-rc2', 'prerelease'],
  ])('%s to %s is a step of %s', (from, to, wanted) => {
    expect(step(from, to)).toBe(wanted)
  })
})

/** Tags as people make them: words, separators and numbers in any order. */
const number = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(2024, 20240101, 1635250215))
const piece = fc.oneof(
  number.map(String),
  fc.constantFrom(
    'alpine',
    'debian',
    'rc1',
    'beta',
    'r3',
    'p10',
    'k3s1',
    'v2',
    'main',
    'full',
    'gcfd9e6c0',
    '6e739fc',
    '01T00',
    '36Z',
    'x',
  ),
)
const tag = fc
  .tuple(
    fc.constantFrom('', 'v', 'chart-', 'chart/v', 'RELEASE.'),
    fc.array(number, { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.constantFrom('-', '.', '_', '+'), piece), { maxLength: 3 }),
  )
  .map(([prefix, core, rest]) => `${prefix}${core.join('.')}${rest.map(pair => pair.join('')).join('')}`)

/** What is left of a tag when what may change is taken away: its numbers, ids of commits and its pre-release. */
function words(text: string): string {
  return text
    .replace(/(?:^|(?<=[-./_+]))v(?=\d)/g, '')
    .replaceAll(/[-._](?:rc1|beta(?:[-.]\d+(?![0-9A-Za-z]))?)(?![0-9A-Za-z])/g, '')
    .replaceAll(/(?<=[-._+])(?:gcfd9e6c0|6e739fc)(?![0-9A-Za-z])/g, '<id>')
    .replaceAll(/\d+/g, '#')
}

describe('any pin among any tags', () => {
  test('moves only within its family, forward, to a tag that exists, and never to a version that reads as none', () => {
    fc.assert(
      fc.property(tag, fc.array(tag, { maxLength: 30 }), fc.boolean(), (current, tags, prereleases) => {
        const from = readVersion(current, 'image')
        for (const found of newer(current, tags, { prereleases })) {
          const to = readVersion(found, 'image')
          if (!from || !to) throw new Error(`${current} -> ${found}`)
          expect(tags).toContain(found)
          expect(sameShape(from, to)).toBe(true)
          expect(compareVersions(to, from)).toBeGreaterThan(0)
          expect(to.family).toBe(from.family)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('keeps every word of its tag: only numbers, ids of commits and a pre-release differ', () => {
    const sibling = fc.tuple(tag, number).map(([text, n]) => [text, text.replace(/\d+/, String(n))] as const)
    fc.assert(
      fc.property(fc.array(sibling, { minLength: 1, maxLength: 10 }), pairs => {
        const tags = pairs.flat()
        for (const [current] of pairs)
          for (const found of newer(current, tags)) expect([current, words(found)]).toEqual([current, words(current)])
      }),
      { numRuns: 5000 },
    )
  })

  test('order is total: two readable tags of a family are equal, or one is newer', () => {
    fc.assert(
      fc.property(tag, tag, tag, (a, b, c) => {
        const [x, y, z] = [a, b, c].map(text => readVersion(text, 'image'))
        if (!x || !y || !z) return
        expect(Math.sign(compareVersions(x, y))).toBe(-Math.sign(compareVersions(y, x)) + 0)
        if (compareVersions(x, y) < 0 && compareVersions(y, z) < 0) expect(compareVersions(x, z)).toBeLessThan(0)
      }),
      { numRuns: 2000 },
    )
  })
})

test('choose takes no pin of another family along', () => {
  const group = groupOf(pin('1.2.3-alpine'), pin('1.2.2-alpine'))
  const found = candidates(group, [release('1.2.4-alpine'), release('1.2.5')], POLICY)
  const choice = choose(group, found, new Map(), POLICY, new Date(0))
  expect(choice).toMatchObject({ kind: 'upgrade', upgrade: { from: '1.2.2-alpine', to: { version: '1.2.4-alpine' } } })
})
