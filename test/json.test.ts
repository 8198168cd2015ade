import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Fact, Outcome, Pin } from '../src/model.ts'
import { planJson } from '../src/report/json.ts'
import { scanJson } from '../src/report/scan-json.ts'
import { aMigration, aPin, aPlan, current, HELM, planned, unplanned } from './support/plans.ts'
import { schemaErrors } from './support/schemas.ts'

/** A document as scripts get it: through JSON, where undefined is gone. */
function printed<T>(document: T): T {
  return JSON.parse(JSON.stringify(document)) as T
}

const object = { apiVersion: 'v1', kind: 'Service', namespace: null, name: 'web' }

/** One fact of every kind that stands in the document. */
const FACTS: readonly Fact[] = [
  { kind: 'version-step', from: '1.0.0', to: '1.1.0', step: 'minor', noted: true },
  { kind: 'crd-removed', crd: 'kilns.fire.example.com', path: '', detail: 'it is removed' },
  { kind: 'version-removed', crd: 'kilns.fire.example.com', path: 'v1', detail: 'version v1 is removed' },
  {
    kind: 'resource',
    resource: {
      apiVersion: 'fire.example.com/v1',
      kind: 'Kiln',
      namespace: null,
      name: 'big',
      file: 'dev/kiln.yaml',
      document: 0,
      line: 1,
      environment: 'dev',
    },
    status: 'broken',
    why: [{ kind: 'crd-removed', path: '', detail: 'it is removed' }],
  },
  {
    kind: 'value',
    key: 'a.b',
    status: 'removed',
    effect: 'unknown',
    to: null,
    file: 'dev/beacon.yaml',
    line: 12,
    detail: 'gone',
  },
  { kind: 'object-added', object },
  { kind: 'object-removed', object },
  { kind: 'object-changed', object, changes: [{ path: 'spec', from: undefined, to: 1 }] },
  { kind: 'objects-labels-only', objects: [object, object] },
]

const FINDING = {
  rule: 'resource-broken',
  severity: 'critical' as const,
  says: 'Kiln/big stops working',
  file: 'dev/kiln.yaml',
  line: 1,
  evidence: ['E4'],
}

const MIGRATION = aMigration({ source: 'https://example.com/notes' })

const PLAN = aPlan(
  { migrations: [MIGRATION], findings: [FINDING], todo: ['change it'], unknown: ['the cluster'] },
  FACTS,
)

function held(): Outcome {
  const start = {
    component: 'beacon',
    environment: 'prod',
    branch: 'windlass/prod/beacon',
    from: '1.0.0',
    source: HELM,
  }
  return { ...start, kind: 'held', to: '1.1.0', because: 'blocked', reason: 'dev has beacon 1.0.0', until: null }
}

const COMMIT = 'c'.repeat(40)
const PROBLEM = { file: 'dev/broken.yaml', line: null, reason: 'is no YAML' }

describe('plan --json', () => {
  const document = printed(
    planJson(
      COMMIT,
      [held(), planned(PLAN), current(), unplanned('declined', 'ada ignored it'), unplanned('unknown', '')],
      [PROBLEM],
    ),
  )

  test('keeps its schema', () => {
    expect(schemaErrors('plan', document)).toEqual([])
  })

  test('says of a planned upgrade what the contract promises', () => {
    const [upgrade] = document.upgrades
    expect(upgrade).toMatchObject({
      component: 'beacon',
      environment: 'dev',
      kind: 'flux-helmrelease',
      source: { type: 'helm', url: 'https://charts.example.com', chart: 'beacon' },
      from: '1.0.0',
      to: '1.1.0',
      available: ['1.1.0'],
      path: ['1.1.0'],
      mode: 'workflow',
      risk: 'low',
      floor: 'low',
      findings: [FINDING],
      resources: [
        {
          file: 'dev/kiln.yaml',
          doc: 0,
          status: 'broken',
          why: [{ kind: 'crd-removed', path: '', detail: 'it is removed' }],
        },
      ],
      values: [{ key: 'a.b', status: 'removed', to: null, file: 'dev/beacon.yaml', line: 12 }],
      objects: { added: [object], removed: [object], changed: [object], labelsOnly: 2 },
      crdDelivery: 'CRDs do not change',
      migrations: [
        {
          file: 'dev/kiln.yaml',
          doc: 0,
          mechanical: true,
          after: 'apiVersion: fire.example.com/v2\n',
          source: 'https://example.com/notes',
          servedBefore: true,
          todo: [],
        },
      ],
      edits: [{ file: 'dev/beacon.yaml', line: 9, from: '1.0.0', to: '1.1.0' }],
      gates: [],
      rollback: { possible: true, says: 'revert this pull request' },
      todo: ['change it'],
      unknown: ['the cluster'],
      held: null,
      pullRequest: {
        title: 'feat(beacon): upgrade beacon 1.0.0 → 1.1.0 in dev',
        branch: 'windlass/dev/beacon',
        reviewers: [],
      },
    })
    expect(upgrade?.crds.map(({ kind }) => kind)).toEqual(['crd-removed', 'version-removed'])
    expect(upgrade?.evidence).toHaveLength(FACTS.length)
  })

  test('a held upgrade has the same shape, and nothing in it reads as a result', () => {
    const [first, second] = document.upgrades
    expect(Object.keys(second ?? {})).toEqual(Object.keys(first ?? {}))
    expect(second).toMatchObject({
      environment: 'prod',
      to: '1.1.0',
      held: { reason: 'dev has beacon 1.0.0' },
      risk: null,
      objects: null,
      pullRequest: null,
      findings: [],
    })
  })

  test('lists what is current, declined and not looked at', () => {
    expect(document.environments).toEqual(['prod', 'dev'])
    expect(document.upToDate).toEqual([{ component: 'beacon', environment: 'dev', version: '1.1.0' }])
    expect(document.declined).toEqual([{ component: 'beacon', environment: 'dev', reason: 'ada ignored it' }])
    expect(document.problems).toEqual([PROBLEM])
  })

  test('an empty repository outside of git keeps the schema', () => {
    expect(schemaErrors('plan', printed(planJson('', [], [])))).toEqual([])
  })

  test.each([
    ['a key that nobody knows', { ...document, more: 1 }],
    ['a held upgrade with a risk', { ...document, upgrades: [{ ...document.upgrades[1], risk: 'low' }] }],
    ['a held upgrade with findings', { ...document, upgrades: [{ ...document.upgrades[1], findings: [FINDING] }] }],
    ['a planned upgrade without a risk', { ...document, upgrades: [{ ...document.upgrades[0], risk: null }] }],
    [
      'a planned upgrade without a pull request',
      { ...document, upgrades: [{ ...document.upgrades[0], pullRequest: null }] },
    ],
    ['a missing list', { ...document, upgrades: [{ ...document.upgrades[0], values: undefined }] }],
    [
      'another word for a status',
      {
        ...document,
        upgrades: [{ ...document.upgrades[0], resources: [{ file: 'a', doc: 0, status: 'fine', why: [] }] }],
      },
    ],
  ])('the schema refuses %s', (_, wrong) => {
    expect(schemaErrors('plan', printed(wrong))).not.toEqual([])
  })
})

