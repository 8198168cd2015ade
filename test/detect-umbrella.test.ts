import { describe, expect, test } from 'vitest'
import type { Install } from '../src/model.ts'
import { pathKey } from '../src/text/path-key.ts'
import { detectText } from './support/detected.ts'

const CHART = `apiVersion: v2
name: pottery
version: 0.1.0
dependencies:
  - name: kiln
    version: 1.2.3
    repository: https://charts.example.com
  - name: beacon
    alias: light
    version: 3.2.0
    repository: https://charts.example.com
`

const VALUES = `kiln:
  fire: hot
  glaze: { colour: blue }
light:
  lamps: 2
global:
  region: north
`

const application = (source: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: studio-pottery }
spec:
  destination: { namespace: studio }
  source:
    repoURL: https://git.example.com/team/gitops
    targetRevision: main
    path: apps/pottery
${source}`

/** The installs of one dependency of the chart in apps/pottery. */
function installs(component: string, files: Readonly<Record<string, string>>): readonly Install[] {
  const { pins } = detectText({ 'apps/pottery/Chart.yaml': CHART, 'apps/pottery/values.yaml': VALUES, ...files })
  return pins.find(pin => pin.component === component)?.installs ?? []
}

/** What every layer holds, in its order. */
function trees({ values }: Install) {
  return values.map(layer =>
    layer.kind === 'values' ? layer.tree : layer.kind === 'parameter' ? `${layer.key}=${layer.value}` : layer.reason,
  )
}

describe('a dependency of a chart that is kept in the repository', () => {
  test('gets what stands below its name in the values of the chart, and what is global, with the lines of that file', () => {
    const [install, more] = installs('kiln', {})
    expect(more).toBeUndefined()
    expect(install).toMatchObject({
      engine: 'helm',
      name: 'pottery',
      crds: 'unknown',
      file: 'apps/pottery/Chart.yaml',
      line: 6,
    })
    expect(install && trees(install)).toEqual([{ fire: 'hot', glaze: { colour: 'blue' }, global: { region: 'north' } }])
    const [layer] = install?.values ?? []
    const lines = layer?.kind === 'values' ? layer.lines : new Map()
    expect([
      lines.get(pathKey(['fire'])),
      lines.get(pathKey(['global', 'region'])),
      lines.get(pathKey(['lamps'])),
    ]).toEqual([2, 7, undefined])
  })

  test('is called by its alias', () => {
    const [install] = installs('beacon', {})
    expect(install && trees(install)).toEqual([{ lamps: 2, global: { region: 'north' } }])
  })

  test('is installed by the Application of that path: its name, namespace, values files and parameters', () => {
    const helm = `    helm:
      valueFiles: [values-prod.yaml, /shared/common.yaml]
      valuesObject: { kiln: { fire: hotter }, other: 1 }
      parameters:
        - { name: kiln.glaze.colour, value: red }
        - { name: light.lamps, value: '3' }
        - { name: global.region, value: south }
`
    const [install] = installs('kiln', {
      'argocd/pottery.yaml': application(helm),
      'apps/pottery/values-prod.yaml': 'kiln: { shelves: 3 }\n',
      'shared/common.yaml': 'light: { lamps: 9 }\n',
    })
    expect(install).toMatchObject({
      engine: 'argocd',
      name: 'studio-pottery',
      namespace: 'studio',
      crds: 'applied-client-side',
      file: 'argocd/pottery.yaml',
    })
    expect(install && trees(install)).toEqual([
      { fire: 'hot', glaze: { colour: 'blue' }, global: { region: 'north' } },
      { shelves: 3 },
      {},
      { fire: 'hotter' },
      'glaze.colour=red',
      {},
      'global.region=south',
    ])
  })

  test('a values file that is not there is said, not left out', () => {
    const [install] = installs('kiln', {
      'argocd/pottery.yaml': application('    helm: { valueFiles: [gone.yaml] }\n'),
    })
    expect(install && trees(install)[1]).toBe('the values file apps/pottery/gone.yaml is not in this repository')
  })

  test.each([
    ['a parameter in the path', 'apps/{{ .name }}', ''],
    [
      'the folders of a git generator',
      '{{.path.path}}',
      '    - git: { directories: [{ path: apps/* }, { path: other, exclude: true }] }\n',
    ],
    ['the folders of the files of one', '{{ path }}', '    - git: { files: [{ path: apps/*/config.json }] }\n'],
  ])('is installed by an ApplicationSet: %s', (_, path, generator) => {
    const [install, more] = installs('kiln', {
      'argocd/all.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: all }
spec:
  generators:
    - list: { elements: [{ name: pottery }] }
${generator}  template:
    metadata: { name: '{{ .name }}' }
    spec:
      destination: { namespace: '{{ .name }}' }
      source:
        repoURL: https://git.example.com/team/gitops
        targetRevision: main
        path: '${path}'
        helm: { valuesObject: { kiln: { fire: '{{ .heat }}' } } }
`,
    })
    expect(more).toBeUndefined()
    expect(install).toMatchObject({ engine: 'argocd', name: 'pottery', file: 'argocd/all.yaml' })
    expect(install && trees(install)).toEqual([
      { fire: 'hot', glaze: { colour: 'blue' }, global: { region: 'north' } },
      'generators of the ApplicationSet fill in these values',
    ])
  })

  test('is not installed by what lies deeper or elsewhere', () => {
    const elsewhere = application('').replace('apps/pottery', 'apps/pottery/charts')
    expect(installs('kiln', { 'argocd/pottery.yaml': elsewhere })).toMatchObject([{ engine: 'helm' }])
  })

  test('is installed by the HelmRelease of a chart in git, with its values', () => {
    const [install] = installs('kiln', {
      'flux/pottery.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: pottery, namespace: studio }
spec:
  upgrade: { crds: CreateReplace }
  chart:
    spec:
      chart: ./apps/pottery
      sourceRef: { kind: GitRepository, name: gitops }
  values: { kiln: { fire: hottest } }
`,
    })
    expect(install).toMatchObject({ engine: 'flux', name: 'pottery', namespace: 'studio', crds: 'applied' })
    expect(install && trees(install)[1]).toEqual({ fire: 'hottest' })
  })
})
