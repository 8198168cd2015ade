import { describe, expect, test } from 'vitest'
import { detect } from '../src/detect/index.ts'
import type { Detected, Pin } from '../src/model.ts'

function detectText(files: Record<string, string>): Detected {
  const all = Object.entries(files).map(([path, text]) => ({ path, blob: path, text }))
  const detected = detect({ commit: 'c', files: all, skipped: [] }, { environments: [], ignorePaths: [] })
  for (const { place, version, digest } of detected.pins) {
    expect(files[place.file]?.slice(place.start, place.end)).toBe(version)
    if (digest) expect(files[place.file]?.slice(digest.place.start, digest.place.end)).toBe(digest.value)
  }
  return detected
}

function short({ component, kind, version, source, place }: Pin): string {
  return `${component} ${version} ${kind} ${source.type} ${source.url} ${place.file}:${place.line}:${place.column}`
}

function pinsOf(files: Record<string, string>): readonly string[] {
  return detectText(files).pins.map(short)
}

const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`]
const COMMIT = '0123456789abcdef0123456789abcdef01234567'

describe('an ApplicationSet', () => {
  const set = (generators: string, source: string) => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: s}
spec:
  generators:
${generators}
  template:
    spec:
      source: ${source}
`
  const chart = '{chart: web, repoURL: "https://charts.example.com", targetRevision: "{{ .version }}"}'

  test('has versions in its template, and in the template of a generator', () => {
    const generators = `    - list:
        elements: []
        template:
          spec:
            source: {repoURL: https://git.example.com/team/charts.git, path: web, targetRevision: web-2.1.0}`
    expect(pinsOf({ 'set.yaml': set(generators, chart.replace('{{ .version }}', '1.0.0')) })).toEqual([
      'charts web-2.1.0 argocd-applicationset git https://git.example.com/team/charts set.yaml:10:99',
      'web 1.0.0 argocd-applicationset helm https://charts.example.com set.yaml:13:84',
    ])
  })

  test('has versions in the elements of a list, however deep generators are nested', () => {
    const generators = `    - matrix:
        generators:
          - clusters: {values: {version: 3.0.0}}
          - merge:
              generators:
                - list:
                    elements:
                      - version: 1.2.3
                      - {version: 1.3.0}
                      - {name: none}`
    expect(pinsOf({ 'set.yaml': set(generators, chart) })).toEqual([
      'web 1.2.3 argocd-applicationset helm https://charts.example.com set.yaml:13:34',
      'web 1.3.0 argocd-applicationset helm https://charts.example.com set.yaml:14:35',
    ])
  })

  test('takes values of a cluster generator, and charts that are parameters too', () => {
    const generators = '    - clusters:\n        values: {chart: api, version: 3.0.0}'
    const source =
      '{chart: "{{values.chart}}", repoURL: "https://charts.example.com", targetRevision: "{{values.version}}"}'
    expect(pinsOf({ 'set.yaml': set(generators, source) })).toEqual([
      'api 3.0.0 argocd-applicationset helm https://charts.example.com set.yaml:7:39',
    ])
  })

  test('reads the files of a git generator', () => {
    const generators =
      '    - git:\n        repoURL: https://git.example.com/x\n        files: [{path: "apps/*/config.yaml"}]'
    const files = {
      'set.yaml': set(generators, chart.replace('{{ .version }}', '{{ .app.version }}')),
      'apps/a/config.yaml': 'app:\n  version: 1.4.0\n',
      'apps/b/other.yaml': 'app:\n  version: 1.5.0\n',
    }
    expect(pinsOf(files)).toEqual([
      'web 1.4.0 argocd-applicationset helm https://charts.example.com apps/a/config.yaml:2:12',
    ])
  })
})

