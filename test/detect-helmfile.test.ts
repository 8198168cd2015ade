import { describe, expect, test } from 'vitest'
import { detectText, expectRanges, notes, readLayout, short } from './support/detected.ts'

describe('a templated helmfile with bases, environments and OCI repositories', () => {
  const files = readLayout('helmfile')
  const detected = detectText(files)

  test('every version is a pin where it stands, state values of every environment included', () => {
    expect(detected.pins.map(short)).toEqual([
      'cert-manager v1.14.7 helmfile helm https://charts.example.com/jetstack bases/environments.yaml:8:20 null',
      'gateway-helm 1.2.0 helmfile oci oci://registry.example.com/envoy/gateway-helm helmfile.d/00-crds.yaml:5:14 null',
      'reloader 1.0.115 helmfile oci oci://registry.example.com/charts/reloader helmfile.yaml.gotmpl:20:14 null',
      'external-dns 1.14.5 helmfile oci oci://registry.example.com/charts/external-dns helmfile.yaml.gotmpl:31:15 null',
      'cert-manager v1.15.3 helmfile helm https://charts.example.com/jetstack values/staging.yaml:2:12 staging',
    ])
    expectRanges(files, detected)
  })

  test('a chart is known by its repository alias too', () => {
    expect(detected.pins.map(({ aliases }) => aliases)).toContainEqual(['tools/external-dns'])
  })

  test('values come from files and from the release, and templated ones are said to be missing', () => {
    const values = (component: string) =>
      detected.pins.find(pin => pin.component === component)?.installs.flatMap(install => install.values)
    expect(values('external-dns')).toMatchObject([
      { kind: 'values', file: 'values/external-dns.yaml', tree: { policy: 'sync' } },
      { kind: 'values', file: 'helmfile.yaml.gotmpl', tree: { replicaCount: 2 } },
    ])
    expect(values('cert-manager')?.[0]).toMatchObject({ kind: 'missing', line: 27 })
  })

  test('a release that names no version is a note, one of a chart beside the helmfile is none', () => {
    expect(notes(detected)).toEqual([
      'helmfile.yaml.gotmpl:40 tools/floating: no version is given, so the newest is taken: nothing to edit',
    ])
  })
})

const RELEASE = (version: string) => `releases:\n  - name: a\n    chart: r/a\n    version: ${version}\n`

test.each([
  ['a function', '{{ env "VERSION" }}', 'computed by a template'],
  ['a value of no environment', '{{ .Values.a.version }}', 'no environment of this helmfile gives a.version'],
  ['a range', '"~1.2"', 'is a range or a floating name'],
])('a version from %s is a note', (_, version, reason) => {
  const detected = detectText({ 'helmfile.yaml': RELEASE(version) })
  expect(detected.pins).toEqual([])
  expect(notes(detected)).toEqual([expect.stringContaining(reason)])
})

test('a chart of a repository that nobody names has an unknown source, and its pin stays', () => {
  expect(detectText({ 'helmfile.yaml': RELEASE('1.2.3') }).pins).toMatchObject([
    { version: '1.2.3', source: { type: 'unknown', reason: 'no repository of this helmfile is called r' } },
  ])
})

test('bases that name each other end', () => {
  const base = (other: string) => `bases: [${other}]\n${RELEASE('1.2.3')}`
  expect(detectText({ 'a.yaml': base('b.yaml'), 'b.yaml': base('a.yaml') }).pins).toHaveLength(2)
})

test('a helmfile that no parser accepts is named', () => {
  const detected = detectText({ 'helmfile.yaml': 'releases:\n  - name: [\n   x: }\n' })
  expect(notes(detected)).toEqual([expect.stringContaining('looks like a helmfile')])
})
