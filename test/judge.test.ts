import { describe, expect, test } from 'vitest'
import { compare } from '../src/compare/index.ts'
import { floor, judge } from '../src/judge/index.ts'
import type { Fact, FieldChange, ObjectId } from '../src/model.ts'
import { CASES, comparison, expected } from './support/upgrade-case.ts'

describe('each case folder', () => {
  test.each(CASES)('%s', name => {
    const findings = judge(compare(comparison(name)))
    const { risk, findings: wanted } = expected(name)
    expect(findings.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(wanted)
    expect(floor(findings)).toBe(risk)
  })
})

const kiln: ObjectId = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'studio', name: 'kiln' }

/** What is said of one fact, with its severity. */
function said(...facts: Fact[]): string[] {
  return judge(facts).map(({ severity, says }) => `${severity}: ${says}`)
}

function changed(kind: string, ...changes: FieldChange[]): Fact {
  return { kind: 'object-changed', object: { ...kiln, kind }, changes }
}

test('nothing found is low, and otherwise the worst counts', () => {
  expect(floor([])).toBe('low')
  const findings = judge([
    { kind: 'deprecated-chart', chart: 'pottery', version: '2.0.0' },
    { kind: 'not-rendered', reason: 'x' },
    { kind: 'version-step', from: '1.0.0', to: '1.0.1', step: 'patch', noted: true },
  ])
  expect(findings.map(({ severity }) => severity)).toEqual(['high', 'medium'])
  expect(floor(findings)).toBe('high')
})

test('every finding cites the facts it rests on, counted from one', () => {
  const findings = judge([
    { kind: 'version-step', from: '1.0.0', to: '1.1.0', step: 'minor', noted: true },
    { kind: 'default-changed', key: 'a.b', from: 1, to: 2 },
    { kind: 'default-changed', key: 'image.tag', from: 'v1', to: 'v2' },
    { kind: 'default-changed', key: 'c', from: 1, to: undefined },
  ])
  expect(findings).toEqual([
    {
      rule: 'default-changed',
      severity: 'medium',
      says: '2 defaults that you do not set change: a.b and c',
      file: null,
      line: null,
      evidence: ['E2', 'E4'],
    },
  ])
})

test('release notes raise a question: several breaking changes of a major step are high', () => {
  const note = (says: 'breaking' | 'default-changed', count: number): Fact => ({
    kind: 'note',
    says,
    origin: 'CHANGELOG.md',
    version: null,
    count,
    quote: 'the port moves',
  })
  const major: Fact = { kind: 'version-step', from: '1.0.0', to: '2.0.0', step: 'major', noted: true }
  const minor: Fact = { kind: 'version-step', from: '1.0.0', to: '1.1.0', step: 'minor', noted: true }
  const breaking = 'CHANGELOG.md announces 2 breaking changes: "the port moves"'
  expect(said(major, note('breaking', 2))).toContain(`high: ${breaking}`)
  expect(said(minor, note('breaking', 2))).toEqual([`medium: ${breaking}`])
  expect(said(major, note('breaking', 1))).toContain(
    'medium: CHANGELOG.md announces a breaking change: "the port moves"',
  )
  expect(said(minor, note('default-changed', 1))).toEqual([
    'medium: CHANGELOG.md announces another default: "the port moves"',
  ])
})

test('a Kubernetes that the maintainers do not support is high, and named with the place where they say so', () => {
  const range = '>=1.32.0 <1.35.0'
  const fact = { tool: 'Kiln', version: '2.1.0', range, cluster: '1.36.0', source: 'https://e.com' }
  expect(said({ kind: 'kube-unsupported', ...fact })).toEqual([
    'high: Kiln 2.1.0 is supported on Kubernetes >=1.32.0 <1.35.0, the clusters run 1.36.0 (https://e.com)',
  ])
})

