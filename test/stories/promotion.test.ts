import { beforeEach, describe, expect, test } from 'vitest'
import type { Action, Grant, Proposal, Signal } from '../../src/model.ts'
import { type Pass, reconcile } from '../../src/reconcile.ts'
import { aMemory, aProposal, aRelease } from '../support/plans.ts'
import { FakeWorld } from './fake-world.ts'

const PIN = (version: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: beacon, namespace: argocd }
spec:
  source: { repoURL: https://charts.example.com, chart: beacon, targetRevision: ${version} }
  destination: { namespace: beacon }
`

const POLICY = `prHourlyLimit: 0
environments:
  - { name: dev, health: [argocd/beacon-dev] }
  - { name: staging, health: [argocd/beacon-staging], requiredSoakTime: 2h }
  - { name: prod, requiredSoakTime: 24h, approval: ["@platform/leads"], window: "Mon-Thu 09:00-15:00" }
`

const ENVIRONMENTS = ['dev', 'staging', 'prod'] as const
type Environment = (typeof ENVIRONMENTS)[number]

let world: FakeWorld

beforeEach(() => {
  world = new FakeWorld()
  world.put('.github/windlass.yaml', POLICY)
  for (const environment of ENVIRONMENTS) world.put(`clusters/${environment}/beacon.yaml`, PIN('1.0.0'))
  world.releaseValues = [aRelease('1.0.0'), aRelease('1.1.0')]
  at('2026-02-02T08:00Z')
})

/** The clock of the story; 2026-02-02 is a Monday. */
const at = (time: string) => {
  world.time = new Date(time)
}

const branch = (environment: Environment) => `windlass/${environment}/beacon`

/** A person merges the pull request of an environment. */
function merge(environment: Environment, version = '1.1.0', more: Partial<Proposal> = {}): void {
  world.put(`clusters/${environment}/beacon.yaml`, PIN(version))
  world.found.push(
    aProposal({
      number: world.found.length + 1,
      branch: branch(environment),
      state: 'merged',
      mergedAt: world.time.toISOString(),
      mergeCommit: environment.padEnd(40, '0'),
      memory: aMemory({ environment, to: version }),
      ...more,
    }),
  )
}

/** Somebody says something about the health of an environment. */
function says(environment: Environment, state: Signal['state'], by = 'argocd', more: Partial<Signal> = {}): void {
  world.said.push({
    via: 'check',
    name: `argocd/beacon-${environment}`,
    state,
    at: world.time.toISOString(),
    by,
    commit: environment.padEnd(40, '0'),
    place: null,
    version: null,
    run: null,
    says: '',
    ...more,
  })
}

function grant(what: Grant['what'], environment: Environment): void {
  const given: Grant = {
    by: 'ada',
    at: world.time.toISOString(),
    reason: '',
    what,
    branch: branch(environment),
    version: '1.1.0',
  }
  const [first] = world.found
  if (first) world.found[0] = { ...first, memory: { ...first.memory, granted: [...first.memory.granted, given] } }
}

const opened = (actions: readonly Action[]) =>
  actions.flatMap(action => (action.do === 'open' ? [action.pullRequest.branch] : []))

const heldOf = (pass: Pass, environment: Environment) =>
  pass.held.find(held => held.branch === branch(environment))?.reason ?? null

describe('dev, staging, prod', () => {
  test('each goes on when the one before is merged, healthy, soaked, approved and in the window', async () => {
    expect(opened((await reconcile(world)).actions)).toEqual([branch('dev')])
    merge('dev')
    at('2026-02-02T08:01Z')
    says('dev', 'success')
    expect(heldOf(await reconcile(world), 'staging')).toContain('it counts from')

    at('2026-02-02T08:07Z')
    const soaking = await reconcile(world)
    expect(opened(soaking.actions)).toEqual([])
    expect(heldOf(soaking, 'staging')).toContain('soaks until 2026-02-02T10:01:00.000Z')
    expect(soaking.again).toBe('2026-02-02T10:01:00.000Z')

    at('2026-02-02T10:02Z')
    expect(opened((await reconcile(world)).actions)).toEqual([branch('staging')])
    merge('staging')
    at('2026-02-02T10:10Z')
    says('staging', 'success')

    at('2026-02-03T10:30Z')
    expect(heldOf(await reconcile(world), 'prod')).toContain('@platform/leads')
    grant('approve', 'prod')
    at('2026-02-03T15:30Z')
    const late = await reconcile(world)
    expect(heldOf(late, 'prod')).toContain('Mon-Thu 09:00-15:00')
    expect(late.again).toBe('2026-02-04T09:00:00.000Z')
    at('2026-02-04T09:00Z')
    const { actions } = await reconcile(world)
    expect(opened(actions)).toEqual([branch('prod')])
    expect(actions).toMatchObject([
      {
        pullRequest: {
          body: expect.stringContaining('beacon 1.1.0 in staging is healthy since 2026-02-02T10:10:00.000Z'),
        },
      },
    ])
  })

  test('red staging holds prod, and green again lets it go on', async () => {
    merge('dev')
    says('dev', 'success')
    merge('staging')
    says('staging', 'failure')
    at('2026-02-04T10:00Z')
    grant('approve', 'prod')
    grant('promote', 'prod')
    expect(heldOf(await reconcile(world), 'prod')).toContain('is red since 2026-02-02T08:00:00.000Z')
    says('staging', 'success')
    at('2026-02-09T10:00Z')
    expect(opened((await reconcile(world)).actions)).toEqual([branch('prod')])
  })

  test('staging that turns red after the merge is taken back, byte by byte, and nothing goes on to prod', async () => {
    merge('dev')
    says('dev', 'success')
    merge('staging')
    const path = 'clusters/staging/beacon.yaml'
    world.changed = { ok: true, value: [{ path, before: PIN('1.0.0'), after: PIN('1.1.0'), now: PIN('1.1.0') }] }
    says('staging', 'failure')
    at('2026-02-02T09:00Z')
    world.woken = new Set(['check_run'])
    const { actions, ...pass } = await reconcile(world)
    expect(actions).toMatchObject([
      {
        do: 'open',
        pullRequest: {
          branch: 'windlass/rollback/staging/beacon',
          body: expect.stringContaining('argocd/beacon-staging'),
        },
        commit: { files: new Map([[path, PIN('1.0.0')]]) },
      },
    ])
    expect(heldOf({ ...pass, actions }, 'prod')).toContain('is red since')
  })

  test('of a one-way upgrade that turns red no rollback is offered, and that is said', async () => {
    merge('dev')
    says('dev', 'success')
    merge('staging', '1.1.0', { memory: aMemory({ environment: 'staging', oneWay: 'objects are stored anew' }) })
    says('staging', 'failure')
    at('2026-02-02T09:00Z')
    world.woken = new Set(['sweep'])
    const { actions } = await reconcile(world)
    expect(opened(actions)).toEqual([])
    expect(actions).toMatchObject([{ do: 'notice', text: expect.stringContaining('objects are stored anew') }, {}])
  })

  test('silence holds and asks, and a person may go on', async () => {
    merge('dev')
    const first = await reconcile(world)
    expect(heldOf(first, 'staging')).toContain('has not reported argocd/beacon-dev yet')
    expect(first.again).toBe('2026-02-02T08:30:00.000Z')
    at('2026-02-02T10:31Z')
    expect(heldOf(await reconcile(world), 'staging')).toContain('`promote`')
    grant('promote', 'staging')
    expect(opened((await reconcile(world)).actions)).toEqual([branch('staging')])
  })

  test('a stranger who reports instead of the one who always did changes nothing, and is told', async () => {
    world.reporters.set('dev argocd/beacon-dev', 'argocd')
    merge('dev')
    says('dev', 'success', 'mallory')
    at('2026-02-02T12:00Z')
    const pass = await reconcile(world)
    expect(opened(pass.actions)).toEqual([])
    expect(pass.disbelieved).toMatchObject([{ signal: { by: 'mallory' } }])
  })
})

test('success statuses of a Flux that cannot report failures are not enough, and it is said what is', async () => {
  world.put(
    '.github/windlass.yaml',
    'environments: [{ name: dev, health: ["kustomization/apps/*"] }, { name: staging }, { name: prod }]\n',
  )
  world.put(
    'clusters/dev/flux-system/gotk-components.yaml',
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: flux-system, labels: { app.kubernetes.io/part-of: flux, app.kubernetes.io/version: v2.8.3 } }\n',
  )
  world.put(
    'clusters/dev/apps.yaml',
    'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: apps, namespace: flux-system }\nspec: { path: ./clusters/dev, wait: true, interval: 10m }\n',
  )
  merge('dev')
  at('2026-02-02T08:02Z')
  says('dev', 'success', 'flux-bot', { via: 'status', name: 'kustomization/apps/0c9c2e41' })
  at('2026-02-02T12:00Z')
  const pass = await reconcile(world)
  expect(opened(pass.actions)).toEqual([])
  expect(heldOf(pass, 'staging')).toContain('Flux v2.8.3 may not report failures')
  world.put(
    'clusters/dev/flux-system/gotk-components.yaml',
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: flux-system, labels: { app.kubernetes.io/part-of: flux, app.kubernetes.io/version: v2.9.0 } }\n',
  )
  expect(opened((await reconcile(world)).actions)).toEqual([branch('staging')])
})

test('a dependent waits for the health of what it needs first', async () => {
  const chart = (name: string, version: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  source: { repoURL: public.ecr.aws/karpenter, chart: ${name}, targetRevision: ${version} }
  destination: { namespace: kube-system }
`
  world = new FakeWorld()
  world.put('.github/windlass.yaml', POLICY)
  world.put('clusters/dev/karpenter.yaml', chart('karpenter', '1.0.8'))
  world.put('clusters/dev/crds.yaml', chart('karpenter-crd', '1.1.0'))
  world.releaseValues = [aRelease('1.0.8'), aRelease('1.1.0')]
  at('2026-02-02T08:00Z')
  const memory = aMemory({ component: 'karpenter-crd', from: '1.0.8', to: '1.1.0' })
  const merged = { state: 'merged' as const, mergedAt: world.time.toISOString(), mergeCommit: 'dev'.padEnd(40, '0') }
  world.found = [aProposal({ branch: 'windlass/dev/karpenter-crd', memory, ...merged })]
  const waits = await reconcile(world)
  expect(waits.held).toMatchObject([
    {
      branch: 'windlass/dev/karpenter',
      reason: expect.stringContaining('karpenter-crd 1.1.0 in dev has not reported'),
    },
  ])
  says('dev', 'success')
  at('2026-02-02T08:06Z')
  expect(opened((await reconcile(world)).actions)).toEqual(['windlass/dev/karpenter'])
})

describe('in the same environment', () => {
  test('the next hop waits until the one before is healthy', async () => {
    world.releaseValues.push(aRelease('1.2.0'))
    merge('dev')
    expect(heldOf(await reconcile(world), 'dev')).toContain('has not reported argocd/beacon-dev yet')
    says('dev', 'success')
    at('2026-02-02T08:10Z')
    expect(opened((await reconcile(world)).actions)).toEqual([branch('dev')])
  })

  test('what nobody is expected to watch waits for nobody', async () => {
    world.put('.github/windlass.yaml', 'prHourlyLimit: 0\n')
    merge('dev')
    const { actions } = await reconcile(world)
    expect(opened(actions)).toEqual([branch('staging')])
    expect(actions).toMatchObject([
      { pullRequest: { body: expect.stringContaining('nobody reports the health of beacon 1.1.0 in dev') } },
    ])
  })
})
