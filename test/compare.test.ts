import { describe, expect, test } from 'vitest'
import { type Comparison, compare } from '../src/compare/index.ts'
import type { Chart, Fact, Install, KubeObject, Render, Resource, Side, Value, ValuesLayer } from '../src/model.ts'
import { aChart } from './support/plans.ts'
import { CASES, comparison, expected } from './support/upgrade-case.ts'

describe('each case folder', () => {
  test.each(CASES)('%s', name => {
    const facts = compare(comparison(name))
    const wanted = expected(name)
    expect(crdChanges(facts)).toEqual(wanted.crdChanges)
    expect(resources(facts)).toEqual(wanted.resources)
    expect(values(facts)).toEqual(wanted.values)
    if (wanted.objects) expect(objects(facts)).toEqual({ ...NO_OBJECTS, ...wanted.objects })
  })
})

const NO_OBJECTS = { added: [], removed: [], changed: {}, labelsOnly: [] }

function crdChanges(facts: readonly Fact[]): string[] {
  return facts.flatMap(fact => ('crd' in fact ? [`${fact.crd} ${fact.kind} ${fact.path}`.trim()] : []))
}

function resources(facts: readonly Fact[]): Record<string, string> {
  const found = facts.filter(fact => fact.kind === 'resource')
  return Object.fromEntries(
    found.map(({ resource, status, why }) => [resource.file, [status, ...why.map(({ kind }) => kind)].join(' ')]),
  )
}

function values(facts: readonly Fact[]): Record<string, string> {
  const found = facts.filter(fact => fact.kind === 'value')
  return Object.fromEntries(
    found.map(({ key, status, line, to }) => [key, `${status} ${line}${to === null ? '' : ` ${to}`}`]),
  )
}

function objects(facts: readonly Fact[]) {
  const all = (kind: 'object-added' | 'object-removed') =>
    facts.flatMap(fact => (fact.kind === kind ? [`${fact.object.kind}/${fact.object.name}`] : []))
  const changed = facts.flatMap(fact =>
    fact.kind === 'object-changed'
      ? [[`${fact.object.kind}/${fact.object.name}`, fact.changes.map(({ path }) => path)] as const]
      : [],
  )
  const labelsOnly = facts.flatMap(fact =>
    fact.kind === 'objects-labels-only' ? fact.objects.map(({ kind, name }) => `${kind}/${name}`) : [],
  )
  return {
    added: all('object-added'),
    removed: all('object-removed'),
    changed: Object.fromEntries(changed),
    labelsOnly,
  }
}

const chart = (over: Partial<Chart> = {}): Chart => aChart({ name: 'pottery', version: '1.0.0', ...over })

const install = (values: readonly ValuesLayer[] = []): Install => ({
  engine: 'flux',
  name: 'pottery',
  namespace: 'studio',
  values,
  crds: 'applied',
  file: 'release.yaml',
  line: 1,
})

const layer = (tree: Extract<ValuesLayer, { kind: 'values' }>['tree'], file = 'values.yaml'): ValuesLayer => ({
  kind: 'values',
  file,
  tree,
  lines: new Map([['["kiln"]', 4]]),
})

const rendered = (...found: KubeObject[]): Render => ({ ok: true, objects: found })

const object = (kind: string, rest: Record<string, Value> = {}, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'kiln' },
  ...rest,
})

const side = (render: Render = rendered(), over: Partial<Chart> = {}): { ok: true; value: Side } => ({
  ok: true,
  value: { chart: chart(over), renders: [render] },
})

const input = (over: Partial<Comparison> = {}): Comparison => ({
  upgrade: {
    component: 'pottery',
    environment: 'dev',
    source: { type: 'helm', url: 'https://charts.example.com', chart: 'pottery' },
    pins: [],
    from: '1.0.0',
    to: {
      version: '1.0.1',
      digest: null,
      publishedAt: null,
      appVersion: null,
      urls: [],
      deprecated: false,
      prerelease: false,
    },
  },
  before: side(),
  after: side(),
  installs: [install()],
  followers: [],
  resources: [],
  kubernetes: null,
  notes: [],
  ...over,
})