test('a broken resource is named with its file and line, and with what is served instead', () => {
  const resource = {
    apiVersion: 'example.com/v1alpha1',
    kind: 'Kiln',
    namespace: null,
    name: 'studio',
    file: 'dev/kiln.yaml',
    document: 0,
    line: 3,
    environment: 'dev',
  }
  const why = [
    { kind: 'version-removed', path: 'v1alpha1', detail: 'version v1alpha1 of kilns is removed; served is v1' },
  ]
  expect(judge([{ kind: 'resource', resource, status: 'broken', why }])).toEqual([
    {
      rule: 'resource-broken',
      severity: 'critical',
      says: 'Kiln/studio (dev/kiln.yaml:3) stops working as example.com/v1alpha1: version v1alpha1 of kilns is removed; served is v1',
      file: 'dev/kiln.yaml',
      line: 3,
      evidence: ['E1'],
    },
  ])
})

test('another way to convert is high, another address of the same webhook is medium', () => {
  const conversion = (path: string): Fact => ({
    kind: 'conversion-changed',
    crd: 'kilns.example.com',
    path,
    detail: 'x',
  })
  expect(floor(judge([conversion('spec.conversion.strategy')]))).toBe('high')
  expect(floor(judge([conversion('spec.conversion.webhook')]))).toBe('medium')
})

test('a resource that was deprecated before is only mentioned', () => {
  const resource = { ...kiln, file: 'a.yaml', document: 0, line: 1, environment: null }
  const deprecated = (kind: string): Fact => ({
    kind: 'resource',
    resource,
    status: 'deprecated',
    why: [{ kind, path: 'v1', detail: 'version v1 is deprecated' }],
  })
  expect(judge([deprecated('deprecated-before')])[0]?.severity).toBe('low')
  expect(judge([deprecated('version-deprecated')])[0]?.severity).toBe('medium')
})

describe('what was not rendered is never low', () => {
  test.each([
    ['critical', { kind: 'render-failed', side: 'after', install: 'kiln', reason: 'no' }],
    ['medium', { kind: 'render-failed', side: 'before', install: 'kiln', reason: 'no' }],
    ['high', { kind: 'not-rendered', reason: 'no' }],
  ] as const)('%s', (severity, fact) => {
    expect(floor(judge([fact]))).toBe(severity)
  })

  test('a failed render says why it stops everything', () => {
    expect(said({ kind: 'render-failed', side: 'after', install: 'kiln', reason: 'nil pointer' })).toEqual([
      'critical: kiln does not render, and a chart that does not render cannot be upgraded to: nil pointer',
    ])
  })
})

describe('steps', () => {
  test.each([
    ['1.0.0', '2.0.0', 'major', 'medium'],
    ['0.4.0', '0.5.0', 'minor', 'medium'],
    ['v0.4.0', 'v0.5.0', 'minor', 'medium'],
    ['1.4.0', '1.5.0', 'minor', 'low'],
    ['0.4.0', '0.4.1', 'patch', 'low'],
    ['1.0.0', '1.0.0', 'digest', 'low'],
    ['main', '1.0.0', 'other', 'medium'],
  ] as const)('%s -> %s is %s and %s', (from, to, step, risk) => {
    expect(floor(judge([{ kind: 'version-step', from, to, step, noted: false }]))).toBe(risk)
  })

  test('before 1.0 a minor step is open only where no notes say what it brings', () => {
    const step = { kind: 'version-step', from: '0.4.0', to: '0.5.0', step: 'minor' } as const
    expect(floor(judge([{ ...step, noted: true }]))).toBe('low')
    expect(floor(judge([{ ...step, noted: false }]))).toBe('medium')
  })
})

describe('Kubernetes', () => {
  test.each([
    [true, '1.31', 'low'],
    [false, '1.31', 'critical'],
    [null, null, 'medium'],
    [null, '1.31', 'medium'],
  ] as const)('satisfied %s on %s is %s', (satisfied, cluster, risk) => {
    expect(floor(judge([{ kind: 'kube-version', from: null, to: '>=1.33', cluster, satisfied }]))).toBe(risk)
  })
})

