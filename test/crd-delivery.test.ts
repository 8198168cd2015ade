import { describe, expect, test } from 'vitest'
import { type Comparison, compare } from '../src/compare/index.ts'
import { judge } from '../src/judge/index.ts'
import type { Fact, Install, KubeObject, Resource, ValueMap } from '../src/model.ts'
import { NO_ADVICE } from '../src/plan/advice.ts'
import { crdDelivery } from '../src/plan/crd-delivery.ts'
import { todo } from '../src/plan/todo.ts'
import { aChart, anInstall, aRelease } from './support/plans.ts'

function kiln(
  fields: readonly string[],
  more: { readonly metadata?: ValueMap; readonly words?: string } = {},
): KubeObject {
  const properties = Object.fromEntries(fields.map(field => [field, { type: 'string', description: more.words ?? '' }]))
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { ...more.metadata, name: 'kilns.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Kiln', plural: 'kilns' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { properties } } }],
    },
  }
}

const source = (chart: string) => ({ type: 'helm', url: 'https://charts.example.com', chart }) as const

type Where = { readonly folder?: readonly KubeObject[]; readonly rendered?: readonly KubeObject[] }

function upgrade(
  before: Where,
  after: Where,
  install: Partial<Install>,
  resources: readonly Resource[] = [],
): Comparison {
  const side = (version: string, { folder = [], rendered = [] }: Where) => ({
    ok: true as const,
    value: {
      chart: aChart({ name: 'pottery', version, crds: folder }),
      renders: [{ ok: true as const, objects: rendered }],
    },
  })
  return {
    upgrade: {
      component: 'pottery',
      environment: 'dev',
      source: source('pottery'),
      pins: [],
      from: '1.0.0',
      to: aRelease('1.1.0'),
    },
    before: side('1.0.0', before),
    after: side('1.1.0', after),
    installs: [anInstall(install)],
    followers: [],
    resources,
    kubernetes: null,
    notes: [],
  }
}

function resource(kind: string, name: string, body: ValueMap, environment: string | null = 'dev'): Resource {
  const place = { file: `${kind}.yaml`, document: 0, line: 3, environment, lineOf: () => null }
  return { apiVersion: 'v1', kind, namespace: null, name, body, ...place }
}

function causes(input: Comparison): string[] {
  return compare(input).flatMap(fact =>
    fact.kind === 'crds-not-delivered' ? [`${fact.cause} ${fact.file}:${fact.line}`] : [],
  )
}

/** The sentence and the to-do of an upgrade. */
function said(input: Comparison): {
  readonly says: string
  readonly todo: readonly string[]
  readonly worst: string | undefined
} {
  const facts: readonly Fact[] = compare(input).filter(({ kind }) => kind !== 'object-changed')
  const chart = input.after.ok ? input.after.value.chart : null
  const found = judge(facts).find(({ rule }) => rule === 'crds-not-delivered')
  return {
    says: crdDelivery(facts, [{ chart, installs: input.installs }]),
    todo: todo(facts, [], NO_ADVICE),
    worst: found?.severity,
  }
}

const [OLD, NEW] = [kiln(['heat']), kiln(['heat', 'door'])]

describe('CRDs in the crds/ folder', () => {
  test('an engine that leaves them out is said, with the switch to set', () => {
    const input = upgrade({ folder: [OLD] }, { folder: [NEW] }, { engine: 'flux', crds: 'skipped' })
    expect(said(input)).toEqual({
      says: "NO: flux leaves the chart's crds/ folder out of upgrades (dev/beacon.yaml:1)",
      todo: ['apply the new CRDs yourself, or set `spec.upgrade.crds: CreateReplace` in dev/beacon.yaml:1'],
      worst: 'medium',
    })
  })

  test('staying behind is worse when the CRDs do more than gain optional fields', () => {
    const input = upgrade({ folder: [OLD] }, { folder: [kiln(['door'])] }, { engine: 'flux', crds: 'skipped' })
    expect(said(input).worst).toBe('high')
  })

  test('an engine that applies them is fine', () => {
    const input = upgrade({ folder: [OLD] }, { folder: [NEW] }, { engine: 'flux', crds: 'applied' })
    expect(causes(input)).toEqual([])
  })

  test('a policy that is not known is medium', () => {
    const input = upgrade({ folder: [OLD] }, { folder: [NEW] }, { engine: 'flux', crds: 'unknown' })
    expect(causes(input)).toEqual(['unknown dev/beacon.yaml:1'])
    expect(said(input).worst).toBe('medium')
  })

  test('CRDs that only explain more are no change', () => {
    const words = kiln(['heat'], { words: 'how hot it gets' })
    expect(causes(upgrade({ folder: [OLD] }, { folder: [words] }, { crds: 'skipped' }))).toEqual([])
  })

  test('a field that is called description is a field', () => {
    const named = kiln(['heat', 'description'])
    expect(causes(upgrade({ folder: [OLD] }, { folder: [named] }, { crds: 'skipped' }))).toHaveLength(1)
  })

  test('a release of which nothing is told: the sentence says what must be true', () => {
    const input = upgrade({ folder: [OLD] }, { folder: [kiln(['door'])] }, { engine: 'helm', crds: 'unknown' })
    expect(causes(input)).toEqual([])
    expect(said(input).says).toMatch(/^not known: .*CreateReplace.*ServerSideApply=true.*262144/)
  })
})

