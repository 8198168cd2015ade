import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EnvironmentPolicy } from '../src/config.ts'
import { detect } from '../src/detect/index.ts'
import type { Detected, Pin, RepoFile, ValuesLayer } from '../src/model.ts'
import { matchesGlob } from '../src/text/glob.ts'
import { pathKey } from '../src/text/path-key.ts'

const NONE = { environments: [], ignorePaths: [] }

function detectText(files: Record<string, string>, policy: Parameters<typeof detect>[1] = NONE): Detected {
  const all = Object.entries(files).map(([path, text]): RepoFile => ({ path, blob: path, text }))
  return detect({ commit: 'c0ffee', files: all, skipped: [] }, policy)
}

function readLayout(layout: string): Record<string, string> {
  const root = join(import.meta.dirname, '../manifests-fixtures/repos', layout)
  const paths = readdirSync(root, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Object.fromEntries(
    paths.map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(root.length + 1), readFileSync(path, 'utf8')]
    }),
  )
}

function short({ component, kind, version, source, place, environment }: Pin): string {
  const { file, line, column } = place
  return `${component} ${version} ${kind} ${source.type} ${source.url} ${file}:${line}:${column} ${environment}`
}

function only(detected: Detected, component: string): Pin {
  const found = detected.pins.filter(pin => pin.component === component)
  expect(found, component).toHaveLength(1)
  return found[0] as Pin
}

function lineOf(layer: ValuesLayer | undefined, ...path: (string | number)[]): number | undefined {
  return layer?.kind === 'values' ? layer.lines.get(pathKey(path)) : undefined
}

function expectRanges(files: Record<string, string>, { pins }: Detected): void {
  for (const { place, version, digest } of pins) {
    expect(files[place.file]?.slice(place.start, place.end)).toBe(version)
    if (digest) expect(files[place.file]?.slice(digest.place.start, digest.place.end)).toBe(digest.value)
  }
}

describe('a Flux repository with bases, overlays and HelmRepositories', () => {
  const files = readLayout('flux-environments')
  const detected = detectText(files)

  test('every version is a pin with its source, place and environment, wherever an overlay put it', () => {
    expect(detected.pins.map(short)).toEqual([
      'podinfo 6.6.0 flux-helmrelease oci oci://registry.example.com/charts/podinfo apps/production/podinfo-patch.yaml:9:16 production',
      'podinfo 6.7.1 flux-helmrelease oci oci://registry.example.com/charts/podinfo apps/staging/podinfo-patch.yaml:9:16 staging',
      'cert-manager v1.15.3 flux-helmrelease helm https://charts.example.com/jetstack infrastructure/base/cert-manager/release.yaml:11:17 null',
    ])
    expectRanges(files, detected)
  })

  test('an overlay installs the base with its own values over the base', () => {
    const production = detected.pins[0]?.installs[0]
    expect(production).toMatchObject({ engine: 'flux', name: 'podinfo', namespace: 'podinfo', crds: 'skipped' })
    expect(production?.values.map(layer => layer.kind === 'values' && [layer.file, layer.tree])).toEqual([
      ['apps/base/podinfo/release.yaml', { replicaCount: 1 }],
      ['apps/production/podinfo-patch.yaml', { replicaCount: 3 }],
    ])
  })

  test('values come from the generated ConfigMap first, and a Secret is said to be missing', () => {
    const install = only(detected, 'cert-manager').installs[0]
    expect(install).toMatchObject({ name: 'cert-manager', namespace: 'cert-manager', crds: 'applied' })
    expect(install?.values).toMatchObject([
      {
        kind: 'values',
        file: 'infrastructure/base/cert-manager/helm-values.yaml',
        tree: { replicaCount: 2, prometheus: { enabled: true } },
      },
      { kind: 'missing', line: 23, reason: 'the values from Secret cert-manager-secrets cannot be read here' },
      { kind: 'values', tree: { installCRDs: false, resources: { limits: { memory: '128Mi' } } } },
    ])
    expect(lineOf(install?.values[0], 'prometheus', 'enabled')).toBe(3)
    expect(lineOf(install?.values[2], 'resources', 'limits', 'memory')).toBe(28)
  })

  test('every Kubernetes object is a resource with its line, after the comments before it', () => {
    const found = detected.resources.map(
      ({ kind, name, file, document, line }) => `${kind}/${name} ${file}#${document}:${line}`,
    )
    expect(found).toContain('HelmRepository/podinfo infrastructure/sources/jetstack.yaml#1:10')
    expect(found).toContain('HelmRelease/cert-manager infrastructure/base/cert-manager/release.yaml#0:2')
    expect(found).toContain('ClusterIssuer/internal infrastructure/base/cert-manager/issuer.yaml#0:1')
  })

  test('nothing had to be left out', () => {
    expect(detected.skipped).toEqual([])
  })
})