const STEP = { kind: 'version-step', from: '1.0.0', to: '1.0.1', step: 'patch', noted: false }

describe('what could not be looked at', () => {
  test('a chart that could not be fetched is said with the reason, and nothing of it is taken for removed', () => {
    const crd = kiln(['v1'])
    const after = { ok: false, reason: 'the registry answered 503', retry: true } as const
    expect(compare(input({ before: side(rendered(), { crds: [crd] }), after }))).toEqual([
      STEP,
      { kind: 'not-rendered', reason: 'version 1.0.1 could not be looked at: the registry answered 503' },
    ])
  })

  test('a failed render of the new side is a fact, and its templated CRDs are not taken for removed', () => {
    const facts = compare(
      input({
        before: side(rendered(kiln(['v1']), object('Service'))),
        after: side({ ok: false, reason: 'nil pointer' }),
        resources: [resource('v1')],
      }),
    )
    expect(facts).toEqual([
      STEP,
      { kind: 'render-failed', side: 'after', install: 'pottery', reason: 'nil pointer' },
      expect.objectContaining({ kind: 'resource', status: 'not-checked' }),
    ])
  })

  test('when only the new side renders, resources are still held against its CRDs', () => {
    const facts = compare(
      input({
        before: side({ ok: false, reason: 'nil pointer' }),
        after: side(rendered(kiln(['v2']))),
        resources: [resource('v1'), resource('v2')],
      }),
    )
    expect(facts).toEqual([
      STEP,
      { kind: 'render-failed', side: 'before', install: 'pottery', reason: 'nil pointer' },
      expect.objectContaining({ kind: 'resource', status: 'broken' }),
      expect.objectContaining({ kind: 'resource', status: 'valid' }),
    ])
  })

  test('a layer of values that could not be read is said with its place', () => {
    const missing: ValuesLayer = { kind: 'missing', file: 'app.yaml', line: 9, reason: 'ConfigMap not in Git' }
    expect(compare(input({ installs: [install([missing])] }))).toContainEqual({
      kind: 'not-rendered',
      reason: 'values of pottery were left out, app.yaml:9: ConfigMap not in Git',
    })
  })

  test('a chart that nothing here installs was not rendered', () => {
    const facts = compare(input({ installs: [], before: side(), after: side() }))
    expect(facts.map(({ kind }) => kind)).toEqual(['version-step', 'not-rendered'])
  })

  test('an install without a render is said', () => {
    expect(compare(input({ installs: [install(), { ...install(), name: 'second' }] }))).toContainEqual({
      kind: 'not-rendered',
      reason: 'second was not rendered with version 1.0.1',
    })
  })
})

function kiln(versions: readonly string[], spec: Record<string, Value> = {}): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'kilns.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Kiln', plural: 'kilns' },
      versions: versions.map((name, i) => ({ name, served: true, storage: i === 0, schema: {} })),
      ...spec,
    },
  }
}

function resource(version: string, environment: string | null = 'dev'): Resource {
  const file = `${version}.yaml`
  const apiVersion = `example.com/${version}`
  const where = { file, document: 0, line: 1, environment, lineOf: () => null }
  return { apiVersion, kind: 'Kiln', namespace: null, name: 'k', body: {}, ...where }
}

