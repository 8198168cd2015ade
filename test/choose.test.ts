import { describe, expect, test } from 'vitest'
import { readFilter } from '../src/choose/filter.ts'
import {
  candidates,
  choose,
  chooseDigest,
  followedTag,
  groupPins,
  nextDigest,
  type PinGroup,
} from '../src/choose/index.ts'
import { readPattern } from '../src/choose/regex.ts'
import type { ComponentPolicy } from '../src/config.ts'
import { DEFAULT_POLICY } from '../src/config.ts'
import type { Choice, Pin, Source } from '../src/model.ts'
import { compareVersions, readVersion, step } from '../src/text/version.ts'
import { aRelease } from './support/plans.ts'

const HELM: Source = { type: 'helm', url: 'https://charts.example.com', chart: 'kiln' }
const DOCKER: Source = { type: 'docker', url: 'registry.example.com/kiln', chart: null }
const DAY = 86_400_000
const NOW = new Date('2026-11-21T12:00:00.000Z')

const pin = (version: string, over: Partial<Pin> = {}): Pin => ({
  component: 'kiln',
  kind: 'flux-helmrelease',
  version,
  digest: null,
  source: HELM,
  place: { file: 'dev/kiln.yaml', line: 7, column: 16, start: 0, end: version.length },
  environment: 'dev',
  installs: [],
  aliases: [],
  ...over,
})

const policy = (over: Partial<ComponentPolicy> = {}): ComponentPolicy => ({
  ...DEFAULT_POLICY.defaults,
  enabled: true,
  allowedVersions: null,
  ignoreVersions: [],
  prereleases: false,
  minimumReleaseAge: 0,
  labels: [],
  reviewers: [],
  groupName: null,
  ...over,
})

function groupOf(...pins: Pin[]): PinGroup {
  const [group] = groupPins(pins)
  if (!group) throw new Error('no group')
  return group
}

/** The candidates for one version, as text. */
function newer(
  current: string,
  versions: readonly string[],
  over: Partial<ComponentPolicy> = {},
  source = HELM,
): string[] {
  const group = groupOf(pin(current, { source }))
  return candidates(
    group,
    versions.map(version => aRelease(version)),
    policy(over),
  ).map(({ version }) => version)
}

describe('versions', () => {
  test.each([
    ['1.2.3', '1.2.4', 'patch'],
    ['v1.2.3', '1.3.0', 'minor'],
    ['1.2.3', 'v2.0.0', 'major'],
    ['1.2.3-rc.1', '1.2.3', 'prerelease'],
    ['1.2.3', '1.2.3', 'digest'],
    ['1.2.3+a', '1.2.3_b', 'digest'],
    ['3.19-alpine', '3.20-alpine', 'minor'],
    ['latest', '1.2.3', 'other'],
  ] as const)('%s -> %s is a step of %s', (from, to, wanted) => {
    expect(step(from, to)).toBe(wanted)
  })

  test.each(['', 'latest', '1.x', '>=1.0.0', '1.2', 'main', '1.2.3.4', '1.2.3 ', `1.2.${'9'.repeat(130)}`, '../1.2.3'])(
    '%j is no version of a chart',
    text => {
      expect(readVersion(text, 'chart')).toBeNull()
    },
  )

  test('order is by meaning, not by spelling', () => {
    const order = (a: string, b: string) => {
      const [x, y] = [readVersion(a, 'chart'), readVersion(b, 'chart')]
      return x && y ? Math.sign(compareVersions(x, y)) : null
    }
    expect(order('1.10.0', '1.9.0')).toBe(1)
    expect(order('v1.2.3', '1.2.3')).toBe(0)
    expect(order('1.2.3_build.5', '1.2.3+build.6')).toBe(0)
    expect(order('2.0.0-rc.2', '2.0.0-rc.10')).toBe(-1)
    expect(order('2.0.0-rc.2', '2.0.0')).toBe(-1)
  })
})