describe('CRDs that come from somewhere else', () => {
  const skipped = { engine: 'flux', crds: 'skipped' } as const

  test('the repository holds the old one: update that file', () => {
    const held = resource('CustomResourceDefinition', 'kilns.example.com', OLD)
    const input = upgrade({ folder: [OLD] }, { folder: [NEW] }, skipped, [held])
    expect(causes(input)).toEqual(['vendored CustomResourceDefinition.yaml:3'])
    expect(said(input).todo).toEqual([
      'update kilns.example.com in CustomResourceDefinition.yaml:3 from the crds/ folder of the new chart, before the upgrade',
    ])
  })

  test('the repository holds the new one already, explanations aside', () => {
    const held = resource('CustomResourceDefinition', 'kilns.example.com', kiln(['heat', 'door'], { words: 'x' }))
    const input = upgrade({ folder: [OLD] }, { folder: [NEW] }, skipped, [held])
    expect(causes(input)).toEqual([])
  })

  test('what another environment holds does not help', () => {
    const held = resource('CustomResourceDefinition', 'kilns.example.com', NEW, 'prod')
    expect(causes(upgrade({ folder: [OLD] }, { folder: [NEW] }, skipped, [held]))).toEqual([
      'skipped dev/beacon.yaml:1',
    ])
  })

  test.each([
    ['stays behind', '1.0.0', ['other-chart HelmRelease.yaml:3']],
    ['is there already', '1.1.0', []],
  ])('a chart of their own that %s', (_, version, found) => {
    const release = resource('HelmRelease', 'crds', { spec: { chart: { spec: { chart: 'pottery-crds', version } } } })
    expect(causes(upgrade({ folder: [OLD] }, { folder: [NEW] }, skipped, [release]))).toEqual(found)
  })

  test('a chart of their own that moves along', () => {
    const input = upgrade({ folder: [OLD] }, { folder: [NEW] }, skipped)
    const followers = [{ ...input, upgrade: { ...input.upgrade, source: source('pottery-crd') }, installs: [] }]
    expect(causes({ ...input, followers })).toEqual([])
  })
})

describe('CRDs too large for a client-side apply', () => {
  const argo = { engine: 'argocd', crds: 'applied-client-side', file: 'app.yaml', line: 5 } as const
  const many = (n: number) => Array.from({ length: n }, (_, i) => `field${i}`.padEnd(60, 'x'))
  const [large, larger] = [kiln(many(2_700)), kiln(many(2_701))]

  test('the sync fails, and the option to set is named', () => {
    const input = upgrade({ folder: [OLD] }, { folder: [large] }, argo)
    expect(causes(input)).toEqual(['too-large app.yaml:5'])
    expect(said(input)).toMatchObject({
      says: expect.stringMatching(
        /^NO: kilns\.example\.com \(\d{6} bytes\) is too large for a client-side apply \(app\.yaml:5\)$/,
      ),
      worst: 'high',
    })
    expect(said(input).todo[0]).toMatch(/^set `ServerSideApply=true` in `spec\.syncPolicy\.syncOptions` of app\.yaml:5/)
  })

  test('a rendered one just the same; one that was as large before is said, but is not news', () => {
    expect(causes(upgrade({ rendered: [OLD] }, { rendered: [large] }, argo))).toEqual(['too-large app.yaml:5'])
    const input = upgrade({ rendered: [large] }, { rendered: [larger] }, argo)
    expect(causes(input)).toEqual(['too-large-before app.yaml:5'])
    expect(said(input).worst).toBe('medium')
  })

  test('the server-side apply of the Application, or of the object, spares the annotation', () => {
    const metadata = { annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false,ServerSideApply=true' } }
    expect(causes(upgrade({ folder: [OLD] }, { folder: [large] }, { ...argo, crds: 'applied' }))).toEqual([])
    expect(causes(upgrade({ folder: [OLD] }, { folder: [kiln(many(2_700), { metadata })] }, argo))).toEqual([])
  })

  test('one that fits is fine', () => {
    expect(causes(upgrade({ folder: [OLD] }, { folder: [NEW] }, argo))).toEqual([])
  })
})