describe('CRDs and the resources of the repository', () => {
  test.each([
    ['crd-field-type-changed', 'spec.heat', '(line 6)'],
    ['crd-field-required-added', 'spec.fuel', '(line 5)'],
    ['crd-enum-narrowed', 'spec.fuel', '(line 6)'],
  ])(
    '%s: what fails is told with its line, and a field that is missing with the line of what is around it',
    (name, path, line) => {
      const why = compare(comparison(name)).flatMap(fact => (fact.kind === 'resource' ? fact.why : []))
      expect(why.find(one => one.path === path)?.detail).toMatch(new RegExp(`${line.replace(/[()]/g, '\\$&')}$`))
    },
  )

  test('resources of another environment are not this upgrade’s business, those of none are', () => {
    const crds = { crds: [kiln(['v1'])] }
    const resources = [resource('v1', 'prod'), { ...resource('v1', null), file: 'shared.yaml' }]
    const facts = compare(input({ before: side(rendered(), crds), after: side(rendered(), crds), resources }))
    expect(facts.flatMap(fact => (fact.kind === 'resource' ? [fact.resource.file] : []))).toEqual(['shared.yaml'])
  })

  test('the body of a resource does not travel with the fact', () => {
    const crds = { crds: [kiln(['v1'])] }
    const facts = compare(
      input({ before: side(rendered(), crds), after: side(rendered(), crds), resources: [resource('v1')] }),
    )
    expect(JSON.stringify(facts)).not.toContain('"body"')
  })

  test('a CRD that moves from the crds folder into the templates stays the same CRD', () => {
    const facts = compare(
      input({ before: side(rendered(), { crds: [kiln(['v1'])] }), after: side(rendered(kiln(['v1']))) }),
    )
    expect(facts).toEqual([STEP])
  })

  test('a rendered CRD that goes away is an object that goes away, too', () => {
    const facts = compare(input({ before: side(rendered(kiln(['v1']))), after: side(rendered()) }))
    expect(facts.map(({ kind }) => kind)).toEqual(['version-step', 'crd-removed', 'object-removed'])
  })

  test('a difference that no line claims is a changed schema, never silence', () => {
    const facts = compare(
      input({
        before: side(rendered(), { crds: [kiln(['v1'])] }),
        after: side(rendered(), { crds: [kiln(['v1'], { ofTomorrow: true })] }),
      }),
    )
    expect(crdChanges(facts)).toEqual(['kilns.example.com schema-changed spec'])
  })

  test('printer columns, short names and the status that a controller owns are no change', () => {
    const status = (type: string) => ({
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [{ name: type }],
          schema: { openAPIV3Schema: { properties: { status: { type } } } },
        },
      ],
      names: { kind: 'Kiln', shortNames: [type] },
    })
    const facts = compare(
      input({
        before: side(rendered(), { crds: [kiln([], status('object'))] }),
        after: side(rendered(), { crds: [kiln([], status('string'))] }),
      }),
    )
    expect(facts).toEqual([STEP])
  })

  test('a CRD of the old API is read by its one version', () => {
    const spec = { group: 'example.com', scope: 'Namespaced', version: 'v1', names: { kind: 'Kiln', plural: 'kilns' } }
    const old = { ...kiln([]), apiVersion: 'apiextensions.k8s.io/v1beta1', spec }
    const facts = compare(
      input({
        before: side(rendered(), { crds: [old] }),
        after: side(rendered(), { crds: [kiln(['v2'])] }),
      }),
    )
    expect(crdChanges(facts)).toEqual([
      'kilns.example.com version-removed v1',
      'kilns.example.com stored-version-removed v1',
      'kilns.example.com version-added v2',
      'kilns.example.com storage-version-changed v2',
      'kilns.example.com preserve-lost spec.preserveUnknownFields',
    ])
  })

  test('a CRD without any sense in it does not throw', () => {
    const crds = [
      { ...kiln([]), spec: 'nonsense' },
      { ...kiln([]), spec: { versions: [7, null, 'x'] } },
    ]
    expect(() =>
      compare(input({ before: side(rendered(), { crds }), after: side(rendered(), { crds: [kiln(['v1'])] }) })),
    ).not.toThrow()
  })
})

