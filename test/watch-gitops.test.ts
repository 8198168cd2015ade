import { expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../src/config.ts'
import { detect } from '../src/detect/index.ts'
import { gitopsFacts, releasesOf } from '../src/watch/index.ts'

function detected(files: Readonly<Record<string, string>>) {
  const tree = Object.entries(files).map(([path, text]) => ({ path, text, blob: path }))
  return detect({ commit: 'c'.repeat(40), files: tree, skipped: [] }, DEFAULT_POLICY)
}

const facts = (files: Readonly<Record<string, string>>) => gitopsFacts(detected(files))
const MINUTE = 60_000

const kustomization = (spec: string) =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: apps\n  namespace: flux-system\nspec:\n${spec}`

test.each<[string, string, boolean, number]>([
  ['interval: 10m\n  timeout: 5m\n  retryInterval: 2m\n  wait: true', 'waits', true, 19 * MINUTE],
  ['interval: 1h\n  timeout: 5m\n  retryInterval: 2m\n  wait: false', 'does not', false, 69 * MINUTE],
  ['interval: 10m', 'has all its defaults', false, 40 * MINUTE],
  ['interval: 1h30m\n  timeout: 90s\n  retryInterval: 30s\n  wait: "true"', 'says it wrongly', false, 92.5 * MINUTE],
  ['interval: sometimes\n  timeout: 5m\n  retryInterval: 1m', 'has an interval that is none', false, 17 * MINUTE],
  [
    'interval: 10m\n  timeout: 1m\n  retryInterval: 1m\n  healthChecks:\n    - kind: Deployment\n      name: beacon',
    'has health checks',
    true,
    13 * MINUTE,
  ],
  ['interval: 10m\n  timeout: 1m\n  retryInterval: 1m\n  healthChecks: []', 'has none', false, 13 * MINUTE],
])('a Kustomization of %j %s', (spec, _, waits, patience) => {
  expect(facts({ 'clusters/dev/apps.yaml': kustomization(`  ${spec}\n`) }).objects).toEqual([
    { kind: 'Kustomization', name: 'apps', environment: 'dev', waits, patience },
  ])
})

test.each<[string, boolean, number]>([
  ['interval: 30m', true, 35 * MINUTE],
  ['interval: 30m\n  timeout: 15m\n  upgrade:\n    disableWait: true', false, 45 * MINUTE],
  [
    'interval: 30m\n  upgrade:\n    timeout: 10m\n    strategy:\n      name: RetryOnFailure\n      retryInterval: 3m',
    true,
    46 * MINUTE,
  ],
])('a HelmRelease of %j', (spec, waits, patience) => {
  const text = `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: beacon\nspec:\n  ${spec}\n`
  expect(facts({ 'clusters/dev/beacon.yaml': text }).objects).toEqual([
    { kind: 'HelmRelease', name: 'beacon', environment: 'dev', waits, patience },
  ])
})

test('a patch of a Kustomization says nothing about whether the whole one waits', () => {
  const files = {
    'clusters/dev/apps.yaml': kustomization('  interval: 10m\n  wait: true\n'),
    'clusters/dev/patch.yaml': kustomization('  path: ./dev\n'),
  }
  expect(facts(files).objects).toMatchObject([{ name: 'apps', waits: true }])
})

test('a kustomization of Kustomize and a chart of Helm are not objects of Flux', () => {
  expect(
    facts({
      'dev/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata:\n  name: x\n',
    }).objects,
  ).toEqual([])
})

const GOTK = (version: string) => `apiVersion: v1
kind: Namespace
metadata:
  labels:
    app.kubernetes.io/part-of: flux
    app.kubernetes.io/version: ${version}
  name: flux-system
`
const instance = (version: string) =>
  `apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata:\n  name: flux\nspec:\n  distribution:\n    version: ${version}\n`
const controller = (image: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: notification-controller\n  namespace: flux-system\nspec:\n  template:\n    spec:\n      containers:\n        - name: manager\n          image: ${image}\n`
const chart = (version: string) =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: flux-instance\nspec:\n  values:\n    instance:\n      distribution:\n        version: ${version}\n`

test.each<[string, string, string, string]>([
  ['gotk-components.yaml', GOTK('v2.8.3'), 'v2.8.3', '2.8.3'],
  ['a FluxInstance', instance('2.9.x'), '2.9.x', '2.9.0'],
  ['a FluxInstance that takes any 2', instance('2.x'), '2.x', '2.0.0'],
  ['a FluxInstance from a chart', chart('">=2.9.1"'), '>=2.9.1', '2.9.1'],
  ['the image of the controller', controller('ghcr.io/fluxcd/notification-controller:v1.9.3'), '2.9.0', '2.9.0'],
])('the version of Flux stands in %s', (_, text, written, least) => {
  expect(facts({ 'clusters/dev/flux-system/flux.yaml': text }).flux).toEqual([{ written, least, environment: 'dev' }])
})

test.each([
  ['a namespace that is not of Flux', 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: flux-system\n'],
  ['a version that is none', instance('latest')],
  ['an image with only a digest', controller(`ghcr.io/fluxcd/notification-controller@sha256:${'0'.repeat(64)}`)],
])('%s says no version', (_, text) => {
  expect(facts({ 'clusters/dev/flux.yaml': text }).flux).toEqual([])
})

test('the manifests of Flux by reference carry its version', () => {
  const text =
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - github.com/fluxcd/flux2/manifests/install?ref=v2.7.5\n'
  expect(facts({ 'clusters/prod/kustomization.yaml': text }).flux).toEqual([
    { written: 'v2.7.5', least: '2.7.5', environment: 'prod' },
  ])
})

test('counts the sources of an Application, and finds GitOps Promoter', () => {
  const one =
    'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: one\nspec:\n  source:\n    path: x\n'
  const two =
    'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: two\nspec:\n  sources:\n    - path: x\n    - ref: values\n'
  const strategy = 'apiVersion: promoter.argoproj.io/v1alpha1\nkind: PromotionStrategy\nmetadata:\n  name: demo\n'
  const found = facts({ 'dev/one.yaml': one, 'dev/two.yaml': two, 'promoter.yaml': strategy })
  expect(found.applications.map(({ name, sources }) => [name, sources])).toEqual([
    ['one', 1],
    ['two', 2],
  ])
  expect(found.promoter).toBe('promoter.yaml')
})

test('knows the HelmRelease objects behind a pin, which need not be called as the release', () => {
  const text = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: lighthouse
spec:
  releaseName: other
  chart:
    spec:
      chart: beacon
      version: 1.0.0
      sourceRef:
        kind: HelmRepository
        name: charts
`
  const { pins, resources } = detected({
    'dev/beacon.yaml': text,
    'dev/other.yaml': text.replace('lighthouse', 'plain'),
  })
  const pin = pins.find(({ place }) => place.file === 'dev/beacon.yaml')
  expect(releasesOf(pin?.installs ?? [], resources)).toEqual(['lighthouse'])
})
