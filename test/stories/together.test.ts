import { beforeEach, describe, expect, test } from 'vitest'
import type { KubeObject, Outcome, Plan } from '../../src/model.ts'
import { reconcile, survey } from '../../src/reconcile.ts'
import { planJson } from '../../src/report/json.ts'
import { planText } from '../../src/report/terminal.ts'
import { aMemory, aProposal, aRelease } from '../support/plans.ts'
import { schemaErrors } from '../support/schemas.ts'
import { FakeWorld } from './fake-world.ts'

/** One chart of the repository of kilns, as an Argo CD application. */
function application(chart: string, version: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${chart}, namespace: argocd }
spec:
  source: { repoURL: https://kilns.example.com/charts, chart: ${chart}, targetRevision: ${version} }
  destination: { namespace: kilns }
`
}

/** The CRD of kilns that serves these versions. */
function crd(versions: readonly string[]): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'kilns.fire.example.com' },
    spec: {
      group: 'fire.example.com',
      scope: 'Namespaced',
      names: { kind: 'Kiln' },
      versions: versions.map((name, i) => ({ name, served: true, storage: i === 0, schema: {} })),
    },
  }
}

const KILN = `apiVersion: fire.example.com/v1alpha1
kind: Kiln
metadata: { name: big, namespace: kilns }
`

const PAIR = ['1.0.0', '1.1.0'].map(version => aRelease(version))

let world: FakeWorld

function put(environment: string, version: string, crds = version): void {
  world.put(`clusters/${environment}/kiln.yaml`, application('kiln', version))
  world.put(`clusters/${environment}/kiln-crds.yaml`, application('kiln-crds', crds))
}

beforeEach(() => {
  world = new FakeWorld()
  put('dev', '1.0.0')
  world.published.set('kiln', PAIR)
  world.published.set('kiln-crds', PAIR)
})

async function outcomes(wanted = { component: null as string | null, to: null as string | null }) {
  return (await survey(world, wanted)).outcomes
}

function says(all: readonly Outcome[]): readonly string[] {
  return all.map(({ component, environment, kind }) => `${component} in ${environment}: ${kind}`).sort()
}

function planOf(all: readonly Outcome[]): Plan {
  const planned = all.flatMap(outcome => (outcome.kind === 'planned' ? [outcome.plan] : []))
  const [only] = planned
  if (planned.length !== 1 || !only) throw new Error(`${planned.length} plans`)
  return only
}

describe('a chart of an operator and the chart of its CRDs', () => {
  test('move in one pull request on the branch of the operator, and it says which and why', async () => {
    const { actions } = await reconcile(world)
    expect(actions).toHaveLength(1)
    const [open] = actions
    if (open?.do !== 'open') throw new Error('nothing was opened')
    expect(open.pullRequest.branch).toBe('windlass/dev/kiln')
    expect(open.commit.files).toEqual(
      new Map([
        ['clusters/dev/kiln.yaml', application('kiln', '1.1.0')],
        ['clusters/dev/kiln-crds.yaml', application('kiln-crds', '1.1.0')],
      ]),
    )
    expect(open.pullRequest.body).toMatch(
      /Moves together: \*\*kiln-crds\*\* \(`clusters\/dev\/kiln-crds\.yaml:5`\) because .*kiln/,
    )
    world.found = [aProposal({ branch: open.pullRequest.branch, memory: open.memory })]
    expect((await reconcile(world)).actions).toEqual([])
  })

  test('are one upgrade in the document and on the terminal', async () => {
    const { outcomes: all, problems } = await survey(world)
    const document = JSON.parse(JSON.stringify(planJson('', all, problems)))
    expect(schemaErrors('plan', document)).toEqual([])
    expect(document.upgrades).toMatchObject([
      { component: 'kiln', together: [{ component: 'kiln-crds', file: 'clusters/dev/kiln-crds.yaml', line: 5 }] },
    ])
    expect(document.upgrades[0].edits).toHaveLength(2)
    expect(planText(all, problems)).toContain(
      'kiln in dev · Moves together: kiln-crds (clusters/dev/kiln-crds.yaml:5) because ',
    )
  })

  test('are compared both: the CRDs of the follower decide about resources of the user', async () => {
    world.put('clusters/dev/big.yaml', KILN)
    world.charts.set('kiln-crds-1.0.0', { crds: [crd(['v1alpha1', 'v1'])] })
    world.charts.set('kiln-crds-1.1.0', { crds: [crd(['v1'])] })
    const plan = planOf(await outcomes())
    expect(plan.assessed.final).toBe('critical')
    expect(plan.facts).toContainEqual(expect.objectContaining({ kind: 'resource', status: 'broken' }))
    expect(plan.facts.filter(({ kind }) => kind === 'version-step')).toHaveLength(1)
    expect(plan.crdDelivery).toBe("yes: argocd applies the chart's crds/ folder")
  })

  test('a CRD that goes from one to the other is neither new nor removed', async () => {
    world.put('clusters/dev/big.yaml', KILN)
    world.charts.set('kiln-1.0.0', { crds: [crd(['v1alpha1'])] })
    world.charts.set('kiln-crds-1.1.0', { crds: [crd(['v1alpha1'])] })
    const plan = planOf(await outcomes())
    expect(plan.facts.filter(({ kind }) => kind.startsWith('crd-'))).toEqual([])
    expect(plan.facts).toContainEqual(expect.objectContaining({ kind: 'resource', status: 'valid' }))
  })

  test('are found by either name', async () => {
    expect(says(await outcomes({ component: 'kiln-crds', to: null }))).toEqual([
      'kiln in dev: planned',
      'kiln-crds in dev: follows',
    ])
    expect(says(await outcomes({ component: 'kiln-crds', to: '1.1.0' }))).toContain('kiln in dev: planned')
  })

  test('an open pull request for the follower alone gives way', async () => {
    const memory = aMemory({ component: 'kiln-crds' })
    world.found = [aProposal({ branch: 'windlass/dev/kiln-crds', memory })]
    const { actions } = await reconcile(world)
    expect(actions.map(action => action.do)).toEqual(['close', 'open'])
    expect(actions[0]).toMatchObject({ reason: expect.stringContaining('moves together with kiln now') })
  })
})

describe('what holds for one holds for all', () => {
  test('a version that the follower does not have yet is not taken, and it is said', async () => {
    world.published.set('kiln-crds', [aRelease('1.0.0')])
    const reason = expect.stringContaining('is not published at https://kilns.example.com/charts yet')
    expect(await outcomes()).toMatchObject([
      { component: 'kiln', kind: 'held', to: '1.1.0', reason },
      { component: 'kiln-crds', kind: 'held', to: '1.1.0', reason },
    ])
  })

  test('the newest version that all of them have is taken, and the newer one is named', async () => {
    world.published.set('kiln', [...PAIR, aRelease('1.2.0')])
    const plan = planOf(await outcomes())
    expect(plan.upgrade.to.version).toBe('1.1.0')
    expect(plan.upgrade.notYet).toMatchObject([{ version: '1.2.0' }])
    const { actions } = await reconcile(world)
    expect(actions).toMatchObject([{ pullRequest: { body: expect.stringContaining('Not yet `1.2.0`: kiln-crds') } }])
  })

  test('a follower that is ahead waits for its leader', async () => {
    world.published.set('kiln', [aRelease('1.0.0')])
    expect(await outcomes()).toMatchObject([
      { component: 'kiln', kind: 'current' },
      { component: 'kiln-crds', kind: 'held', to: '1.1.0', reason: expect.stringContaining('kiln') },
    ])
  })

  test('a source that cannot be asked keeps all of them where they are', async () => {
    world.silent.add('kiln-crds')
    expect(await outcomes()).toMatchObject([
      { component: 'kiln', kind: 'unknown', reason: expect.stringContaining('groupName') },
      { component: 'kiln-crds', kind: 'unknown', reason: expect.stringContaining('404') },
    ])
  })

  test('the youngest of them must be old enough', async () => {
    world.put('.github/windlass.yaml', 'minimumReleaseAge: 3 days\n')
    world.published.set('kiln', [aRelease('1.0.0'), aRelease('1.1.0', { publishedAt: '2026-01-01T00:00:00Z' })])
    world.published.set('kiln-crds', [aRelease('1.0.0'), aRelease('1.1.0', { publishedAt: '2026-01-31T00:00:00Z' })])
    expect(await outcomes()).toMatchObject([{ kind: 'held', reason: expect.stringContaining('2026-01-31') }, {}])
    world.time = new Date('2026-02-03T12:00:00Z')
    expect(says(await outcomes())).toContain('kiln in dev: planned')
  })

  test('a version that somebody refused for the follower is refused', async () => {
    const memory = aMemory({ component: 'kiln-crds', to: '1.1.0' })
    world.found = [aProposal({ branch: 'windlass/dev/kiln-crds', state: 'closed', memory })]
    expect(await outcomes()).toMatchObject([{ kind: 'declined', reason: expect.stringContaining('#7') }, {}])
  })

  test('an environment waits until all of them run in the one before', async () => {
    put('prod', '1.0.0')
    put('dev', '1.1.0', '1.0.0')
    const all = await outcomes()
    expect(all.find(({ component, environment }) => component === 'kiln' && environment === 'prod')).toMatchObject({
      kind: 'held',
      reason: expect.stringContaining('dev has kiln-crds 1.0.0'),
    })
  })
})

describe('digests', () => {
  const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`]
  const kustomization = (tag: string, digest: string) => `resources:
  - https://github.com/acme/oven//config/default?ref=${tag}
images:
  - name: ghcr.io/acme/oven
    newTag: ${tag}
    digest: ${digest}
`

  beforeEach(() => {
    world.files = []
    world.put('clusters/dev/kustomization.yaml', kustomization('v1.0.0', one))
    world.releaseValues = ['v1.0.0', 'v1.1.0'].map(version => aRelease(version))
  })

  test('beside the version of a follower move with it', async () => {
    world.digest = async () => ({ ok: true, value: two })
    const plan = planOf(await outcomes())
    expect(plan.branch).toBe('windlass/dev/oven')
    expect([...plan.files.values()]).toEqual([kustomization('v1.1.0', two)])
    expect(plan.facts).toContainEqual(
      expect.objectContaining({ kind: 'image-changed', to: 'ghcr.io/acme/oven:v1.1.0' }),
    )
    expect(plan.facts).toContainEqual(expect.objectContaining({ kind: 'not-rendered' }))
  })

  test('that cannot be looked up keep all of them where they are', async () => {
    expect(await outcomes()).toMatchObject([
      { component: 'oven', kind: 'unknown', reason: expect.stringContaining('digest') },
      { component: 'oven-image', kind: 'unknown', reason: expect.stringContaining('digest') },
    ])
  })

  test('of a tag that stays move alone', async () => {
    world.releaseValues = [aRelease('v1.0.0')]
    world.digest = async () => ({ ok: true, value: two })
    expect(planOf(await outcomes())).toMatchObject({ branch: 'windlass/dev/oven-image', upgrade: { followers: [] } })
    expect(says(await outcomes({ component: 'oven', to: null }))).toEqual(['oven in dev: current'])
    expect(says(await outcomes({ component: 'oven-image', to: null }))).toEqual(['oven-image in dev: planned'])
  })
})