describe('values', () => {
  const judged = (over: Partial<Comparison>) => values(compare(input(over)))

  test('the layer that wins is the place that is named; a key that a map replaces is gone', () => {
    const layers = [
      layer({ kiln: 'hot' }),
      layer({ kiln: { heat: 1 } }, 'over.yaml'),
      { kind: 'parameter', file: 'app.yaml', line: 7, key: 'kiln.cool\\.down', value: '5', asString: false } as const,
    ]
    const facts = compare(
      input({
        installs: [install(layers)],
        before: side(rendered(), { values: { kiln: { heat: 3, 'cool.down': 4 } } }),
      }),
    )
    expect(facts.filter(fact => fact.kind === 'value')).toMatchObject([
      { key: 'kiln.heat', status: 'removed', file: 'over.yaml', line: 4 },
      { key: 'kiln.cool.down', status: 'removed', file: 'app.yaml', line: 7 },
    ])
  })

  test('a key of a subchart is judged by the subchart’s defaults and templates, under its alias', () => {
    const files = (body: string) =>
      new Map([
        ['Chart.yaml', 'dependencies: [{ name: wheel, alias: spinner }]'],
        ['charts/wheel/Chart.yaml', 'name: wheel'],
        ['charts/wheel/values.yaml', body],
        ['charts/wheel/templates/a.yaml', '{{ .Values.speed }}'],
      ])
    const installs = [install([layer({ spinner: { speed: 3, weight: 2 } })])]
    const before = side(rendered(), { files: files('{ speed: 1, weight: 1 }') })
    const after = side(rendered(), { files: files('{ other: 1 }') })
    expect(judged({ installs, before, after })).toEqual({
      'spinner.speed': 'still-honoured 1',
      'spinner.weight': 'removed 1',
    })
  })

  test('a key that only an old template knew by name is removed with it', () => {
    const installs = [install([layer({ kiln: { fan: true } })])]
    const defaults = { kiln: { heat: 1 } }
    const before = side(rendered(), {
      values: defaults,
      files: new Map([['templates/a.yaml', '{{ index .Values "kiln" "fan" }}']]),
    })
    expect(judged({ installs, before, after: side(rendered(), { values: defaults }) })).toEqual({
      'kiln.fan': 'removed 4',
    })
  })

  test('a mention in a comment or in the release notes is not reading', () => {
    const installs = [install([layer({ kiln: 1 })])]
    const files = new Map([
      ['templates/a.yaml', '{{/* .Values.kiln */}} # .Values.kiln'],
      ['templates/NOTES.txt', '{{ .Values.kiln }}'],
    ])
    expect(
      judged({ installs, before: side(rendered(), { values: { kiln: 2 } }), after: side(rendered(), { files }) }),
    ).toEqual({ kiln: 'removed 4' })
  })

  test.each([
    ['its own branch fails', '{{ if .Values.kiln }}{{ fail "gone" }}{{ end }}', 'removed 4'],
    [
      'a branch within its own fails',
      '{{ if .Values.kiln }}{{ if .x }}{{ fail "gone" }}{{ end }}{{ end }}',
      'removed 4',
    ],
    ['its else-if fails', '{{ if .x }}{{ else if .Values.kiln }}{{ fail "gone" }}{{ end }}', 'removed 4'],
    ['the other branch fails', '{{ if .Values.kiln }}on{{ else }}{{ fail "set it" }}{{ end }}', 'still-honoured 4'],
    [
      'something after it fails',
      '{{ if .Values.kiln }}on{{ end }}{{ if .x }}{{ fail "x" }}{{ end }}',
      'still-honoured 4',
    ],
    ['a block that is never closed fails', '{{ if .Values.kiln }}{{ with .x }}{{ fail "gone" }}', 'removed 4'],
  ])('a condition on a key: %s', (_, template, found) => {
    const installs = [install([layer({ kiln: 1 })])]
    const files = new Map([['templates/a.yaml', template]])
    const before = side(rendered(), { values: { kiln: 2 } })
    expect(judged({ installs, before, after: side(rendered(), { files }) })).toEqual({ kiln: found })
  })

  test('a user who never wrote what the old default was is not told that it changed', () => {
    const installs = [install([layer({ kiln: { heat: 1 } })])]
    const before = side(rendered(), { values: { kiln: [] } })
    expect(judged({ installs, before, after: side(rendered(), { values: { kiln: { heat: 2 } } }) })).toEqual({})
  })

  test('a name that stands in many places is no trace of a rename', () => {
    const installs = [install([layer({ kiln: { enabled: true } })])]
    const before = side(rendered(), { values: { kiln: { enabled: false, heat: 1 }, fan: { enabled: false } } })
    const values = { kiln: { heat: 1 }, fan: { enabled: false }, wheel: { enabled: false } }
    expect(judged({ installs, before, after: side(rendered(), { values }) })).toEqual({ 'kiln.enabled': 'removed 4' })
  })

  test('an empty map over a map leaves its keys set, as Helm merges them', () => {
    const installs = [install([layer({ kiln: { heat: 1 } }), layer({ kiln: {} })])]
    const before = side(rendered(), { values: { kiln: { heat: 2 } } })
    expect(judged({ installs, before })).toEqual({ 'kiln.heat': 'removed 4' })
  })

  test('changed defaults are said when nothing here installs the chart', () => {
    const of = (policy: string) => side(rendered(), { values: { policy } })
    expect(compare(input({ installs: [], before: of('a'), after: of('b') }))).toContainEqual({
      kind: 'default-changed',
      key: 'policy',
      from: 'a',
      to: 'b',
    })
  })

  test('a null that deletes a default which is gone anyway is nothing', () => {
    const installs = [install([layer({ kiln: null })])]
    expect(judged({ installs, before: side(rendered(), { values: { kiln: 2 } }) })).toEqual({})
  })

  test('a key called __proto__ or constructor is a key like any other', () => {
    const tree = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"x": 1}}')
    expect(() => compare(input({ installs: [install([layer(tree)])] }))).not.toThrow()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('a changed default is said when any install leaves it, with a secret one hidden', () => {
    const installs = [install([layer({ a: 1 })]), install()]
    const renders = [rendered(), rendered()]
    const of = (values: Chart['values']) => ({ ok: true, value: { chart: chart({ values }), renders } }) as const
    const facts = compare(
      input({
        installs,
        before: of({ a: 2, adminPassword: 'old-word' }),
        after: of({ a: 3, adminPassword: 'new-word' }),
      }),
    )
    expect(facts.filter(fact => fact.kind === 'default-changed')).toEqual([
      { kind: 'default-changed', key: 'a', from: 2, to: 3 },
      { kind: 'default-changed', key: 'adminPassword', from: '(hidden)', to: '(changed)' },
    ])
  })
})

