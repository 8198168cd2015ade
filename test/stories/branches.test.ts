import { beforeEach, expect, test } from 'vitest'
import { reconcile, survey } from '../../src/reconcile.ts'
import { aRelease } from '../support/plans.ts'
import { FakeWorld } from './fake-world.ts'

const PIN = (version: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: beacon, namespace: argocd }
spec:
  source: { repoURL: https://charts.example.com, chart: beacon, targetRevision: ${version} }
  destination: { namespace: beacon }
`

const POLICY = `environments:
  - { name: dev, paths: ["**"] }
  - { name: prod, branch: env/prod }
`

let world: FakeWorld
const onProd = (version: string) =>
  world.branches.set('env/prod', [{ path: 'beacon.yaml', blob: `prod ${version}`, text: PIN(version) }])

beforeEach(() => {
  world = new FakeWorld()
  world.put('.github/windlass.yaml', POLICY)
  world.put('beacon.yaml', PIN('1.0.0'))
  onProd('1.0.0')
  world.releaseValues = [aRelease('1.0.0'), aRelease('1.1.0')]
})

async function kinds() {
  return (await survey(world)).outcomes.map(({ environment, kind, from }) => `${environment} ${from} ${kind}`)
}

test('an environment on a branch of its own waits for the one before on the default branch', async () => {
  expect(await kinds()).toEqual(['dev 1.0.0 planned', 'prod 1.0.0 held'])
})

test('its pull request is made from its branch and asks to be merged there', async () => {
  world.put('beacon.yaml', PIN('1.1.0'))
  const { actions } = await reconcile(world)
  expect(actions).toMatchObject([
    {
      do: 'open',
      pullRequest: { branch: 'windlass/prod/beacon', into: 'env/prod' },
      commit: { base: 'd'.repeat(40), files: new Map([['beacon.yaml', PIN('1.1.0')]]) },
    },
  ])
})

test('a branch that is not there is a problem that is said, and the others go on', async () => {
  world.branches.clear()
  const { outcomes, problems } = await survey(world)
  expect(outcomes).toMatchObject([{ environment: 'dev', kind: 'planned' }])
  expect(problems).toMatchObject([{ reason: expect.stringContaining('the branch env/prod of prod could not be read') }])
})