describe('versions that come from git', () => {
  const application = (revision: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec:
  source: {repoURL: 'git@git.example.com:team/charts.git', path: web, targetRevision: ${revision}}
`
  test.each(['main', 'HEAD', 'release-2', '1.x', '>=1.0.0'])('an Application that follows %s has no pin', revision => {
    expect(pinsOf({ 'a.yaml': application(`"${revision}"`) })).toEqual([])
  })

  test('an Application at a tag or a commit has one', () => {
    expect(pinsOf({ 'a.yaml': application('v1.2.0') })).toEqual([
      'charts v1.2.0 argocd-application git https://git.example.com/team/charts a.yaml:5:87',
    ])
    expect(pinsOf({ 'a.yaml': application(COMMIT) })).toHaveLength(1)
  })

  const repository = (ref: string) =>
    `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: r}\nspec:\n  url: ssh://git@github.com/owner/repo.git\n  ref: ${ref}\n`

  test('a GitRepository: the commit wins over the tag, an exact semver counts, a range and a branch do not', () => {
    expect(pinsOf({ 'r.yaml': repository(`{tag: v1.0.0, commit: ${COMMIT}}`) })).toEqual([
      `repo ${COMMIT} flux-gitrepository git https://github.com/owner/repo r.yaml:6:30`,
    ])
    expect(pinsOf({ 'r.yaml': repository('{semver: 1.0.0}') })).toEqual([
      'repo 1.0.0 flux-gitrepository git https://github.com/owner/repo r.yaml:6:17',
    ])
    expect(pinsOf({ 'r.yaml': repository('{semver: ">=1.0.0"}') })).toEqual([])
    expect(pinsOf({ 'r.yaml': repository('{branch: main}') })).toEqual([])
  })

  test('remote resources in a list on one line', () => {
    const kustomization = 'kind: Kustomization\nresources: ["github.com/owner/repo?ref=v1.2.0", a.yaml]\n'
    expect(pinsOf({ 'kustomization.yaml': kustomization })).toEqual([
      'repo v1.2.0 kustomize-remote-resource git https://github.com/owner/repo kustomization.yaml:2:40',
    ])
  })

  test('remote resources, release assets and raw files of a kustomization, not what is commented out', () => {
    const kustomization = `resources:
  - github.com/owner/repo/config/default?ref=v1.2.0&timeout=90s
  - git::https://git.example.com/team/repo.git//crds?ref=${COMMIT}
  - https://github.com/owner/repo/releases/download/v1.2.0/install-v1.2.0.yaml
  - https://raw.githubusercontent.com/owner/repo/refs/tags/v1.2.0/crd.yaml
  - https://raw.githubusercontent.com/owner/repo/main/crd.yaml
  # - github.com/owner/repo?ref=v1.1.0
`
    expect(pinsOf({ 'kustomization.yaml': kustomization })).toEqual([
      'repo v1.2.0 kustomize-remote-resource git https://github.com/owner/repo kustomization.yaml:2:46',
      `repo ${COMMIT} kustomize-remote-resource git https://git.example.com/team/repo kustomization.yaml:3:58`,
      'repo v1.2.0 kustomize-remote-resource url https://github.com/owner/repo/releases/download/v1.2.0/install-v1.2.0.yaml kustomization.yaml:4:53',
      'repo v1.2.0 kustomize-remote-resource url https://github.com/owner/repo/releases/download/v1.2.0/install-v1.2.0.yaml kustomization.yaml:4:68',
      'repo v1.2.0 kustomize-remote-resource url https://raw.githubusercontent.com/owner/repo/refs/tags/v1.2.0/crd.yaml kustomization.yaml:5:60',
    ])
  })
})