describe('objects', () => {
  const changes = (before: KubeObject, after: KubeObject) => {
    const facts = compare(input({ before: side(rendered(before)), after: side(rendered(after)) }))
    return facts.flatMap(fact => (fact.kind === 'object-changed' ? fact.changes : []))
  }

  test('a changed password is said and never shown, wherever it stands', () => {
    const pod = (word: string) =>
      object('Pod', {
        spec: {
          containers: [
            {
              name: 'kiln',
              args: ['--db-password', word, `--api-token=${word}`],
              env: [
                { name: 'DB_PASSWORD', value: word },
                { name: 'URL', value: `https://me:${word}@db.example.com` },
              ],
            },
          ],
        },
        stringData: { note: 'kept' },
      })
    const found = changes(pod('hunter-one'), pod('hunter-two'))
    expect(found.map(({ path }) => path)).toEqual([
      'spec.containers[0].args',
      'spec.containers[0].env[0].value',
      'spec.containers[0].env[1].value',
    ])
    expect(JSON.stringify(found)).not.toContain('hunter')
    expect(found[1]).toEqual({ path: 'spec.containers[0].env[0].value', from: '(hidden)', to: '(changed)' })
  })

  test('nothing of a Secret’s data is shown, whatever its keys are called', () => {
    const secret = (word: string) =>
      object('Secret', { data: { colour: word }, stringData: { shape: word }, type: word })
    expect(changes(secret('abc'), secret('def'))).toEqual([
      { path: 'data.colour', from: '(hidden)', to: '(changed)' },
      { path: 'stringData.shape', from: '(hidden)', to: '(changed)' },
      { path: 'type', from: 'abc', to: 'def' },
    ])
  })

  test('items of a list are matched by name, and their order is a change of its own', () => {
    const pod = (...names: string[]) =>
      object('Pod', { spec: { initContainers: names.map(name => ({ name, image: `example.com/${name}` })) } })
    expect(changes(pod('a', 'b'), pod('b', 'c', 'a'))).toEqual([
      { path: 'spec.initContainers[1]', from: undefined, to: { name: 'c', image: 'example.com/c' } },
      { path: 'spec.initContainers', from: ['a', 'b'], to: ['b', 'a'] },
    ])
  })

  test('a key with dots and slashes is quoted in the path', () => {
    const service = (cloud: string) =>
      object('Service', { metadata: { name: 'kiln', annotations: { 'example.com/cloud': cloud } } })
    expect(changes(service('a'), service('b')).map(({ path }) => path)).toEqual([
      'metadata.annotations["example.com/cloud"]',
    ])
  })

  test('a version label in the template of a volume is no noise: it may not change', () => {
    const set = (version: string) =>
      object('StatefulSet', {
        spec: { volumeClaimTemplates: [{ metadata: { name: 'x', labels: { 'helm.sh/chart': version } } }] },
      })
    expect(changes(set('a'), set('b')).map(({ path }) => path)).toEqual(['spec.volumeClaimTemplates'])
  })

  test('a version label in the template of a Job is no noise either', () => {
    const job = (version: string) =>
      object('Job', { spec: { template: { metadata: { labels: { 'app.kubernetes.io/version': version } } } } })
    expect(changes(job('a'), job('b')).map(({ path }) => path)).toEqual([
      'spec.template.metadata.labels["app.kubernetes.io/version"]',
    ])
  })

  test('a rendered CRD that changes is left to the comparer of CRDs', () => {
    const facts = compare(input({ before: side(rendered(kiln(['v1']))), after: side(rendered(kiln(['v1', 'v2']))) }))
    expect(facts.map(({ kind }) => kind)).toEqual(['version-step', 'version-added'])
  })

  test('the same name in another namespace is another object', () => {
    const inSpace = (namespace: string) => object('Service', { metadata: { name: 'kiln', namespace } })
    const facts = compare(input({ before: side(rendered(inSpace('a'))), after: side(rendered(inSpace('b'))) }))
    expect(facts.map(({ kind }) => kind)).toEqual(['version-step', 'object-removed', 'object-added'])
  })
})