describe('groups', () => {
  test('pins of one component, environment and source move together, others do not', () => {
    const groups = groupPins([
      pin('1.0.0'),
      pin('1.0.0', { environment: 'prod' }),
      pin('1.1.0', { source: { ...HELM, url: 'https://CHARTS.example.com/' } }),
      pin('1.0.0', { component: 'wheel' }),
    ])
    expect(groups.map(({ component, environment, pins }) => [component, environment, pins.length])).toEqual([
      ['kiln', 'dev', 2],
      ['kiln', 'prod', 1],
      ['wheel', 'dev', 1],
    ])
  })

  test('a range does not move with exact versions', () => {
    expect(groupPins([pin('1.0.0'), pin('1.x')]).map(({ pins }) => pins.map(({ version }) => version))).toEqual([
      ['1.0.0'],
      ['1.x'],
    ])
  })

  test('sources that share a component get names of their own, the same whatever the order and the environment', () => {
    const pins = [
      pin('1.0.0', { source: DOCKER, kind: 'kustomize-image' }),
      pin('1.0.0', { source: { type: 'oci', url: 'oci://registry.example.com/potters/kiln', chart: 'kiln' } }),
      pin('1.0.0', { source: { ...HELM, url: 'https://clay.github.io/charts' } }),
      pin('1.0.0'),
      pin('1.0.0', { source: DOCKER, environment: 'prod' }),
    ]
    const names = (list: readonly Pin[]) =>
      groupPins(list).map(({ component, environment, source }) => `${environment} ${source.url} ${component}`)
    expect(names(pins)).toEqual([
      'dev registry.example.com/kiln kiln-image',
      'dev oci://registry.example.com/potters/kiln kiln-potters',
      'dev https://clay.github.io/charts kiln-clay',
      'dev https://charts.example.com kiln',
      'prod registry.example.com/kiln kiln-image',
    ])
    expect(names(pins.toReversed()).sort()).toEqual(names(pins).sort())
  })

  test('one source in dev and another in prod are still one component on its way', () => {
    const mirror = { ...HELM, url: 'https://mirror.example.com' }
    const groups = groupPins([pin('1.0.0', { source: mirror }), pin('1.0.0', { environment: 'prod' })])
    expect(groups.map(({ component }) => component)).toEqual(['kiln', 'kiln'])
  })

  test('a suffix never takes the name of another component', () => {
    const groups = groupPins([
      pin('1.0.0'),
      pin('1.0.0', { source: DOCKER }),
      pin('1.0.0', { component: 'kiln-image', source: DOCKER }),
    ])
    expect(new Set(groups.map(({ component }) => component)).size).toBe(3)
  })
})

describe('candidates', () => {
  test('are newer than the lowest pin, newest first, by meaning', () => {
    const group = groupOf(pin('1.10.0'), pin('1.9.0'))
    const releases = ['1.2.0', '1.9.0', '1.10.0', '1.9.1', '2.0.0'].map(version => aRelease(version))
    expect(candidates(group, releases, policy()).map(({ version }) => version)).toEqual(['2.0.0', '1.10.0', '1.9.1'])
  })

  test('deprecated releases and nonsense are left out', () => {
    const releases = [aRelease('1.1.0', { deprecated: true }), aRelease('sha-abc'), aRelease('1.0.1')]
    expect(candidates(groupOf(pin('1.0.0')), releases, policy())).toEqual([aRelease('1.0.1')])
  })

  test('of two tags of one version the one with the shape of the current is kept', () => {
    expect(newer('v1.0.0', ['1.1.0', 'v1.1.0', 'v1.2.0'])).toEqual(['v1.2.0', 'v1.1.0'])
    expect(newer('1.0.0', ['v1.1.0', '1.1.0', 'v1.2.0'])).toEqual(['v1.2.0', '1.1.0'])
  })

  test('OCI writes the + of a version as _, and a new build is no new version', () => {
    expect(newer('1.0.0+up1', ['1.0.0_up2', '1.1.0_up1'])).toEqual(['1.1.0_up1'])
  })

  test('pre-releases come only when policy or the current version asks for them', () => {
    const all = ['1.1.0-rc.1', '1.1.0-rc.2']
    expect(newer('1.0.0', all)).toEqual([])
    expect(newer('1.0.0', all, { prereleases: true })).toEqual(['1.1.0-rc.2', '1.1.0-rc.1'])
    expect(newer('1.1.0-rc.1', [...all, '1.1.0'])).toEqual(['1.1.0', '1.1.0-rc.2'])
  })

  test.each([
    ['1.x', ['1.2.0', '1.1.9']],
    ['>=1.1, <1.2', ['1.1.9']],
    ['~1.2.0 || 3', ['3.0.0', '1.2.0']],
    ['/^1\\.\\d+\\.0$/', ['1.2.0']],
    ['1.1.*', ['1.1.9']],
  ])('allowedVersions %s', (allowedVersions, wanted) => {
    expect(newer('1.0.0', ['1.1.9', '1.2.0', '2.0.0', '3.0.0'], { allowedVersions })).toEqual(wanted)
  })

  test('ignoreVersions takes versions, by meaning, and ranges', () => {
    expect(newer('v1.0.0', ['v1.1.0', 'v1.2.0', 'v2.0.0', 'v2.1.0'], { ignoreVersions: ['1.2.0', '>=2'] })).toEqual([
      'v1.1.0',
    ])
  })

  test('images keep their family, their number of parts and their calendar', () => {
    const image = (current: string, ...tags: string[]) => newer(current, tags, {}, DOCKER)
    expect(image('3.19-alpine', '3.20-alpine', '3.21', '3.20.1-alpine', '3.22-slim')).toEqual(['3.20-alpine'])
    expect(image('3', '4', '20240101', '4.1')).toEqual(['4'])
    expect(image('20240101', '20240301')).toEqual(['20240301'])
    expect(image('1.2.3', '1.2.4-rc1', '1.2.4', 'latest')).toEqual(['1.2.4'])
  })
})