describe('changed objects', () => {
  test.each([
    ['Deployment', 'spec.selector.matchLabels.app'],
    ['DaemonSet', 'spec.selector'],
    ['StatefulSet', 'spec.volumeClaimTemplates[0].spec'],
    ['StatefulSet', 'spec.serviceName'],
    ['Service', 'spec.clusterIP'],
    ['Job', 'spec.template.spec.containers[0].image'],
    ['ClusterRoleBinding', 'roleRef.name'],
    ['PersistentVolumeClaim', 'spec.storageClassName'],
  ])('a %s does not let %s change', (kind, path) => {
    expect(judge([changed(kind, { path, from: 'a', to: 'b' })])).toMatchObject([
      { rule: 'immutable-field', severity: 'high' },
    ])
  })

  test.each([
    ['Deployment', 'spec.template.spec.nodeSelector.disk'],
    ['Deployment', 'spec.selectorLike'],
    ['Service', 'spec.selector.app'],
    ['CronJob', 'spec.jobTemplate.spec.template.spec'],
    ['PersistentVolumeClaim', 'spec.resources.requests.storage'],
  ])('a %s lets %s change, and it is mentioned', (kind, path) => {
    expect(judge([changed(kind, { path, from: 'a', to: 'b' })])).toMatchObject([
      { rule: 'object-changed', severity: 'low' },
    ])
  })

  test('an image alone is not mentioned twice', () => {
    expect(
      said(changed('Deployment', { path: 'spec.template.spec.containers[0].image', from: 'a:1', to: 'a:2' })),
    ).toEqual([])
  })

  test('no replicas left is high, fewer are not', () => {
    const to = (replicas: number) => changed('StatefulSet', { path: 'spec.replicas', from: 2, to: replicas })
    expect(floor(judge([to(0)]))).toBe('high')
    expect(floor(judge([to(1)]))).toBe('low')
  })

  test('the failure policy of a webhook is named with both sides', () => {
    const change = { path: 'webhooks[0].failurePolicy', from: 'Ignore', to: 'Fail' }
    expect(said(changed('ValidatingWebhookConfiguration', change))).toEqual([
      'medium: ValidatingWebhookConfiguration/kiln in studio: webhooks[0].failurePolicy goes from Ignore to Fail: this decides whether requests pass while the webhook is down',
    ])
  })

  test('rights that are gained are named, powerful ones are high', () => {
    const rule = (resources: string[], verbs: string[]) => ({ apiGroups: [''], resources, verbs })
    const role = (...to: ReturnType<typeof rule>[]) =>
      changed('Role', { path: 'rules', from: [rule(['pods'], ['get'])], to })
    expect(said(role(rule(['pods'], ['get', 'list'])))).toEqual(['medium: Role/kiln in studio: gains list on pods'])
    expect(said(role(rule(['pods'], ['get']), rule(['secrets'], ['get', 'list'])))).toEqual([
      'high: Role/kiln in studio: gains get, list on secrets',
    ])
    expect(said(role(rule(['pods'], ['*'])))).toEqual(['high: Role/kiln in studio: gains * on pods'])
    expect(floor(judge([role()]))).toBe('low')
  })

  test('rights over one named object that become rights over all are gained rights', () => {
    const rule = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }
    const change = { path: 'rules', from: [{ ...rule, resourceNames: ['kiln'] }], to: [rule] }
    expect(said(changed('Role', change))).toEqual(['medium: Role/kiln in studio: gains get on configmaps'])
  })

  test.each([
    [{ path: 'spec.template.spec.hostNetwork', from: undefined, to: true }, 'high'],
    [{ path: 'spec.template.spec.hostNetwork', from: true, to: undefined }, 'low'],
    [{ path: 'spec.template.spec.hostNetwork', from: true, to: false }, 'low'],
    [{ path: 'spec.containers[0].securityContext', from: { privileged: false }, to: { privileged: true } }, 'high'],
    [{ path: 'spec.containers[1]', from: undefined, to: { securityContext: { privileged: true } } }, 'high'],
    [{ path: 'spec.volumes', from: [{ hostPath: { path: '/a' } }], to: [{ hostPath: { path: '/b' } }] }, 'low'],
    [{ path: 'spec.securityContext.capabilities.add', from: [], to: ['SYS_ADMIN'] }, 'high'],
    [{ path: 'spec.securityContext.capabilities.drop', from: [], to: ['ALL'] }, 'low'],
  ] as const)('%j is %s', (change, risk) => {
    expect(floor(judge([changed('Deployment', change)]))).toBe(risk)
  })
})