describe('a Flux repository of OCIRepositories', () => {
  const files = readLayout('flux-oci')
  const detected = detectText(files)

  test('the tag and the digest beside it are one pin, installed by the release that references it', () => {
    const pin = only(detected, 'grafana')
    expect(short(pin)).toBe(
      'grafana 8.15.0 flux-ocirepository oci oci://registry.example.com/grafana/helm-charts/grafana kubernetes/apps/observability/grafana/app/ocirepository.yaml:12:10 null',
    )
    expect(pin.digest).toMatchObject({ value: `sha256:${'1'.repeat(64)}`, place: { line: 13, column: 13 } })
    expect(pin.installs).toMatchObject([{ name: 'grafana', namespace: 'observability', crds: 'skipped' }])
    expectRanges(files, detected)
  })

  test('a semver range is no pin, and is said to float', () => {
    expect(detected.skipped).toEqual([
      {
        file: 'kubernetes/apps/network/floating/ocirepository.yaml',
        line: 7,
        reason: 'gateway-helm: the version >= 1.8.0 is a range or a floating name: nothing to edit',
      },
    ])
  })

  test('a patch that sets the CRD policy of releases from outside makes it unknown', () => {
    const patch =
      'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec:\n  patches:\n    - patch: |\n        kind: HelmRelease\n        spec:\n          upgrade:\n            crds: CreateReplace\n'
    expect(only(detectText({ ...files, 'ks.yaml': patch }), 'grafana').installs[0]?.crds).toBe('unknown')
  })

  test('a release name longer than 53 characters is shortened with a hash, as helm-controller does', () => {
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a-release-with-quite-a-long-name, namespace: flux-system}\nspec:\n  targetNamespace: a-namespace-with-a-long-name\n  chart: {spec: {chart: c, version: 1.0.0, sourceRef: {kind: HelmRepository, name: c}}}\n`
    const pin = only(detectText({ 'release.yaml': release }), 'c')
    expect(pin.installs[0]?.name).toMatch(/^a-namespace-with-a-long-name-a-release-w-[0-9a-f]{12}$/)
    expect(pin.source).toMatchObject({ type: 'unknown', reason: 'HelmRepository c is not in this repository' })
  })
})

describe('sources of one name', () => {
  const release = (chart: string) =>
    `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: ${chart}, namespace: apps}\nspec: {chart: {spec: {chart: ${chart}, version: 1.0.0, sourceRef: {kind: HelmRepository, name: shared}}}}\n`
  const repository = (url: string, namespace = 'apps') =>
    `apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: shared, namespace: ${namespace}}\nspec: {url: ${url}}\n`

  test('the nearest folder wins', () => {
    const { pins } = detectText({
      'clusters/dev/app.yaml': release('one'),
      'clusters/dev/sources/repo.yaml': repository('https://dev.example.com'),
      'clusters/prod/sources/repo.yaml': repository('https://prod.example.com'),
    })
    expect(pins.map(({ source, environment }) => [source.url, environment])).toEqual([
      ['https://dev.example.com', 'dev'],
    ])
  })

  test('the same namespace wins over a nearer folder', () => {
    const { pins } = detectText({
      'apps/one/app.yaml': release('one'),
      'apps/one/repo.yaml': repository('https://other.example.com', 'elsewhere'),
      'sources/repo.yaml': repository('https://apps.example.com'),
    })
    expect(pins[0]?.source.url).toBe('https://apps.example.com')
  })

  test('a namespace that is written on both sides wins over one that is not', () => {
    const { pins } = detectText({
      'apps/one/app.yaml': release('one'),
      'apps/one/repo.yaml': repository('https://other.example.com').replace(', namespace: apps', ''),
      'sources/repo.yaml': repository('https://apps.example.com'),
    })
    expect(pins[0]?.source.url).toBe('https://apps.example.com')
  })

  test('two that are equally near and disagree leave the source unknown, and say which they are', () => {
    const { pins } = detectText({
      'apps/one.yaml': release('one'),
      'sources/a.yaml': repository('https://a.example.com'),
      'other/b.yaml': repository('https://b.example.com'),
    })
    expect(pins[0]?.source).toEqual({
      type: 'unknown',
      url: null,
      chart: 'one',
      reason: 'several HelmRepository objects are called shared: sources/a.yaml, other/b.yaml',
    })
  })
})

describe('an Argo CD repository with several sources', () => {
  const files = readLayout('argocd-multisource')
  const detected = detectText(files)

  test('charts are pins, git sources are not, and a range is said to float', () => {
    expect(detected.pins.map(short)).toEqual([
      'ingress-nginx 4.11.2 argocd-application helm https://charts.example.com/ingress clusters/prod/argocd/ingress-nginx.yaml:14:23 prod',
      'redis 20.1.0 argocd-application oci oci://registry.example.com/charts/redis clusters/prod/argocd/redis.yaml:11:22 prod',
    ])
    expect(detected.skipped).toEqual([
      {
        file: 'clusters/prod/argocd/redis.yaml',
        line: 29,
        reason: 'floats: the version 2.* is a range or a floating name: nothing to edit',
      },
    ])
    expectRanges(files, detected)
  })

  test('values are layered as Argo CD does, with lines of the outer file, and missing files are said', () => {
    const [install] = only(detected, 'ingress-nginx').installs
    expect(install).toMatchObject({ name: 'ingress-nginx', namespace: 'ingress-nginx', crds: 'applied-client-side' })
    expect(install?.values).toMatchObject([
      { kind: 'values', file: 'values/ingress/common.yaml' },
      { kind: 'missing', line: 19, reason: 'the values file values/ingress/gone.yaml is not in this repository' },
      { kind: 'missing', line: 20, reason: 'the values file values-from-the-chart.yaml lies inside the chart' },
      { kind: 'values', tree: { controller: { replicaCount: 2, ingressClass: 'nginx' } } },
      { kind: 'parameter', line: 27, key: 'controller.service.type', value: 'LoadBalancer', asString: false },
      { kind: 'parameter', line: 29, key: 'controller.podAnnotations.build', value: '42', asString: true },
    ])
    expect(lineOf(install?.values[0], 'controller', 'tolerations', 0, 'operator')).toBe(7)
    expect(lineOf(install?.values[3], 'controller')).toBe(22)
    expect(lineOf(install?.values[3], 'controller', 'ingressClass')).toBe(25)
  })

  test('a valuesObject takes the place of values', () => {
    const [install] = only(detected, 'redis').installs
    expect(install).toMatchObject({ name: 'redis', namespace: 'cache', crds: 'skipped' })
    expect(install?.values).toMatchObject([{ kind: 'values', tree: { architecture: 'standalone' } }])
    expect(install?.values).toHaveLength(1)
  })
})

describe('a kustomization', () => {
  const files = readLayout('kustomize')
  const detected = detectText(files)
  const file = 'overlays/staging/kustomization.yaml'

  test('charts and images are pins; a digest moves with its tag or is the version', () => {
    expect(detected.pins.map(short)).toEqual([
      `external-dns 1.14.5 kustomize-helmcharts helm https://charts.example.com/dns ${file}:7:14 staging`,
      `reloader 1.1.0 kustomize-helmcharts oci oci://registry.example.com/charts/reloader ${file}:17:14 staging`,
      `nginx 1.27.1 kustomize-image docker docker.io/library/nginx ${file}:20:14 staging`,
      `shop v2.3.0 kustomize-image docker registry.example.com/team/shop ${file}:23:13 staging`,
      `agent sha256:${'3'.repeat(64)} kustomize-image docker quay.example.com/tools/agent ${file}:25:51 staging`,
    ])
    expect(only(detected, 'shop').digest?.value).toBe(`sha256:${'2'.repeat(64)}`)
    expectRanges(files, detected)
  })

  test('a floating tag is said', () => {
    expect(detected.skipped).toEqual([{ file, line: 26, reason: 'proxy: the tag latest is floating: nothing to edit' }])
  })

  test('valuesInline goes over valuesFile, additional files over both', () => {
    const [install] = only(detected, 'external-dns').installs
    expect(install).toMatchObject({ engine: 'kustomize', name: 'dns', namespace: 'web', crds: 'applied' })
    expect(install?.values.map(layer => layer.kind === 'values' && layer.tree)).toEqual([
      { logLevel: 'debug' },
      { provider: { name: 'coredns' } },
      { interval: '1m' },
    ])
    expect(only(detected, 'reloader').installs[0]).toMatchObject({ name: 'reloader', crds: 'skipped', values: [] })
  })
})

