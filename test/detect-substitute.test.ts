// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Flux writes its variables like this
import { describe, expect, test } from 'vitest'
import { substitute } from '../src/detect/substitute.ts'
import { detectText } from './support/detected.ts'

describe('variables in a text', () => {
  const variables = new Map([
    ['NAME', 'kiln'],
    ['EMPTY', ''],
  ])
  test.each([
    ['a ${NAME} b', 'a kiln b'],
    ['${NAME}${NAME}', 'kilnkiln'],
    ['${OTHER:=stove}', 'stove'],
    ['${OTHER:-a b/c}', 'a b/c'],
    ['${EMPTY:-full}', 'full'],
    ['${EMPTY-full}', ''],
    ['${NAME:=other}', 'kiln'],
    ['${UNKNOWN}', '${UNKNOWN}'],
    ['$${NAME}', '${NAME}'],
    ['$NAME', '$NAME'],
    ['${1NAME}', '${1NAME}'],
    ['${NAME', '${NAME'],
  ])('%s becomes %s', (text, wanted) => {
    expect(substitute(text, variables)).toBe(wanted)
  })

  test('hostile text costs no time', () => {
    expect(substitute('${A:='.repeat(50_000), variables)).toHaveLength(250_000)
  })
})

const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: kiln, namespace: studio }
spec:
  chart:
    spec:
      chart: kiln
      version: 1.2.3
      sourceRef: { kind: HelmRepository, name: charts }
  values:
    replicas: \${REPLICAS}
    host: 'kiln.\${DOMAIN}'
    quoted: '\${REPLICAS}'
    mode: \${MODE:=slow}
    secret: \${TOKEN}
`

const build = (path: string, postBuild: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: studio, namespace: flux-system }
spec:
  path: ${path}
${postBuild}`

const SETTINGS = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: flux-system }
data: { DOMAIN: example.com, REPLICAS: '9' }
`

const FROM = `  postBuild:
    substitute: { REPLICAS: '3' }
    substituteFrom:
      - { kind: ConfigMap, name: settings }
      - { kind: Secret, name: tokens }
`

/** The values of the one release, with these files beside it. */
function values(files: Readonly<Record<string, string>>) {
  const { pins } = detectText({ 'apps/kiln/release.yaml': RELEASE, ...files })
  const [layer] = pins.find(({ component }) => component === 'kiln')?.installs[0]?.values ?? []
  return layer?.kind === 'values' ? layer.tree : layer?.kind === 'missing' ? layer.reason : layer
}

describe('values of a HelmRelease that a Kustomization builds', () => {
  test('are read after its variables are replaced: typed as YAML, from ConfigMaps too, and what a Secret holds stays', () => {
    expect(
      values({ 'clusters/dev/studio.yaml': build('./apps/kiln', FROM), 'clusters/dev/settings.yaml': SETTINGS }),
    ).toEqual({
      replicas: 3,
      host: 'kiln.example.com',
      quoted: '3',
      mode: 'slow',
      secret: '${TOKEN}',
    })
  })

  test('stay as written where nothing replaces variables, or somebody else builds the folder', () => {
    const asWritten = expect.objectContaining({ replicas: '${REPLICAS}', mode: '${MODE:=slow}' })
    expect(values({})).toEqual(asWritten)
    expect(values({ 'clusters/dev/studio.yaml': build('./apps/kiln', '') })).toEqual(asWritten)
    expect(values({ 'clusters/dev/studio.yaml': build('./apps/other', FROM) })).toEqual(asWritten)
  })

  test('a nearer Kustomization counts, and of several that build one folder what they agree on', () => {
    const near = {
      'a.yaml': build('apps', "  postBuild: { substitute: { REPLICAS: '1' } }\n"),
      'b.yaml': build('./apps/kiln/', "  postBuild: { substitute: { REPLICAS: '2' } }\n"),
    }
    expect(values(near)).toMatchObject({ replicas: 2 })
    expect(
      values({ ...near, 'c.yaml': build('apps/kiln', "  postBuild: { substitute: { REPLICAS: '5' } }\n") }),
    ).toMatchObject({
      replicas: '${REPLICAS}',
    })
  })

  test('that are no YAML any more are said to be missing, with the reason', () => {
    const broken = build('apps/kiln', '  postBuild: { substitute: { REPLICAS: "[" } }\n')
    expect(values({ 'a.yaml': broken })).toMatch(/^these values are .* once Flux has replaced their variables$/)
  })
})