describe('scan --json', () => {
  const digest = { value: `sha256:${'0'.repeat(64)}`, place: aPin('1').place }
  const sources: readonly Pin['source'][] = [
    HELM,
    { type: 'oci', url: 'oci://registry.example.com/charts/beacon', chart: 'beacon' },
    { type: 'docker', url: 'docker.io/library/nginx', chart: null },
    { type: 'unknown', url: null, chart: null, reason: 'its HelmRepository is not here' },
  ]
  const pins = sources.map((source, i) =>
    aPin('1.0.0', { source, digest: i === 2 ? digest : null, environment: i === 1 ? null : 'dev' }),
  )
  const document = printed(scanJson({ pins, resources: [], skipped: [PROBLEM, { ...PROBLEM, line: 3 }] }))

  test('keeps its schema for every kind of source', () => {
    expect(schemaErrors('scan', document)).toEqual([])
  })

  test('says of a pin where it stands', () => {
    expect(document.pins[0]).toEqual({
      component: 'beacon',
      kind: 'flux-helmrelease',
      version: '1.0.0',
      digest: null,
      source: { type: 'helm', url: 'https://charts.example.com', chart: 'beacon' },
      file: 'dev/beacon.yaml',
      line: 9,
      column: 16,
      environment: 'dev',
    })
    expect(document.pins[3]?.source).toEqual({ ...sources[3] })
    expect(document.skipped).toHaveLength(2)
  })

  test.each([
    ['a line 0', { ...document, pins: [{ ...document.pins[0], line: 0 }] }],
    [
      'a source with the fields of another',
      { ...document, pins: [{ ...document.pins[0], source: { ...HELM, reason: '' } }] },
    ],
    ['a key that nobody knows', { ...document, pins: [{ ...document.pins[0], more: 1 }] }],
  ])('the schema refuses %s', (_, wrong) => {
    expect(schemaErrors('scan', printed(wrong))).not.toEqual([])
  })
})

test.each(['scan', 'plan'])(
  'every object of the schema of %s is closed, and every field explained or a reference',
  command => {
    const schema = JSON.parse(readFileSync(new URL(`../schemas/${command}.schema.json`, import.meta.url), 'utf8'))
    const open: string[] = []
    const mute: string[] = []
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return
      const { type, properties, additionalProperties } = node as Record<string, unknown>
      if (type === 'object' && additionalProperties !== false) open.push(path)
      for (const [key, field] of Object.entries((properties ?? {}) as Record<string, Record<string, unknown>>)) {
        const says =
          type !== 'object' || Object.keys(field).some(word => ['description', '$ref', 'const', 'anyOf'].includes(word))
        if (!says && field.type !== 'null') mute.push(`${path}.${key}`)
      }
      for (const [key, inner] of Object.entries(node)) visit(inner, `${path}.${key}`)
    }
    visit(schema, '')
    expect({ open, mute }).toEqual({ open: [], mute: [] })
  },
)