describe('an umbrella chart', () => {
  const detected = detectText(readLayout('umbrella'))

  test('exact dependencies are pins, an alias has an unknown source, the others are said', () => {
    expect(detected.pins.map(short)).toEqual([
      'loki 6.10.0 chart-dependency helm https://charts.example.com/grafana charts/platform/Chart.yaml:6:14 null',
      'common 2.31.1 chart-dependency oci oci://registry.example.com/bitnami/common charts/platform/Chart.yaml:9:14 null',
      'house 1.0.0 chart-dependency unknown null charts/platform/Chart.yaml:12:14 null',
    ])
    expect(detected.skipped.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '14 local: file://../local lies beside the chart: no versions to look for',
      '17 ranged: the version ^1.2.0 is a range or a floating name: nothing to edit',
    ])
  })

  test('templates of a chart are no resources, and nobody is told', () => {
    expect(detected.resources).toEqual([])
  })
})

const APPLICATION = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app}
spec:
  destination: {namespace: app}
  source: {repoURL: https://charts.example.com, chart: app, targetRevision: 1.2.3}
`

describe('how people write YAML', () => {
  const cases: Record<string, { text: string; line: number; column: number }> = {
    'flow style': { text: APPLICATION, line: 6, column: 77 },
    'Windows line ends': { text: APPLICATION.replaceAll('\n', '\r\n'), line: 6, column: 77 },
    'a byte order mark': { text: `\uFEFF${APPLICATION}`, line: 6, column: 77 },
    'single quotes': { text: APPLICATION.replace('1.2.3', "'1.2.3'"), line: 6, column: 78 },
    'the third document': { text: `a: 1\n---\n# nothing\n--- # here\n${APPLICATION}`, line: 10, column: 77 },
    'an anchor': { text: APPLICATION.replace('1.2.3', '&v 1.2.3'), line: 6, column: 80 },
    'an alias': { text: `x-version: &v 1.2.3\n${APPLICATION.replace('1.2.3', '*v')}`, line: 1, column: 15 },
    'a block scalar': {
      text: APPLICATION.replace(
        / {2}source.*/,
        '  source:\n    repoURL: https://charts.example.com\n    chart: app\n    targetRevision: >-\n      1.2.3',
      ),
      line: 10,
      column: 7,
    },
    'a merge key': {
      text: `x-common: &common\n  targetRevision: 1.2.3\n${APPLICATION.replace('targetRevision: 1.2.3', '<<: *common')}`,
      line: 2,
      column: 19,
    },
    'an item of a List': {
      text: `apiVersion: v1\nkind: List\nitems:\n  - ${APPLICATION.trim().replaceAll('\n', '\n    ')}\n`,
      line: 9,
      column: 81,
    },
  }
  for (const [name, { text, line, column }] of Object.entries(cases))
    test(`${name}: the pin is the content of the scalar`, () => {
      const files = { 'app.yaml': text }
      const detected = detectText(files)
      expect(detected.pins.map(({ version, place }) => [version, place.line, place.column])).toEqual([
        ['1.2.3', line, column],
      ])
      expect(detected.resources.map(({ kind }) => kind)).toContain('Application')
      expectRanges(files, detected)
    })

  test('a byte order mark takes no column on the first line', () => {
    const files = { 'k.yaml': '\uFEFFimages: [{name: nginx, newTag: v1}]\n' }
    const detected = detectText(files)
    expect(detected.pins.map(({ place }) => [place.line, place.column])).toEqual([[1, 32]])
    expectRanges(files, detected)
  })

  test('a chart in a native OCI source is its last element', () => {
    const text = APPLICATION.replace(
      'https://charts.example.com, chart: app',
      'oci://registry.example.com/charts/app, path: .',
    )
    expect(detectText({ 'a.yaml': text }).pins.map(({ source }) => source)).toEqual([
      { type: 'oci', url: 'oci://registry.example.com/charts/app', chart: 'app' },
    ])
  })

  test('a version and its digest in one scalar are split', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const files = { 'kustomization.yaml': `images:\n- name: ghcr.example.com/x/app\n  newTag: v1@${digest}\n` }
    const detected = detectText(files)
    expect(detected.pins).toMatchObject([{ version: 'v1', digest: { value: digest, place: { line: 3, column: 14 } } }])
    expectRanges(files, detected)
  })

  test('values inside quotes and folded scalars point to the scalar', () => {
    const text = APPLICATION.replace('targetRevision', 'helm: {values: "a: 1\\nb: 2\\n"}, targetRevision')
    const layer = only(detectText({ 'a.yaml': text }), 'app').installs[0]?.values[0]
    expect(layer).toMatchObject({ kind: 'values', tree: { a: 1, b: 2 } })
    expect([lineOf(layer, 'a'), lineOf(layer, 'b')]).toEqual([6, 6])
  })

  test('plain scalars mean what Helm takes them for', () => {
    const text = APPLICATION.replace(
      'targetRevision',
      'helm: {valuesObject: {a: yes, b: 0644, c: 1_0, d: "no", e: 1e3, f: 2024-01-02, g: ~}}, targetRevision',
    )
    const layer = only(detectText({ 'a.yaml': text }), 'app').installs[0]?.values[0]
    expect(layer).toMatchObject({ tree: { a: true, b: 420, c: 10, d: 'no', e: 1000, f: '2024-01-02', g: null } })
  })
})

