import { beforeEach, describe, expect, test } from 'vitest'
import { reconcile, survey } from '../../src/reconcile.ts'
import { aMemory, aProposal, aRelease } from '../support/plans.ts'
import { FakeWorld } from './fake-world.ts'

const PIN = (version: string, host = 'charts.example.com') => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: beacon, namespace: argocd }
spec:
  source: { repoURL: https://${host}, chart: beacon, targetRevision: ${version} }
  destination: { namespace: beacon }
`

let world: FakeWorld

beforeEach(() => {
  world = new FakeWorld()
  world.put('clusters/dev/beacon.yaml', PIN('1.0.0'))
  world.releaseValues = [aRelease('1.0.0'), aRelease('1.1.0')]
})

async function kinds() {
  return (await survey(world)).outcomes.map(({ environment, kind }) => `${environment} ${kind}`)
}

test('a second pass over the same state does nothing', async () => {
  const { actions } = await reconcile(world)
  const [open] = actions
  if (open?.do !== 'open') throw new Error('nothing was opened')
  world.found = [aProposal({ branch: open.pullRequest.branch, memory: open.memory })]
  expect((await reconcile(world)).actions).toEqual([])
})

test('a branch is redone when the lines around its edit change, and not for anything else in the file', async () => {
  const text = PIN('1.0.0')
  const { actions } = await reconcile(world)
  const [open] = actions
  if (open?.do !== 'open') throw new Error('nothing was opened')
  world.found = [aProposal({ branch: open.pullRequest.branch, memory: open.memory })]
  world.put('clusters/dev/beacon.yaml', `# one\n# two\n# three\n# four\n${text}`)
  expect((await reconcile(world)).actions).toEqual([])
  world.put('clusters/dev/beacon.yaml', text.replace('namespace: beacon', 'namespace: lighthouse'))
  expect((await reconcile(world)).actions).toMatchObject([{ do: 'update' }])
})

describe('age', () => {
  beforeEach(() => world.put('.github/windlass.yaml', 'minimumReleaseAge: 3 days\n'))

  test('a version without a date waits from when it was first seen, and not forever', async () => {
    expect((await survey(world)).outcomes).toMatchObject([
      { kind: 'held', to: '1.1.0', reason: expect.stringContaining('first seen') },
    ])
    world.time = new Date('2026-02-04T12:00:00Z')
    expect(await kinds()).toEqual(['dev planned'])
  })

  test('a date in the future is not believed', async () => {
    world.releaseValues = [aRelease('1.1.0', { publishedAt: '2030-01-01T00:00:00Z' })]
    expect(await kinds()).toEqual(['dev held'])
    world.time = new Date('2026-02-04T12:00:00Z')
    expect(await kinds()).toEqual(['dev planned'])
  })
})

describe('a version that a person asked for on the pull request', () => {
  const asked = (version: string) => {
    const wanted = { by: 'ada', at: '2026-01-30T00:00:00Z', reason: '', version }
    world.found = [aProposal({ memory: aMemory({ to: '1.1.0', wanted }) })]
  }
  const to = async () =>
    (await survey(world)).outcomes.map(outcome => outcome.kind === 'planned' && outcome.plan.upgrade.to.version)

  test('is the one that is proposed, whatever else is newer', async () => {
    world.releaseValues.push(aRelease('1.0.5'), aRelease('1.2.0'))
    asked('1.0.5')
    expect(await to()).toEqual(['1.0.5'])
  })

  test('is forgotten where it is not to be had', async () => {
    world.releaseValues.push(aRelease('1.2.0'))
    asked('9.9.9')
    expect(await to()).toEqual(['1.2.0'])
  })
})

describe('environments', () => {
  beforeEach(() => {
    world.put('clusters/staging/beacon.yaml', PIN('1.0.0'))
    world.put('clusters/prod/beacon.yaml', PIN('1.0.0'))
  })

  test('only the first moves; the others say what they wait for', async () => {
    expect((await kinds()).sort()).toEqual(['dev planned', 'prod held', 'staging held'])
  })

  test('a pass says what it holds back, and why', async () => {
    const { held } = await reconcile(world)
    expect(held).toEqual([
      { branch: 'windlass/prod/beacon', reason: expect.stringContaining('1.1.0: dev has beacon 1.0.0') },
      { branch: 'windlass/staging/beacon', reason: expect.stringContaining('1.1.0: dev has beacon 1.0.0') },
    ])
  })

  test('each follows when the one before it has the version on the default branch', async () => {
    world.put('clusters/dev/beacon.yaml', PIN('1.1.0'))
    expect((await kinds()).sort()).toEqual(['dev current', 'prod held', 'staging planned'])
  })
})

test('a component whose walk fails in a way nobody foresaw is said, and the others go on', async () => {
  world.put('clusters/test/beacon.yaml', PIN('1.0.0', 'odd.example.com'))
  world.put('.github/windlass.yaml', 'environments: [{ name: dev }, { name: test }]\n')
  world.broken = 'odd'
  const { outcomes, problems } = await survey(world)
  expect(outcomes.map(({ environment, kind }) => `${environment} ${kind}`).sort()).toEqual([
    'dev planned',
    'test unknown',
  ])
  expect(problems).toMatchObject([{ reason: expect.stringContaining('nobody foresaw this') }])
})

test('a policy that switches the model off is obeyed', async () => {
  await survey(world)
  expect(world.asked).toHaveLength(1)
  world.put('.github/windlass.yaml', 'llm: { enabled: false }\n')
  const { outcomes } = await survey(world)
  expect(world.asked).toHaveLength(1)
  expect(outcomes).toMatchObject([{ plan: { assessed: { fallback: expect.stringContaining('policy') } } }])
})

test('a policy that cannot be read stops the pass and is said at the commit', async () => {
  world.put('.github/windlass.yaml', 'prHourlyLimits: 2\n')
  await expect(reconcile(world)).rejects.toThrow('prHourlyLimit')
  expect(world.done).toMatchObject([{ do: 'check', commit: 'c'.repeat(40) }])
})

test('a refused version is not proposed, and the next one is', async () => {
  world.found = [aProposal({ state: 'closed', memory: aMemory({ to: '1.1.0' }) })]
  expect((await survey(world)).outcomes).toMatchObject([{ kind: 'declined', reason: expect.stringContaining('#7') }])
  world.releaseValues.push(aRelease('1.1.1'))
  expect((await survey(world)).outcomes).toMatchObject([
    { kind: 'planned', plan: { upgrade: { to: { version: '1.1.1' } } } },
  ])
})

test('one action that fails keeps no other waiting', async () => {
  world.put('clusters/qa-eu/other.yaml', PIN('1.0.0').replaceAll('beacon', 'lantern'))
  const perform = world.perform.bind(world)
  world.perform = async action => {
    if (action.do === 'open' && action.memory.component === 'beacon') throw new Error('GitHub said no')
    return perform(action)
  }
  await expect(reconcile(world)).rejects.toThrow('GitHub said no')
  expect(world.done).toMatchObject([{ do: 'open', memory: { component: 'lantern' } }])
})