describe('objects that come and go', () => {
  const gone = (kind: string, name = 'kiln'): Fact => ({ kind: 'object-removed', object: { ...kiln, kind, name } })

  test.each(['PersistentVolumeClaim', 'StatefulSet', 'Namespace', 'CustomResourceDefinition', 'NetworkPolicy'])(
    'a %s that goes away is high',
    kind => {
      expect(floor(judge([gone(kind)]))).toBe('high')
    },
  )

  test('the others are one finding with the first names', () => {
    expect(said(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => gone('Service', name)))).toEqual([
      'medium: Service/a in studio, Service/b in studio, Service/c in studio, Service/d in studio, Service/e in studio and 2 more go away',
    ])
  })

  test('new rights and new admission webhooks are said, other new objects are not', () => {
    const come = (kind: string): Fact => ({ kind: 'object-added', object: { ...kiln, kind, namespace: null } })
    expect(said(come('ClusterRole'), come('ValidatingWebhookConfiguration'), come('Service'))).toEqual([
      'medium: ClusterRole/kiln is new and grants rights',
      'medium: ValidatingWebhookConfiguration/kiln is new and can refuse requests to the API server',
    ])
  })
})

describe('images', () => {
  const image = (from: string, to: string, kind = 'Deployment'): Fact => ({
    kind: 'image-changed',
    object: { ...kiln, kind },
    from,
    to,
  })

  test.each([
    ['a.example.com/kiln:1', 'a.example.com/kiln:2', 'low'],
    ['a.example.com:5000/kiln:1', 'a.example.com:5000/kiln@sha256:0a', 'low'],
    ['kiln:1', 'docker.io/library/kiln:2', 'low'],
    ['potter/kiln:1', 'docker.io/potter/kiln:2', 'low'],
    ['a.example.com/kiln:1', 'b.example.com/kiln:1', 'medium'],
    ['potter/kiln:1', 'thief/kiln:1', 'medium'],
  ])('%s -> %s is %s', (from, to, risk) => {
    expect(floor(judge([image(from, to)]))).toBe(risk)
  })

  test('one move of many objects is said once', () => {
    const facts = [
      image('a.example.com/k:1', 'b.example.com/k:1'),
      image('a.example.com/k:1', 'b.example.com/k:1', 'Job'),
    ]
    expect(said(...facts)).toEqual([
      'medium: an image comes from another place: a.example.com/k -> b.example.com/k (Deployment/kiln in studio and Job/kiln in studio)',
    ])
  })

  test('a tag in a kustomization is never low: what the image does was not analysed', () => {
    expect(floor(judge([image('potter/kiln:1', 'potter/kiln:2', 'Kustomization')]))).toBe('medium')
  })
})

test.each([
  ['100Gi', '50Gi', ['high']],
  ['1Ti', '1000Gi', ['high']],
  ['50Gi', '50000Mi', ['high']],
  ['50Gi', '100Gi', ['low']],
  ['1G', '1000M', ['low']],
  ['lots', '1Gi', ['low']],
])('a claim on storage that goes from %s to %s', (from, to, severities) => {
  const found = said(changed('PersistentVolumeClaim', { path: 'spec.resources.requests.storage', from, to }))
  expect(found.map(line => line.split(':')[0])).toEqual(severities)
})