describe('filters', () => {
  test.each([
    ['^v?1\\.(2|3)\\.\\d+$', 'v1.2.30', true],
    ['^v?1\\.(2|3)\\.\\d+$', '1.4.0', false],
    ['alpine', '3.2-alpine3', true],
    ['^[^-]+$', '1.2.3-rc1', false],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,3}$', 'a', false],
    ['^(?:a|b)*c?$', 'abab', true],
    ['^\\D+$', 'abc', true],
    ['^[a-c-]+$', 'a-c', true],
    ['', '1.0.0', true],
  ])('/%s/ on %s is %s, as in JavaScript', (source, text, wanted) => {
    const pattern = readPattern(source)
    expect(pattern.ok && pattern.test(text)).toBe(wanted)
    expect(new RegExp(source).test(text)).toBe(wanted)
  })

  test.each(['(a+)+$', '(.*)*x', '(a|a)*b', '(.*.*.*.*.*)=x', '((a*)*)*b'])(
    '/%s/ takes few steps on a long tag',
    source => {
      const pattern = readPattern(source)
      expect(pattern.ok && pattern.test('a'.repeat(250))).toBe(source === '(a+)+$')
    },
  )

  test.each(['a(?=b)', '(?<n>a)', '(a', 'a)', '[a', '*a', 'a**', 'a+?', '(a)\\1', '\\bx', 'a{3,2}', 'x'.repeat(201)])(
    '/%s/ is refused with a reason',
    source => {
      expect(readPattern(source)).toMatchObject({ ok: false, reason: expect.stringMatching(/\w/) })
    },
  )

  test('rounds upon rounds of nothing are refused as well', () => {
    expect(readPattern('(((){99}){99}){99}')).toEqual({ ok: false, reason: 'repeats too much' })
  })

  test('a filter that means nothing is said by name', () => {
    expect(readFilter('newest please')).toEqual({
      ok: false,
      reason: '`newest please` is neither a version, a semver range nor a regular expression between slashes',
    })
  })
})