describe('images and versions', () => {
  test('an image is named once for an object, old and new', () => {
    const pod = (tag: string) =>
      object('Pod', {
        spec: {
          containers: [
            { name: 'a', image: `example.com/a:${tag}` },
            { name: 'b', image: `example.com/a:${tag}` },
          ],
        },
      })
    const facts = compare(input({ before: side(rendered(pod('1'))), after: side(rendered(pod('2'))) }))
    expect(facts.filter(fact => fact.kind === 'image-changed')).toEqual([
      {
        kind: 'image-changed',
        object: { apiVersion: 'v1', kind: 'Pod', namespace: null, name: 'kiln' },
        from: 'example.com/a:1',
        to: 'example.com/a:2',
      },
    ])
  })

  test('a tag in a kustomization is an image that changes, and no chart is missed', () => {
    const place = { file: 'kustomization.yaml', line: 3, column: 1, start: 0, end: 5 }
    const source = { type: 'docker', url: 'registry.example.com/kiln', chart: null } as const
    const pin = { component: 'kiln', kind: 'kustomize-image', version: '1.0.0', digest: null, source, place } as const
    const upgrade = { ...input().upgrade, source, pins: [{ ...pin, environment: null, installs: [], aliases: [] }] }
    const none = { ok: false, reason: 'an image is no chart', retry: false } as const
    expect(compare(input({ upgrade, before: none, after: none, installs: [] }))).toEqual([
      STEP,
      {
        kind: 'image-changed',
        object: {
          apiVersion: 'kustomize.config.k8s.io/v1beta1',
          kind: 'Kustomization',
          namespace: null,
          name: 'kustomization.yaml',
        },
        from: 'registry.example.com/kiln:1.0.0',
        to: 'registry.example.com/kiln:1.0.1',
      },
    ])
  })

  test.each([
    ['the same constraint on clusters that meet it', '>=1.25.0-0', '>=1.25.0-0', '1.31', null],
    ['the same constraint on unknown clusters', '>=1.25.0-0', '>=1.25.0-0', null, null],
    ['a raised one, met by a cloud’s cluster', '>=1.25', '>= 1.30, < 1.40', 'v1.30.0-eks-1a2b', true],
    ['a raised one, met by a pre-release of it', '>=1.25.0', '>=1.34.0', 'v1.34.0-rc.1', true],
    ['a raised one, not met', '>=1.25', '>=1.33.0-0', '1.31', false],
    ['a raised one, unknown clusters', null, '>=1.33.0-0', null, null],
    ['one that cannot be read', null, '!=1.33', '1.31', null],
  ] as const)('kubeVersion: %s', (_, from, to, cluster, satisfied) => {
    const facts = compare(
      input({
        kubernetes: cluster,
        before: side(rendered(), { kubeVersion: from }),
        after: side(rendered(), { kubeVersion: to }),
      }),
    )
    const said = from === to ? [] : [{ kind: 'kube-version', from, to, cluster, satisfied }]
    expect(facts.filter(fact => fact.kind === 'kube-version')).toEqual(said)
  })

  test('a chart that its publisher gave up is said', () => {
    expect(compare(input({ after: side(rendered(), { deprecated: true }) }))).toContainEqual({
      kind: 'deprecated-chart',
      chart: 'pottery',
      version: '1.0.0',
    })
  })
})