describe('bad input', () => {
  const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(',')}]`).join('\n')}\n`
  const many = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: many}\na: &a 1\nb:\n${'- *a\n'.repeat(10_000)}`
  const bad: Record<string, { text: string; line: number | null; reason: RegExp }> = {
    'a syntax error': {
      text: 'apiVersion: v1\nkind: Secret\n  bad: indent: here\n',
      line: 3,
      reason: /^not valid YAML: /,
    },
    'an alias without an anchor': {
      text: 'apiVersion: v1\nkind: Secret\nx: *nobody\n',
      line: 3,
      reason: /unidentified alias "nobody"/,
    },
    'an alias bomb': { text: bomb, line: 1, reason: /its aliases come to \d+ values/ },
    'ten thousand aliases': { text: many, line: 1006, reason: /more than 1000 aliases/ },
    'an alias of itself': { text: 'apiVersion: v1\nkind: Secret\na: &a [*a]\n', line: 1, reason: /contains itself/ },
    'a prototype key': {
      text: 'apiVersion: v1\nkind: Secret\n__proto__: {polluted: yes}\n',
      line: 1,
      reason: /__proto__/,
    },
    'deep nesting': {
      text: `apiVersion: v1\nkind: Secret\na: ${'['.repeat(200)}${']'.repeat(200)}\n`,
      line: 1,
      reason: /deeper than 100/,
    },
    'very deep nesting': {
      text: `apiVersion: v1\nkind: Secret\na: ${'['.repeat(100_000)}\n`,
      line: 1,
      reason: /deeper than 100/,
    },
    'a file over 5 MiB': {
      text: `apiVersion: v1\nkind: Secret\nx: ${'x'.repeat(5 * 1024 * 1024)}\n`,
      line: null,
      reason: /larger than 5 MiB/,
    },
    'a templated Application': {
      text: `{{ if .x }}\n${APPLICATION}{{ end }}\nx: [\n`,
      line: 2,
      reason: /templated text that no YAML parser accepts/,
    },
  }
  for (const [name, { text, line, reason }] of Object.entries(bad))
    test(`${name} is named with its line, and everything else goes on`, () => {
      const detected = detectText({ 'bad.yaml': text, 'good.yaml': APPLICATION })
      expect(detected.pins.map(({ place }) => place.file)).toEqual(['good.yaml'])
      expect(detected.skipped).toEqual([{ file: 'bad.yaml', line, reason: expect.stringMatching(reason) }])
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    })

  test('a broken document costs only itself in its file', () => {
    const detected = detectText({ 'two.yaml': `apiVersion: v1\nkind: Secret\n\tbad\n---\n${APPLICATION}` })
    expect(detected.pins).toHaveLength(1)
    expect(detected.skipped).toMatchObject([{ file: 'two.yaml', line: 3 }])
  })

  test('of equal keys the last one counts, and it is the one that is edited', () => {
    const files = { 'a.yaml': APPLICATION.replace('targetRevision:', 'targetRevision: 1.0.0, targetRevision:') }
    const detected = detectText(files)
    expect(detected.pins.map(({ version, place }) => [version, place.column])).toEqual([['1.2.3', 100]])
    expectRanges(files, detected)
  })

  test('what is not ours is not spoken of', () => {
    const workflow = 'on: push\njobs: [\n'
    const template = 'apiVersion: v1\nkind: Service\nmetadata:\n  {{- include "labels" . | nindent 2 }}\n'
    expect(detectText({ 'ci.yaml': workflow, 'templates/svc.yaml': template, 'notes.md': APPLICATION })).toEqual({
      pins: [],
      resources: [],
      skipped: [],
    })
  })

  test('what the reader of the repository left out stays said', () => {
    const left = { file: 'big.bin', line: null, reason: 'not UTF-8' }
    expect(detect({ commit: 'c', files: [], skipped: [left] }, NONE).skipped).toEqual([left])
  })

  test('a patch of an Application is said to be of an unknown chart', () => {
    const patch =
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: s}\nspec:\n  source:\n    targetRevision: 2.0.0\n'
    const { pins, skipped } = detectText({ 'patch.yaml': patch })
    expect(pins).toEqual([])
    expect(skipped.map(({ file, line }) => `${file}:${line}`)).toEqual(['patch.yaml:6'])
  })
})

describe('environments', () => {
  const at = (path: string, environments: readonly EnvironmentPolicy[] = []) =>
    detectText({ [path]: APPLICATION }, { environments, ignorePaths: [] }).pins[0]?.environment
  const environment = (name: string, ...paths: string[]): EnvironmentPolicy => ({
    name,
    paths,
    kubernetes: null,
    requiredSoakTime: 0,
    approval: [],
    window: null,
    branch: null,
    cluster: null,
    health: [],
  })

  test.each([
    ['clusters/eu-west-1/apps/app.yaml', 'eu-west-1'],
    ['environments/dev/app.yaml', 'dev'],
    ['apps/x/overlays/production/app.yaml', 'production'],
    ['stages/canary/app.yaml', 'canary'],
    ['apps/staging/app.yaml', 'staging'],
    ['apps/app-prod.yaml', 'prod'],
    ['apps/base/app.yaml', null],
    ['overlays/base/app.yaml', null],
    ['apps/test-connection.yaml', null],
    ['clusters/app.yaml', null],
  ])('%s feeds %s', (path, expected) => {
    expect(at(path)).toBe(expected)
  })

  test('the policy decides when it names environments, and the first match wins', () => {
    const policy = [environment('one', 'apps/{a,b}/**'), environment('two', 'apps/**', 'clusters/*/x?.yaml')]
    expect(at('apps/b/deep/app.yaml', policy)).toBe('one')
    expect(at('apps/prod/app.yaml', policy)).toBe('two')
    expect(at('clusters/prod/x1.yaml', policy)).toBe('two')
    expect(at('clusters/prod/deep/x1.yaml', policy)).toBe(null)
  })

  test('ignored paths are not looked at', () => {
    expect(detectText({ 'old/app.yaml': APPLICATION }, { environments: [], ignorePaths: ['old/**'] }).pins).toEqual([])
  })

  test('a glob full of stars on a long path is answered at once', () => {
    expect(matchesGlob(`${'a/'.repeat(500)}b`, `${'**/*a'.repeat(20)}c`)).toBe(false)
  })
})

test('a file of the next commit that is the same object is not read again, and says the same', () => {
  let reads = 0
  const file: RepoFile = {
    path: 'dev/app.yaml',
    blob: 'b',
    get text() {
      reads += 1
      return APPLICATION
    },
  }
  const tree = (files: readonly RepoFile[]) => ({ commit: '', files, skipped: [] })
  const first = detect(tree([file]), NONE)
  const before = reads
  const other: RepoFile = { path: 'prod/app.yaml', blob: 'c', text: APPLICATION }
  expect(detect(tree([file, other]), NONE).pins).toEqual(expect.arrayContaining([...first.pins]))
  expect(reads).toBe(before)
})

test.each([
  ['nothing said', '', 'applied-client-side'],
  ['server-side', '  syncPolicy: { syncOptions: [CreateNamespace=true, ServerSideApply=true] }\n', 'applied'],
  ['replaced', '  syncPolicy: { syncOptions: [Replace=true] }\n', 'applied'],
  ['switched off', '  syncPolicy: { syncOptions: [ServerSideApply=false] }\n', 'applied-client-side'],
  ['options that are no list', '  syncPolicy: { syncOptions: Replace=true }\n', 'applied-client-side'],
])('how Argo CD applies the CRDs of a chart: %s', (_, policy, crds) => {
  const source = '  source: { repoURL: https://charts.example.com, chart: kiln, targetRevision: 1.0.0 }\n'
  const text = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: kiln }\nspec:\n${source}${policy}`
  expect(only(detectText({ 'app.yaml': text }), 'kiln').installs[0]?.crds).toBe(crds)
})