describe('other formats', () => {
  test('the HelmRelease of the first Flux names its repository itself', () => {
    const release = `apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata: {name: r, namespace: web}
spec:
  chart: {repository: 'https://charts.example.com/', name: web, version: 1.2.3}
  values: {a: 1}
`
    const { pins } = detectText({ 'r.yaml': release })
    expect(pins.map(short)).toEqual(['web 1.2.3 flux-helmrelease helm https://charts.example.com r.yaml:5:74'])
    expect(pins[0]?.installs).toMatchObject([{ name: 'r', namespace: 'web', engine: 'flux' }])
  })

  test('a Subscription has the version it starts with, and a channel that names a line of versions', () => {
    const subscription = (channel: string) =>
      `apiVersion: operators.coreos.com/v1alpha1\nkind: Subscription\nmetadata: {name: s}\nspec:\n  channel: ${channel}\n  name: etcd\n  source: community\n  startingCSV: etcd.v0.9.4\n`
    expect(pinsOf({ 's.yaml': subscription('stable-0.9') })).toEqual([
      'etcd stable-0.9 other olm community s.yaml:5:12',
      'etcd etcd.v0.9.4 other olm community s.yaml:8:16',
    ])
    expect(pinsOf({ 's.yaml': subscription('stable') })).toHaveLength(1)
  })

  test('a requirements.yaml holds the dependencies of a chart for Helm 2', () => {
    const text = 'dependencies:\n- name: web\n  version: 1.2.3\n  repository: https://charts.example.com\n'
    expect(pinsOf({ 'requirements.yaml': text })).toEqual([
      'web 1.2.3 chart-dependency helm https://charts.example.com requirements.yaml:3:12',
    ])
  })

  test('a version that Flux fills in is a pin where the variable gets its value, in each cluster', () => {
    const files = {
      'apps/release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  chart: {spec: {chart: web, version: "\${WEB_VERSION}", sourceRef: {kind: HelmRepository, name: charts}}}
  values:
    image: registry.example.com/web:\${WEB_TAG:=1.0.0}
`,
      'apps/repository.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: web}
spec: {url: https://charts.example.com}
`,
      'clusters/prod/apps.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps}
spec: {postBuild: {substitute: {WEB_VERSION: 1.2.3, HOST: prod-1.example.com}}}
`,
      'clusters/dev/settings.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {WEB_VERSION: 1.3.0, WEB_TAG: 2.0.1}
`,
    }
    const { pins } = detectText(files)
    expect(pins.map(pin => `${short(pin)} ${pin.environment}`)).toEqual([
      'web 1.3.0 flux-helmrelease helm https://charts.example.com clusters/dev/settings.yaml:4:21 dev',
      'web 2.0.1 helm-values-image docker registry.example.com/web clusters/dev/settings.yaml:4:37 dev',
      'web 1.2.3 flux-helmrelease helm https://charts.example.com clusters/prod/apps.yaml:4:46 prod',
    ])
  })

  test('a variable that nothing here gives a value is said to be filled in elsewhere', () => {
    const chart = `apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: o}\nspec: {url: 'oci://r.example.com/o', ref: {tag: "\${TAG}"}}\n`
    expect(detectText({ 'o.yaml': chart })).toMatchObject({
      pins: [],
      skipped: [{ file: 'o.yaml', line: 4, reason: expect.stringContaining('filled in elsewhere') }],
    })
  })
})

