import { describe, expect, test } from 'vitest'
import {
  type Companion,
  type Convoy,
  companion,
  groupPins,
  partnerOf,
  releasedTogether,
  together,
} from '../src/choose/index.ts'
import { detectText, readLayout } from './support/detected.ts'
import { aPin, aRelease } from './support/plans.ts'

/** Each convoy as `leader < follower, follower`. */
function short(convoys: readonly Convoy[]): readonly string[] {
  return convoys.map(({ leader, followers }) => {
    const names = followers.map(({ group }) => group.component)
    return [leader.component, ...(names.length === 0 ? [] : [`< ${names.join(', ')}`])].join(' ')
  })
}

function convoysOf(files: Record<string, string>): readonly string[] {
  return short(together(groupPins(detectText(files).pins), () => true))
}

const helmRelease = (chart: string, version: string) => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${chart}, namespace: kilns }
spec:
  chart: { spec: { chart: ${chart}, version: ${version}, sourceRef: { kind: HelmRepository, name: kilns } } }
`

const gitRepository = (tag: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: kiln-crds, namespace: kilns }
spec: { url: https://github.com/acme/kiln, ref: { tag: ${tag} } }
`

const REPOSITORY = `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: kilns, namespace: kilns }
spec: { url: https://acme.github.io/kiln }
`

const remote = (tag: string, image = tag) => `resources:
  - https://github.com/acme/kiln//config/default?ref=${tag}
images:
  - { name: ghcr.io/acme/kiln, newTag: ${image} }
`

describe('which groups are put together', () => {
  test('a chart leads the chart of its CRDs and the Git repository of them, whatever stands before the version', () => {
    const files = {
      'apps/a.yaml': gitRepository('v1.2.3'),
      'apps/b.yaml': helmRelease('kiln-crds', '1.2.3'),
      'apps/c.yaml': helmRelease('kiln', '1.2.3'),
      'apps/d.yaml': REPOSITORY,
    }
    const backwards = Object.fromEntries(Object.entries(files).toReversed())
    for (const one of [files, backwards]) {
      const [only, ...others] = convoysOf(one)
      expect(others).toEqual([])
      expect(only).toMatch(/^kiln < /)
      expect(only?.split(', ')).toHaveLength(2)
    }
  })

  test('of two charts the one with the shorter name leads, wherever the longer one stands in the alphabet', () => {
    const files = { 'apps/a.yaml': helmRelease('crds-of-kiln', '1.2.3'), 'apps/b.yaml': helmRelease('kiln', '1.2.3') }
    expect(convoysOf({ ...files, 'apps/d.yaml': REPOSITORY })).toEqual(['kiln < crds-of-kiln'])
  })

  test('a remote resource leads the image of its own repository', () => {
    expect(convoysOf({ 'dev/kustomization.yaml': remote('v1.2.3') })).toEqual(['kiln < kiln-image'])
    expect(convoysOf({ 'dev/kustomization.yaml': remote('v1.2.3', '1.2.3') })).toEqual(['kiln < kiln-image'])
  })

  test('another version, another environment and another publisher are kept apart', () => {
    expect(convoysOf({ 'dev/kustomization.yaml': remote('v1.2.3', 'v1.2.2') })).toHaveLength(2)
    const charts = { 'dev/a.yaml': helmRelease('kiln', '1.2.3'), 'prod/b.yaml': helmRelease('kiln-crds', '1.2.3') }
    expect(convoysOf({ ...charts, 'sources.yaml': REPOSITORY })).toHaveLength(2)
    const other = 'images: [{ name: ghcr.io/other/kiln, newTag: v1.2.3 }]\n'
    expect(
      convoysOf({ 'dev/kustomization.yaml': remote('v1.2.3'), 'dev/other/kustomization.yaml': other }),
    ).toHaveLength(2)
  })

  test('what cannot move leads nobody', () => {
    const stuck = ['kiln', 'kiln-crds'].map(component => {
      return aPin('1.x', { component, source: { type: 'helm', url: 'https://acme.github.io/kiln', chart: component } })
    })
    expect(short(together(groupPins(stuck), () => true))).toEqual(['kiln', 'kiln-crds'])
  })

  test('in a repository with all of it, each environment has its own', () => {
    const convoys = together(groupPins(detectText(readLayout('released-together')).pins), () => true)
    const named = short(convoys).map((one, i) => `${convoys[i]?.leader.environment}: ${one}`)
    expect(named.toSorted()).toEqual([
      'dev: kiln < kiln-crds',
      'dev: oven < oven-image',
      'dev: oven-ghcr-io-other-oven',
      'prod: kiln < kiln-acme',
    ])
  })

  test('policy keeps apart what it wants to', () => {
    const { pins } = detectText({ 'dev/kustomization.yaml': remote('v1.2.3') })
    expect(short(together(groupPins(pins), () => false))).toEqual(['kiln', 'kiln-image'])
  })

  test('a repository where nothing is of one release moves as before', () => {
    for (const layout of ['argocd-multisource', 'helmfile', 'terraform', 'umbrella']) {
      const groups = groupPins(detectText(readLayout(layout)).pins)
      expect(together(groups, () => true).map(({ leader }) => leader)).toEqual(groups)
    }
  })
})

/** A follower at 1.0.0 whose source has some versions, of which policy allows some. */
function follower(at: string, versions: readonly string[], allowed = versions): Companion {
  const [group] = groupPins([aPin(at)])
  if (!group) throw new Error('no group')
  const releases = (all: readonly string[]) => all.map(version => aRelease(version))
  return companion({ group, why: 'it is of one release' }, releases(versions), releases(allowed))
}

describe('the release of a follower', () => {
  test.each([
    ['1.1.0', '1.0.0', ['1.1.0']],
    ['1.1.0', 'v1.0.0', ['v1.1.0', 'chart-1.1.0']],
    ['v1.1.0', '1.0.0', ['1.1.0']],
    ['v1.1.0', 'kiln-1.0.0', ['1.1.0', 'kiln-1.1.0']],
  ])('of %s for one that stands at %s is written as the follower is', (leads, stands, published) => {
    const own = partnerOf(aRelease(leads), follower(stands, published))
    expect(own).toMatchObject({ ok: true, release: { version: published.find(version => version[0] === stands[0]) } })
  })

  test('is lacking when it is not published, or not allowed, and the two are told apart', () => {
    expect(partnerOf(aRelease('1.1.0'), follower('1.0.0', ['1.1.1']))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('not published'),
    })
    expect(partnerOf(aRelease('1.1.0'), follower('1.0.0', ['1.1.0'], []))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('policy'),
    })
  })

  test.each([
    ['it has every one', ['0.8.0', '0.9.0'], true],
    ['it has one of two', ['0.8.0'], true],
    ['it began later', ['1.0.0'], true],
    ['it has others', ['0.8.1', '0.9.1', '0.1.0'], false],
  ])('says whether two are released together: %s', (_, theirs, expected) => {
    const leads = ['0.8.0', '0.9.0', '1.0.0', '1.1.0'].map(version => aRelease(version))
    const others = theirs.map(version => aRelease(version))
    expect(releasedTogether(follower('1.0.0', []).group, leads, others)).toBe(expected)
  })
})