describe('what does not move together', () => {
  test('in each environment only what stands there', async () => {
    world.put('clusters/eu/kiln.yaml', application('kiln', '1.0.0'))
    world.put('.github/windlass.yaml', 'environments: [{ name: dev }, { name: eu }]\n')
    put('dev', '1.1.0')
    expect(planOf(await outcomes())).toMatchObject({ branch: 'windlass/eu/kiln', upgrade: { followers: [] } })
  })

  test('what stands at another version', async () => {
    put('dev', '1.0.0', '0.9.0')
    expect(says(await outcomes())).toEqual(['kiln in dev: planned', 'kiln-crds in dev: planned'])
  })

  test('what has another group name', async () => {
    world.put('.github/windlass.yaml', 'rules: [{ match: { component: kiln-crds }, groupName: crds }]\n')
    world.published.set('kiln-crds', [aRelease('1.0.0')])
    expect(says(await outcomes())).toEqual(['kiln in dev: planned', 'kiln-crds in dev: current'])
  })

  test('what only happens to stand at the same version, as its other versions show', async () => {
    world.published.set(
      'kiln',
      ['0.8.0', '0.9.0', '1.0.0', '1.1.0'].map(version => aRelease(version)),
    )
    world.published.set(
      'kiln-crds',
      ['0.1.0', '0.9.9', '1.0.0', '1.0.1'].map(version => aRelease(version)),
    )
    expect(says(await outcomes())).toEqual(['kiln in dev: planned', 'kiln-crds in dev: planned'])
    expect(says(await outcomes({ component: 'kiln-crds', to: null }))).toEqual(['kiln-crds in dev: planned'])
  })
})