describe('the choice', () => {
  const decide = (
    current: readonly Pin[],
    versions: readonly string[],
    days: Readonly<Record<string, number>> = {},
    over: Partial<ComponentPolicy> = {},
    source: 'published' | 'first-seen' = 'published',
  ): Choice => {
    const group = groupOf(...current)
    const found = candidates(
      group,
      versions.map(version => aRelease(version)),
      policy(over),
    )
    const dates = new Map(
      Object.entries(days).map(([version, ago]) => [
        version,
        { at: new Date(NOW.getTime() - ago * DAY).toISOString(), source },
      ]),
    )
    return choose(group, found, dates, policy(over), NOW)
  }

  test('is the newest, for the pins that are behind it, from the oldest', () => {
    const pins = [pin('1.1.0'), pin('1.0.0'), pin('2.0.0')]
    expect(decide(pins, ['1.1.0', '2.0.0'])).toEqual({
      kind: 'upgrade',
      upgrade: {
        component: 'kiln',
        environment: 'dev',
        kind: 'flux-helmrelease',
        source: HELM,
        pins: [pins[0], pins[1]],
        from: '1.0.0',
        to: aRelease('2.0.0'),
        available: ['2.0.0', '1.1.0'],
        path: [{ to: '2.0.0', because: null, source: null }],
        followers: [],
        notYet: [],
      },
    })
  })

  test('nothing newer, or a version in Git that is newer than all published ones, is current', () => {
    expect(decide([pin('1.0.0')], ['1.0.0', '0.9.0'])).toEqual({ kind: 'current' })
    expect(decide([pin('9.0.0')], ['1.0.0'])).toEqual({ kind: 'current' })
  })

  test('an older candidate is taken while the newest is too young', () => {
    const choice = decide(
      [pin('1.0.0')],
      ['1.1.0', '1.2.0'],
      { '1.1.0': 5, '1.2.0': 1 },
      { minimumReleaseAge: 3 * DAY },
    )
    expect(choice).toMatchObject({
      kind: 'upgrade',
      upgrade: { to: { version: '1.1.0' }, available: ['1.2.0', '1.1.0'] },
    })
  })

  test('a version is ripe on the day, not after it', () => {
    const choice = decide([pin('1.0.0')], ['1.1.0'], { '1.1.0': 3 }, { minimumReleaseAge: 3 * DAY })
    expect(choice.kind).toBe('upgrade')
  })

  test('with none ripe it waits for the first that will be, and says until when and why', () => {
    const age = { minimumReleaseAge: 3 * DAY }
    expect(decide([pin('1.0.0')], ['1.1.0', '1.2.0'], { '1.1.0': 2, '1.2.0': 1 }, age)).toEqual({
      kind: 'waiting',
      version: '1.1.0',
      until: '2026-11-22T12:00:00.000Z',
      reason: 'published 2026-11-19T12:00:00.000Z, policy asks for 3 days',
    })
    expect(decide([pin('1.0.0')], ['1.1.0'], { '1.1.0': 0.5 }, { minimumReleaseAge: DAY }, 'first-seen')).toEqual({
      kind: 'waiting',
      version: '1.1.0',
      until: '2026-11-22T00:00:00.000Z',
      reason: 'no publication date; first seen 2026-11-21T00:00:00.000Z, policy asks for 1 day',
    })
  })

  test('a missing date, or one in the future, is said instead of waiting forever', () => {
    const age = { minimumReleaseAge: 36 * 3_600_000 }
    expect(decide([pin('1.0.0')], ['1.1.0'], {}, age)).toEqual({
      kind: 'unknown',
      reason:
        '1.1.0 is newer, but has no date, and policy asks for 36 hours since publication: set minimumReleaseAge to 0 for it to be proposed',
    })
    expect(decide([pin('1.0.0')], ['1.1.0'], { '1.1.0': -9999 }, age)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('a date that cannot be right'),
    })
  })

  test('what cannot be chosen is unknown, with the place and what to do', () => {
    const reason = (choice: Choice) => (choice.kind === 'unknown' ? choice.reason : choice.kind)
    expect(reason(decide([pin('1.x')], ['2.0.0']))).toBe(
      '`1.x` at dev/kiln.yaml:7 is a range, so it moves by itself: pin an exact version to have its upgrades proposed',
    )
    expect(reason(decide([pin('main')], ['2.0.0']))).toBe(
      '`main` at dev/kiln.yaml:7 is not a version that can be compared',
    )
    expect(reason(decide([pin('')], ['2.0.0']))).toBe(
      'no version stands at dev/kiln.yaml:7: whatever is newest gets installed',
    )
    const unknown: Source = { type: 'unknown', url: null, chart: 'kiln', reason: 'HelmRepository clay is not in Git' }
    expect(reason(decide([pin('1.0.0', { source: unknown })], ['2.0.0']))).toBe('HelmRepository clay is not in Git')
    expect(reason(decide([pin('1.0.0')], ['2.0.0'], {}, { allowedVersions: '/(?=x)/' }))).toBe(
      'allowedVersions: the regular expression `/(?=x)/` is not accepted: look-around and named groups are not supported',
    )
  })
})

