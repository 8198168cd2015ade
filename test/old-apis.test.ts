import { describe, expect, test } from 'vitest'
import { type Comparison, compare } from '../src/compare/index.ts'
import { judge } from '../src/judge/index.ts'
import { OLD_APIS } from '../src/knowledge/kubernetes-apis.ts'
import type { KubeObject, Resource, Source } from '../src/model.ts'
import { aChart, anInstall, aRelease, HELM } from './support/plans.ts'

const budget: KubeObject = { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'kiln' } }
const none = { ok: false, reason: 'it has no chart', retry: false } as const

function resource(apiVersion: string, kind: string, environment: string | null = 'prod'): Resource {
  return {
    apiVersion,
    kind,
    namespace: null,
    name: 'kiln',
    file: 'a.yaml',
    document: 0,
    line: 2,
    environment,
    body: {},
    lineOf: () => null,
  }
}

function upgrade(more: Partial<Comparison>): Comparison {
  const side = (...objects: readonly KubeObject[]) => ({
    ok: true as const,
    value: { chart: aChart(), renders: [{ ok: true as const, objects }] },
  })
  return {
    upgrade: { component: 'kiln', environment: 'prod', source: HELM, pins: [], from: '1.0.0', to: aRelease('1.0.1') },
    before: side(),
    after: side(budget),
    installs: [anInstall()],
    followers: [],
    resources: [],
    kubernetes: null,
    notes: [],
    ...more,
  }
}

/** What is said of APIs: the fact, and the severity and rule of its finding. */
function said(input: Comparison): string[] {
  return judge(compare(input))
    .filter(({ rule }) => rule.startsWith('api-'))
    .map(({ severity, rule }) => `${severity} ${rule}`)
}

describe('what a chart renders', () => {
  test.each([
    ['before its deprecation', '1.20', []],
    ['from its deprecation on', '1.21', ['low api-deprecated']],
    ['the last release that serves it', 'v1.24.17+rke2r1', ['low api-deprecated']],
    ['the release that removes it', '1.25.0', ['critical api-removed']],
    ['a version that is none', 'stable', ['medium api-removed']],
  ])('%s', (_, kubernetes, found) => {
    expect(said(upgrade({ kubernetes }))).toEqual(found)
  })
})

describe('when Kubernetes itself moves', () => {
  const step = (
    from: string,
    to: string,
    source: Source & { type: 'kubernetes' } = { type: 'kubernetes', url: 'eks', chart: null },
  ) =>
    upgrade({
      upgrade: { component: 'kubernetes', environment: 'prod', source, pins: [], from, to: aRelease(to) },
      before: none,
      after: none,
      installs: [],
      resources: [
        resource('policy/v1beta1', 'PodDisruptionBudget'),
        resource('networking.k8s.io/v1beta1', 'Ingress'),
        resource('batch/v1', 'CronJob'),
        resource('policy/v1beta1', 'PodDisruptionBudget', 'dev'),
      ],
    })

  test('what the new version removes is critical; what was gone before is not its doing', () => {
    const found = judge(compare(step('1.24', '1.25'))).filter(({ rule }) => rule === 'api-removed')
    expect(found.map(({ severity, file, line }) => `${severity} ${file}:${line}`)).toEqual([
      'critical a.yaml:2',
      'low null:null',
    ])
    expect(found[0]?.says).toBe(
      'PodDisruptionBudget/kiln (a.yaml:2) asks for policy/v1beta1, which Kubernetes 1.25 removed; the clusters run 1.25; write policy/v1',
    )
  })

  test('what it deprecates is low, and so is what is deprecated and still served', () => {
    expect(said(step('1.20', '1.21'))).toEqual(['low api-deprecated', 'low api-deprecated'])
  })

  test('a distribution that counts in another way says nothing of Kubernetes', () => {
    expect(said(step('1.24', '1.25', { type: 'kubernetes', url: 'talos', chart: null }))).toEqual([])
  })
})

test('every entry of the table is a version of its own kind, deprecated before it is removed', () => {
  const names = OLD_APIS.flatMap(({ apiVersion, kinds }) => kinds.map(kind => `${apiVersion} ${kind}`))
  expect(new Set(names).size).toBe(names.length)
  for (const { deprecated, removed, apiVersion, replacement } of OLD_APIS) {
    expect(deprecated).toBeLessThan(removed ?? Number.POSITIVE_INFINITY)
    expect(replacement).not.toBe(apiVersion)
  }
})