describe('images', () => {
  const values = (text: string) => pinsOf({ 'values.yaml': text })

  test.each([
    ['registry, repository and tag', 'image:\n  registry: r.example.com\n  repository: team/web\n  tag: 1.2.3\n'],
    ['a repository with its registry', 'image: {repository: r.example.com/team/web, tag: "1.2.3"}\n'],
    ['keys with a front of their own', 'webImageRepository: r.example.com/team/web\nwebImageTag: 1.2.3\n'],
    ['one text', "image: 'r.example.com/team/web:1.2.3'\n"],
    ['an argument', 'args:\n  - --image=r.example.com/team/web:1.2.3\n'],
    ['JSON in a text', `config: '{"image": "r.example.com/team/web:1.2.3"}'\n`],
    ['a list', 'images:\n  - r.example.com/team/web:1.2.3 # why\n'],
    ['text within text', 'values: |\n  image:\n    repository: r.example.com/team/web\n    tag: 1.2.3\n'],
    ['Windows line ends', 'image:\r\n  repository: r.example.com/team/web\r\n  tag: 1.2.3\r\n'],
    ['a version beside a name', 'image: r.example.com/team/web\nversion: 1.2.3\n'],
    ['a template around it', 'image:\n{{- if .x }}\n  repository: r.example.com/team/web\n{{- end }}\n  tag: 1.2.3\n'],
  ])('are found as %s', (_, text) => {
    expect(values(text)).toEqual([
      expect.stringMatching(/^web 1\.2\.3 helm-values-image docker r\.example\.com\/team\/web values\.yaml/),
    ])
  })

  test('a digest beside the tag, behind it, or without any', () => {
    const found = (text: string) =>
      detectText({ 'values.yaml': text }).pins.map(pin => [pin.version, pin.digest?.value])
    expect(found(`image: {repository: r.example.com/web, tag: v1, digest: "${one}"}\n`)).toEqual([['v1', one]])
    expect(found(`image: {repository: r.example.com/web, tag: "v1@${one}"}\n`)).toEqual([['v1', one]])
    expect(found(`image: r.example.com/web:v1@${one}\n`)).toEqual([['v1', one]])
    expect(found(`image: r.example.com/web@${two}\n`)).toEqual([[two, undefined]])
    expect(found(`image: {repository: web@sha256, tag: ${'1'.repeat(64)}}\n`)).toEqual([['1'.repeat(64), undefined]])
  })

  test('a tag without a name is known by what it stands in', () => {
    const { pins } = detectText({ 'apps/shop/values.yaml': 'controller:\n  image:\n    tag: 1.2.3\n' })
    expect(pins).toMatchObject([{ component: 'controller', source: { type: 'unknown' }, aliases: ['shop'] }])
  })

  test('a tag beside a hub is that of all images below it', () => {
    const mesh = 'spec:\n  hub: r.example.com/team/mesh\n  tag: 1.2.3-a.1\n'
    expect(detectText({ 'mesh.yaml': mesh }).pins).toMatchObject([
      { component: 'mesh', version: '1.2.3-a.1', source: { type: 'unknown' }, aliases: ['r.example.com/team/mesh'] },
    ])
    expect(values('hub: mesh\ntag: 1.2.3\n')).toEqual([])
    expect(values('hub: r.example.com/mesh\nimageTag: 1.2.3\n')).toEqual([])
    expect(values('hub: r.example.com\nimage: team/web\ntag: 1.2.3\n')).toEqual([
      expect.stringMatching(/^web 1\.2\.3 helm-values-image docker r\.example\.com\/team\/web /),
    ])
  })

  test.each([
    ['a channel', 'image: r.example.com/web:latest\n'],
    ['no tag', 'image: {repository: r.example.com/web, tag: ""}\n'],
    ['a URL', 'url: https://r.example.com/web:8080/x\n'],
    ['a comment', '# image: r.example.com/web:1.2.3\nx: 1 # r.example.com/web:1.2.3\n'],
    ['a template', 'image: "r.example.com/web:{{ .Values.tag }}"\n'],
    ['a tag of something else', 'release:\n  tag: 1.2.3\n'],
    ['what Artifact Hub shows', 'annotations:\n  artifacthub.io/images: |\n    - image: r.example.com/web:1.2.3\n'],
    ['the version of the API', 'apiVersion: v1\nkind: Pod\nimage: r.example.com/web\n'],
  ])('%s is none', (_, text) => {
    expect(values(text)).toEqual([])
  })

  test('in manifests of any kind, with the version field that repeats the tag', () => {
    const cluster = `apiVersion: config.example.com/v1
kind: ClusterVersion
metadata: {name: version}
spec:
  desiredUpdate:
    image: r.example.com/release:4.12.0-0.okd-2023
    version: 4.12.0-0.okd-2023
`
    expect(pinsOf({ 'cv.yaml': cluster })).toEqual([
      'release 4.12.0-0.okd-2023 raw-manifest-image docker r.example.com/release cv.yaml:6:34',
      'release 4.12.0-0.okd-2023 raw-manifest-image docker r.example.com/release cv.yaml:7:14',
    ])
  })
})

test('a chart template that no YAML parser accepts still has its pins, at their exact places', () => {
  const template = `{{- if .Values.enabled }}
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: {{ include "name" . }}
  labels: {{- include "labels" . | nindent 4 }}
    app: x
spec:
  url: https://github.com/owner/repo
  ref:
    tag: v1.2.3 # {{ .Values.note }}
{{- end }}
`
  const { pins, resources } = detectText({ 'templates/repository.yaml': template })
  expect(pins.map(short)).toEqual([
    'repo v1.2.3 flux-gitrepository git https://github.com/owner/repo templates/repository.yaml:11:10',
  ])
  expect(resources).toEqual([])
})

test('a CRD is known by its head, and its schema is read when somebody looks', () => {
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: webs.example.com
spec:
  group: example.com
`
  const [resource] = detectText({ 'crd.yaml': crd }).resources
  expect(resource).toMatchObject({ kind: 'CustomResourceDefinition', name: 'webs.example.com', line: 1 })
  expect(resource?.body.spec).toEqual({ group: 'example.com' })
})