describe('a digest', () => {
  const OLD = `sha256:${'a'.repeat(64)}`
  const NEW = `sha256:${'b'.repeat(64)}`
  const image = (version: string, digest: string | null, over: Partial<Pin> = {}): Pin => {
    const place = { file: 'dev/kiln.yaml', line: 8, column: 13, start: 20, end: 91 }
    return pin(version, { source: DOCKER, digest: digest === null ? null : { value: digest, place }, ...over })
  }

  test('is followed at its tag, at the oldest version that stands, or at latest where no tag stands', () => {
    expect(followedTag(groupOf(image('stable', OLD)))).toBe('stable')
    expect(followedTag(groupOf(image('1.1.0', OLD), image('1.0.0', OLD)))).toBe('1.0.0')
    expect(followedTag(groupOf(image(OLD, null)))).toBe('latest')
    expect(followedTag(groupOf(image('1.0.0', null)))).toBe(null)
    expect(followedTag(groupOf(pin('1.x')))).toBe(null)
  })

  test('moves the pins that have another one, and is current when none has', () => {
    const pins = [image('stable', OLD), image('stable', NEW)]
    const group = groupOf(...pins)
    const next = nextDigest(group, 'stable', NEW)
    expect(next).toEqual(aRelease('stable', { digest: NEW }))
    expect(next && chooseDigest(group, next, new Map(), policy(), NOW)).toEqual({
      kind: 'upgrade',
      upgrade: {
        component: 'kiln',
        environment: 'dev',
        kind: 'flux-helmrelease',
        source: DOCKER,
        pins: [pins[0]],
        from: 'stable',
        to: aRelease('stable', { digest: NEW }),
        available: ['stable'],
        path: [{ to: 'stable', because: null, source: null }],
        followers: [],
        notYet: [],
      },
    })
    expect(nextDigest(groupOf(image('stable', NEW)), 'stable', NEW)).toBe(null)
  })

  test('without a tag is a version of its own', () => {
    const group = groupOf(image(OLD, null))
    expect(nextDigest(group, 'latest', NEW)).toEqual(aRelease(NEW, { digest: NEW }))
    expect(nextDigest(group, 'latest', OLD)).toBe(null)
  })

  test('ripens as a version does', () => {
    const group = groupOf(image('stable', OLD))
    const dates = new Map([['stable', { at: '2026-11-20T12:00:00.000Z', source: 'first-seen' } as const]])
    const young = chooseDigest(
      group,
      aRelease('stable', { digest: NEW }),
      dates,
      policy({ minimumReleaseAge: 3 * DAY }),
      NOW,
    )
    expect(young).toMatchObject({ kind: 'waiting', version: 'stable', until: '2026-11-23T12:00:00.000Z' })
  })

  test('of two tags of one image moves two groups', () => {
    const groups = groupPins([image('stable', OLD), image('edge', OLD), image(OLD, null)])
    expect(groups.map(({ component, pins }) => [component, pins.map(({ version }) => version)])).toEqual([
      ['kiln-stable', ['stable']],
      ['kiln-edge', ['edge']],
      ['kiln', [OLD]],
    ])
  })

  test('and a commit alone follows nothing', () => {
    const commit = 'c9b8076e14ff1a711708c8eb8b010affdd6c87ad'
    const group = groupOf(image(commit, null))
    expect(choose(group, [], new Map(), policy(), NOW)).toEqual({
      kind: 'unknown',
      reason:
        'c9b8076e14ff at dev/kiln.yaml:7 is the id of a commit: what it follows is not written there, so pin a tag to have its upgrades proposed',
    })
  })
})
