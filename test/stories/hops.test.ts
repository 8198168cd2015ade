import { beforeEach, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/model.ts'
import { survey } from '../../src/reconcile.ts'
import { EVERYTHING } from '../../src/walk/outcome.ts'
import { aRelease } from '../support/plans.ts'
import { FakeWorld } from './fake-world.ts'

/** An installation of a chart that a Flux OCIRepository or HelmRepository points to. */
const APP = (chart: string, version: string, repository: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${chart}, namespace: argocd }
spec:
  source: { repoURL: ${repository}, chart: ${chart}, targetRevision: ${version} }
  destination: { namespace: kube-system }
`

const CILIUM = 'https://helm.cilium.io'
const KARPENTER = 'public.ecr.aws/karpenter'

let world: FakeWorld

beforeEach(() => {
  world = new FakeWorld()
})

async function outcomes(to: string | null = null) {
  const { outcomes: all } = await survey(world, { ...EVERYTHING, to })
  return all.map(outcome => {
    if (outcome.kind === 'planned') {
      const { upgrade } = outcome.plan
      return `${upgrade.component} ${upgrade.from} -> ${upgrade.path.map(hop => hop.to).join(' -> ')}`
    }
    return outcome.kind === 'held'
      ? `${outcome.component} waits: ${outcome.reason}`
      : `${outcome.component} ${outcome.kind}`
  })
}

describe('where no minor may be skipped', () => {
  beforeEach(() => {
    world.releaseValues = ['1.16.1', '1.16.19', '1.17.0', '1.17.18', '1.18.12'].map(version => aRelease(version))
  })

  test('the next hop is proposed: the newest patch first, then minor after minor', async () => {
    world.put('clusters/dev/cni.yaml', APP('cilium', '1.16.1', CILIUM))
    expect(await outcomes()).toEqual(['cilium 1.16.1 -> 1.16.19 -> 1.17.18 -> 1.18.12'])
    world.put('clusters/dev/cni.yaml', APP('cilium', '1.16.19', CILIUM))
    expect(await outcomes()).toEqual(['cilium 1.16.19 -> 1.17.18 -> 1.18.12'])
    world.put('clusters/dev/cni.yaml', APP('cilium', '1.17.18', CILIUM))
    expect(await outcomes()).toEqual(['cilium 1.17.18 -> 1.18.12'])
  })

  test('a forbidden hop is refused even when it is asked for', async () => {
    world.put('clusters/dev/cni.yaml', APP('cilium', '1.16.19', CILIUM))
    expect(await outcomes('1.18.12')).toEqual([expect.stringMatching(/^cilium waits: 1\.17\.x comes first: no minor/)])
    expect(await outcomes('1.17.0')).toEqual(['cilium 1.16.19 -> 1.17.0'])
  })

  test('it waits when policy allows no release of the next hop', async () => {
    world.put('clusters/dev/cni.yaml', APP('cilium', '1.16.19', CILIUM))
    world.put('.github/windlass.yaml', 'ignoreVersions: ["1.17.*"]\n')
    expect(await outcomes()).toEqual([expect.stringMatching(/^cilium waits: 1\.17\.x comes first/)])
  })

  test('another chart goes straight to the newest', async () => {
    world.put('clusters/dev/cni.yaml', APP('beacon', '1.16.1', CILIUM))
    expect(await outcomes()).toEqual(['beacon 1.16.1 -> 1.18.12'])
  })
})

describe('where a chart of CRDs goes first', () => {
  const all = ['1.0.6', '1.0.8', '1.1.0'].map(version => aRelease(version))

  test('the dependent waits while it stands behind, and goes when it is there', async () => {
    world.releaseValues = all
    world.put('clusters/dev/karpenter.yaml', APP('karpenter', '1.0.8', KARPENTER))
    world.put('clusters/dev/crds.yaml', APP('karpenter-crd', '1.0.6', KARPENTER))
    const [first, second] = (await outcomes()).sort()
    expect(first).toMatch(
      /^karpenter waits: Karpenter CRDs 1\.0\.6 \(clusters\/dev\/crds\.yaml:5\) has to come to 1\.1\.0 first/,
    )
    expect(second).toBe('karpenter-crd 1.0.6 -> 1.1.0')
    world.put('clusters/dev/crds.yaml', APP('karpenter-crd', '1.1.0', KARPENTER))
    expect((await outcomes()).sort()).toEqual(['karpenter 1.0.8 -> 1.1.0', 'karpenter-crd current'])
  })
})

const crd = (versions: readonly object[]): KubeObject =>
  ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'kilns.pottery.example.com' },
    spec: { group: 'pottery.example.com', names: { kind: 'Kiln', plural: 'kilns' }, scope: 'Namespaced', versions },
  }) as unknown as KubeObject

const version = (name: string, served: boolean, storage = false) => {
  const spec = { type: 'object', properties: { heat: { type: 'integer' } } }
  return { name, served, storage, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }
}

test('resources and references move in the same pull request, and nothing else does', async () => {
  const kiln =
    '# ours\napiVersion: pottery.example.com/v1beta1\nkind: Kiln\nmetadata: { name: big }\nspec: { heat: 1200 } # hot\n'
  const check = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: kilns, namespace: flux-system }
spec:
  healthChecks:
    - { apiVersion: pottery.example.com/v1beta1, kind: Kiln, name: big, namespace: studio }
`
  const prod = kiln.replace('big', 'prod')
  world.releaseValues = [aRelease('1.0.0'), aRelease('2.0.0')]
  world.charts.set('beacon-1.0.0', { crds: [crd([version('v1beta1', true), version('v1', true, true)])] })
  world.charts.set('beacon-2.0.0', { crds: [crd([version('v1', true, true)])] })
  world.put('clusters/dev/beacon.yaml', APP('beacon', '1.0.0', CILIUM))
  world.put('clusters/dev/kiln.yaml', kiln)
  world.put('clusters/dev/check.yaml', check)
  world.put('clusters/prod/kiln.yaml', prod)
  const { outcomes: all } = await survey(world, EVERYTHING)
  const [outcome] = all
  if (outcome?.kind !== 'planned') throw new Error(JSON.stringify(outcome))
  expect(Object.fromEntries(outcome.plan.files)).toEqual({
    'clusters/dev/beacon.yaml': APP('beacon', '2.0.0', CILIUM),
    'clusters/dev/kiln.yaml': kiln.replace('v1beta1', 'v1'),
    'clusters/dev/check.yaml': check.replace('example.com/v1beta1', 'example.com/v1'),
  })
  expect(outcome.plan.todo).toEqual([expect.stringContaining("jsonpath='{.status.storedVersions}'")])
})
