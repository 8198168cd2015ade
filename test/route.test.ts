import { SemVer } from 'semver'
import { describe, expect, test } from 'vitest'
import { leftBehind, needed, routeOf } from '../src/choose/index.ts'
import { type Known, knownTool, readTool } from '../src/knowledge/index.ts'
import type { Pin, Source, Upgrade } from '../src/model.ts'
import { aPin, aPlan, aRelease } from './support/plans.ts'

const SOURCE = 'https://example.com/notes'

function known(more: string, version: 'app' | 'own' = 'app'): Known {
  return { tool: readTool('kiln.yaml', `name: Kiln\n${more}`), version }
}

const STOP = known(
  `stops: [{ through: '>=1.2.0 <1.3.0', why: both are served, leave: [fire it], source: '${SOURCE}' }]`,
)
const MINORS = known(`minors: { leaving: '>=0.0.0', source: '${SOURCE}' }`)
const PATCHES = known(`patchFirst: { leaving: '>=1.0.0', source: '${SOURCE}' }`)

const ALL = ['1.0.0', '1.0.1', '1.1.0', '1.1.4', '1.2.0', '1.2.7', '1.3.0', '2.0.0', '2.1.0'].map(version =>
  aRelease(version),
)

function way(from: string, to: string, tool: Known | null, takeable = ALL): string[] {
  const choices = { takeable, published: ALL }
  return routeOf(new SemVer(from), aRelease(to), choices, tool).hops.map(hop => hop.to)
}

describe('the way', () => {
  test('is direct where nothing is known: a major step alone is no reason', () => {
    expect(way('1.0.0', '2.1.0', null)).toEqual(['2.1.0'])
  })
  test('makes a stop at the newest release of the required range', () => {
    expect(way('1.0.0', '2.1.0', STOP)).toEqual(['1.2.7', '2.1.0'])
  })
  test('makes no stop where the version stands in it, beyond it, or goes no further', () => {
    expect(way('1.2.0', '2.1.0', STOP)).toEqual(['2.1.0'])
    expect(way('1.3.0', '2.1.0', STOP)).toEqual(['2.1.0'])
    expect(way('1.0.0', '1.2.7', STOP)).toEqual(['1.2.7'])
  })
  test('takes one minor after the other, over the end of a major version', () => {
    expect(way('1.0.0', '2.1.0', MINORS)).toEqual(['1.1.4', '1.2.7', '1.3.0', '2.0.0', '2.1.0'])
  })
  test('takes the newest patch of its own minor first', () => {
    expect(way('1.0.0', '1.3.0', PATCHES)).toEqual(['1.0.1', '1.3.0'])
    expect(way('1.0.1', '1.3.0', PATCHES)).toEqual(['1.3.0'])
    expect(way('1.0.0', '1.0.1', PATCHES)).toEqual(['1.0.1'])
  })
  test('names a hop by its range where no release of it may be taken', () => {
    const route = routeOf(
      new SemVer('1.0.0'),
      aRelease('2.1.0'),
      { takeable: [aRelease('2.1.0')], published: ALL },
      STOP,
    )
    expect(route.hops).toEqual([
      { to: '1.2.x', because: 'both are served', source: SOURCE },
      { to: '2.1.0', because: null, source: null },
    ])
    expect(ALL.filter(route.allows)).toEqual([])
  })
  test('needs no list of releases', () => {
    const nothing = { takeable: [], published: [] }
    const hops = (from: string, to: string, tool: Known) =>
      routeOf(new SemVer(from), aRelease(to), nothing, tool).hops.map(hop => hop.to)
    expect(hops('1.0.0', '1.3.0', MINORS)).toEqual(['1.1.x', '1.2.x', '1.3.0'])
    expect(hops('1.0.0', '1.3.0', PATCHES)).toEqual(['1.0.x', '1.3.0'])
    expect(hops('1.0.0', '2.0.0', STOP)).toEqual(['1.2.x', '2.0.0'])
  })
  test('counts the app where the chart has numbers of its own', () => {
    const chart = (version: string, appVersion: string) => aRelease(version, { appVersion })
    const all = [chart('7.0.0', 'v1.0.0'), chart('8.0.0', 'v1.2.3'), chart('9.0.0', 'v2.0.0')]
    const { tool } = STOP
    const route = routeOf(
      new SemVer('1.0.0'),
      chart('9.0.0', 'v2.0.0'),
      { takeable: all, published: all },
      { tool, version: 'own' },
    )
    expect(route.hops.map(hop => hop.to)).toEqual(['8.0.0', '9.0.0'])
  })
  test('says what a version must not be left without', () => {
    expect(leftBehind(new SemVer('1.2.0'), new SemVer('2.0.0'), STOP).map(({ to }) => to)).toEqual(['1.2.x'])
    expect(leftBehind(new SemVer('1.0.0'), new SemVer('2.0.0'), STOP)).toEqual([])
  })
})

describe('what has to be newer first', () => {
  const oci = (chart: string): Source => ({ type: 'oci', url: `oci://public.ecr.aws/karpenter/${chart}`, chart })
  const source = oci('karpenter') as Upgrade['source']
  const upgrade: Upgrade = { ...aPlan().upgrade, source, from: '1.0.6', to: aRelease('1.1.0') }
  const crds = (version: string): Pin => aPin(version, { component: 'karpenter-crd', source: oci('karpenter-crd') })

  test('is a chart of CRDs that stands behind', () => {
    const pin = crds('1.0.6')
    expect(needed(upgrade, [pin])).toEqual([
      {
        pin,
        behind: expect.stringMatching(/^Karpenter CRDs 1\.0\.6 \(dev\/beacon\.yaml:9\) has to come to 1\.1\.0 first/),
      },
    ])
  })
  test('is named where it is there, and nothing is where it stands elsewhere, or nothing is known', () => {
    const pin = crds('1.1.0')
    expect(needed(upgrade, [pin])).toEqual([{ pin, behind: null }])
    expect(needed(upgrade, [])).toEqual([])
    expect(knownTool(aPin('1.0.0').source)).toBe(null)
    expect(needed(aPlan().upgrade, [crds('1.0.6')])).toEqual([])
  })
})
