import { expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../src/config.ts'
import { environmentsFed } from '../src/detect/index.ts'
import { anEnvironment } from './support/plans.ts'

const files = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([path, text]) => ({ path, blob: path, text }))

const fed = (file: string, texts: Readonly<Record<string, string>>, environments = DEFAULT_POLICY.environments) =>
  environmentsFed(file, files(texts), environments)

const OVERLAYS = {
  'apps/base/beacon/release.yaml': 'kind: HelmRelease',
  'apps/base/beacon/kustomization.yaml': 'resources: [release.yaml]',
  'apps/base/kustomization.yaml': 'resources:\n  - ./beacon/\n',
  'overlays/prod/kustomization.yaml': 'resources: [../../apps/base]',
  'overlays/dev/kustomization.yaml': 'bases:\n  - ../../apps/base/beacon\n',
  'overlays/test/kustomization.yaml': 'resources: [https://example.com/apps/base, other.yaml]',
}

test('a base feeds the overlays that pull it in, directly or through another base', () => {
  expect(fed('apps/base/beacon/release.yaml', OVERLAYS)).toEqual(['dev', 'prod'])
})

test('in the order of the policy', () => {
  const environments = [
    anEnvironment('prod', { paths: ['overlays/prod/**'] }),
    anEnvironment('dev', { paths: ['overlays/dev/**'] }),
  ]
  expect(fed('apps/base/beacon/release.yaml', OVERLAYS, environments)).toEqual(['prod', 'dev'])
})

test('a Flux Kustomization pulls in a folder, with or without a kustomization in it', () => {
  const flux = (path: string) =>
    `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: apps }\nspec: { path: ${path} }\n`
  const texts = {
    'infra/beacon/release.yaml': 'kind: HelmRelease',
    'clusters/staging/apps.yaml': flux('./infra/beacon'),
    'clusters/prod/apps.yaml': `kind: Namespace\n---\n${flux('./infra')}`,
    'clusters/dev/apps.yaml': flux('./other'),
  }
  expect(fed('infra/beacon/release.yaml', texts)).toEqual(['prod', 'staging'])
})

test('bases that pull each other in end, and YAML that cannot be read pulls nothing', () => {
  const texts = {
    'a/kustomization.yaml': 'resources: [../b, x.yaml]',
    'b/kustomization.yaml': 'resources: [../a]',
    'overlays/dev/kustomization.yaml': 'resources: [[[',
  }
  expect(fed('a/x.yaml', texts)).toEqual([])
})
