import { expect, test } from 'vitest'
import type { Action, Comment } from '../../src/model.ts'
import { reconcile } from '../../src/reconcile.ts'
import { aMemory, aProposal, aRelease } from '../support/plans.ts'
import { FakeWorld } from './fake-world.ts'

const beacon = (version: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: demo, namespace: flux-system }
spec: { url: https://charts.example.com }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: beacon, namespace: beacon }
spec:
  chart:
    spec:
      chart: beacon
      version: ${version}
      sourceRef: { kind: HelmRepository, name: demo, namespace: flux-system }
`

function aComment(body: string, more: Partial<Comment> = {}): Comment {
  const plain = { id: 1, number: 7, edited: false, teams: [], permission: 'write', refused: false } as const
  return { ...plain, author: 'ada', body, at: '2026-01-03T00:00:00Z', ...more }
}

/** beacon in dev and prod, 1.1.0 published, and its pull request in dev. */
function town(): FakeWorld {
  const world = new FakeWorld()
  world.put('clusters/dev/beacon.yaml', beacon('1.0.0'))
  world.put('clusters/prod/beacon.yaml', beacon('1.0.0'))
  world.releaseValues = [aRelease('1.0.0'), aRelease('1.1.0')]
  world.found = [aProposal()]
  return world
}

function replies(actions: readonly Action[]): readonly string[] {
  return actions.flatMap(action => (action.do === 'reply' ? [action.text ?? ''] : []))
}

test('the reply to a grant says what still holds the environment that it was granted to', async () => {
  const world = town()
  world.waiting = [aComment('/windlass promote prod')]
  const { actions } = await reconcile(world)
  const [said] = replies(actions)
  expect(said).toContain('`beacon 1.1.0` goes on into `prod`')
  expect(said).toContain('`beacon 1.1.0` is not proposed now: dev has beacon 1.0.0')
})

test('an environment is known from where its component stands, before anything was ever proposed there', async () => {
  const world = town()
  world.waiting = [aComment('/windlass approve')]
  const { actions } = await reconcile(world)
  expect(actions.find(action => action.do === 'update' || action.do === 'remember')).toMatchObject({
    memory: { granted: [{ what: 'approve', branch: 'windlass/prod/beacon', version: '1.1.0' }] },
  })
})

test('a command whose effect could not be written is not acknowledged; others are', async () => {
  const world = town()
  world.found = [
    aProposal(),
    aProposal({ number: 8, state: 'merged', branch: 'windlass/dev/other', memory: aMemory({ component: 'other' }) }),
  ]
  world.waiting = [aComment('/windlass rebase'), aComment('/windlass status', { id: 2, number: 8 })]
  world.perform = async action => {
    if (action.do === 'update') throw new Error('GitHub said no')
    world.done.push(action)
    return null
  }
  await expect(reconcile(world)).rejects.toThrow('GitHub said no')
  expect(world.done.flatMap(action => (action.do === 'reply' ? [action.number] : []))).toEqual([8])
})

test('the teams that the policy names are looked up with the comments on every pull request of ours', async () => {
  const world = town()
  world.put('.github/windlass.yaml', 'environments:\n  - { name: prod, approval: ["@acme/leads", "@grace"] }\n')
  world.found = [aProposal({ state: 'merged' })]
  const asked: unknown[] = []
  world.comments = async (...args: unknown[]) => {
    asked.push(args)
    return []
  }
  await reconcile(world)
  expect(asked).toEqual([[world.found, ['acme/leads']]])
})