describe('what the release notes announce', () => {
  const said = (text: string) =>
    compare(input({ notes: [{ origin: 'CHANGELOG.md', version: '1.0.1', text }] })).flatMap(fact =>
      fact.kind === 'note' ? [`${fact.says} ${fact.count} ${fact.quote}`] : [],
    )

  test.each([
    [
      'a section counts its own sections',
      '## Breaking Changes\n### One\ntext\n### Two\n## Fixes\n### Three\n',
      2,
      'Breaking Changes',
    ],
    ['or the items of its list', '# Breaking change\n- one\n- two\n- three\n# Next\n- four\n', 3, 'Breaking change'],
    ['a bold line', 'Welcome.\n\n**Breaking change**:\n\nthe port moves', 1, 'Breaking change'],
    [
      'the mark of Conventional Commits',
      '* fix(kiln)!: fire at once\n* feat(kiln): more fire\n',
      1,
      'fix(kiln)!: fire at once',
    ],
    ['the footer of Conventional Commits', 'BREAKING CHANGE: `heat` is gone', 1, 'BREAKING CHANGE: `heat` is gone'],
  ])('breaking: %s', (_, text, count, quote) => {
    expect(said(text)).toEqual([`breaking ${count} ${quote}`])
  })

  test.each([
    'The default log encoding changed from `console` to `json`.',
    'Set the default historyLimit to 1 for kilns',
    '`v0.33.x` enables `Drift=true` by default in the gates.',
  ])('default-changed: %s', text => {
    expect(said(`- ${text}\n`)).toEqual([`default-changed 1 ${text}`])
  })

  test.each([
    'This release has no breaking changes.',
    'There are no known breaking changes in this release',
    '- fix: default of the timeout was not set',
    'We plan to enable it by default later.',
    'Upgrade Go to v1.24.4',
    `${'x'.repeat(3_000)} breaking change`,
  ])('nothing: %s', text => {
    expect(said(text)).toEqual([])
  })

  test('hostile text costs no time: ten thousand headings, and marks that almost fit', () => {
    expect(said('# Breaking\n## Breaking\n'.repeat(10_000))).toEqual(['breaking 20000 Breaking'])
    expect(said(`${'default '.repeat(200)}\n`.repeat(500))).toEqual([])
  })
})
