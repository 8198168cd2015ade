import { beforeEach, describe, expect, test } from 'vitest'
import { type Policy, policyOf } from '../src/config.ts'
import { detect } from '../src/detect/index.ts'
import type { Change, LeftOut, RepoFile, Review, Tree } from '../src/model.ts'
import { movesOf, reviewsOf } from '../src/walk/review.ts'
import { reviewPulls } from '../src/walk/review-pulls.ts'
import { FakeWorld } from './stories/fake-world.ts'
import { aRelease } from './support/plans.ts'

type Files = Readonly<Record<string, string>>

const asFiles = (files: Files): RepoFile[] =>
  Object.entries(files).map(([path, text]) => ({ path, blob: `${path} ${text}`, text }))
const asTree = (commit: string, files: Files): Tree => ({ commit, files: asFiles(files), skipped: [] })

const release = (chart: string, version: string, name = chart) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  source:
    repoURL: https://charts.example.com
    chart: ${chart}
    targetRevision: ${version}
  destination: { namespace: ${name}, server: https://kubernetes.default.svc }
`

/** The same chart at a repository of its own, so that nothing else is released with it. */
const elsewhere = (text: string, host: string) => text.replace('charts.example.com', `${host}.example.com`)

let world: FakeWorld

beforeEach(() => {
  world = new FakeWorld()
  world.releaseValues = ['1.0.0', '1.1.0', '2.0.0'].map(version => aRelease(version))
})

function repository(base: Files, policyText = '') {
  const files = policyText === '' ? base : { ...base, 'windlass.yaml': policyText }
  world.files = asFiles(files)
  const tree = asTree('c'.repeat(40), files)
  const { read } = policyOf(tree.files)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const policy: Policy = read.policy
  const detected = detect(tree, policy)
  return { world, into: null, tree, policy, detected, everywhere: detected.pins }
}

async function reviewed(base: Files, head: Files, policy = ''): Promise<readonly Review[]> {
  const of = repository(base, policy)
  const change: Change = { fork: of.tree, head: asTree('d'.repeat(40), head) }
  return reviewsOf(of, movesOf(of, change))
}

const where = ({ outcome, to, kind }: Review) =>
  `${kind} ${outcome.component} ${outcome.environment} ${outcome.from} → ${to}`
const words = (left: LeftOut) =>
  left.kind === 'place'
    ? `${left.component} ${left.version} ${left.file}`
    : left.kind === 'first'
      ? left.says
      : left.kind

describe('one pull request', () => {
  test('comes to an upgrade for each thing and environment that it moves', async () => {
    const at = (version: string): Files => ({
      'clusters/dev/beacon.yaml': release('beacon', version),
      'clusters/prod/beacon.yaml': release('beacon', version),
      'clusters/dev/kiln.yaml': elsewhere(release('kiln', version), 'kiln'),
    })
    const reviews = await reviewed(at('1.0.0'), at('1.1.0'))
    expect(reviews.map(where).sort()).toEqual([
      'reviewed beacon dev 1.0.0 → 1.1.0',
      'reviewed beacon prod 1.0.0 → 1.1.0',
      'reviewed kiln dev 1.0.0 → 1.1.0',
    ])
  })

  test('is reviewed where the policy switches our own upgrades off: another bot makes them', async () => {
    const at = (version: string) => ({ 'clusters/dev/beacon.yaml': release('beacon', version) })
    const off = 'rules:\n  - match: { component: beacon }\n    enabled: false\n'
    expect((await reviewed(at('1.0.0'), at('1.1.0'), off)).map(where)).toEqual(['reviewed beacon dev 1.0.0 → 1.1.0'])
  })

  test('that takes an upgrade back is reviewed as well', async () => {
    const at = (version: string) => ({ 'clusters/dev/beacon.yaml': release('beacon', version) })
    expect((await reviewed(at('2.0.0'), at('1.0.0'))).map(where)).toEqual(['reviewed beacon dev 2.0.0 → 1.0.0'])
  })

  test('to a version that is not published, or not known because the registry is silent, is not checked', async () => {
    const at = (version: string) => ({ 'clusters/dev/beacon.yaml': release('beacon', version) })
    expect(await reviewed(at('1.0.0'), at('9.9.9'))).toMatchObject([
      { kind: 'unknown', reason: 'no 9.9.9 is published at https://charts.example.com' },
    ])
    world.silent.add('beacon')
    expect(await reviewed(at('1.0.0'), at('1.1.0'))).toMatchObject([
      { kind: 'unknown', reason: 'https://charts.example.com answers 404' },
    ])
  })

  test('whose walk fails in a way that nobody foresaw costs only that upgrade', async () => {
    const at = (version: string) => ({
      'clusters/dev/beacon.yaml': release('beacon', version),
      'clusters/dev/kiln.yaml': elsewhere(release('kiln', version), 'kiln'),
    })
    world.broken = 'kiln'
    const reviews = await reviewed(at('1.0.0'), at('1.1.0'))
    expect(reviews).toMatchObject([
      { kind: 'reviewed' },
      { kind: 'unknown', reason: expect.stringContaining('nobody foresaw') },
    ])
  })

  test('that moves one of two places of a component says which one stays', async () => {
    const at = (version: string) => ({
      'clusters/dev/beacon.yaml': release('beacon', version),
      'clusters/dev/second.yaml': release('beacon', '1.0.0', 'second'),
    })
    const [review] = await reviewed(at('1.0.0'), at('1.1.0'))
    expect(review?.leftOut.map(words)).toEqual(['beacon 1.0.0 clusters/dev/second.yaml'])
  })

  test('that moves one of two digests says which one stays', async () => {
    const [old, next] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`]
    const pod = (name: string, digest: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  containers:\n    - { name: a, image: "ghcr.io/acme/tool@${digest}" }\n`
    const at = (digest: string) => ({
      'clusters/dev/a.yaml': pod('a', digest),
      'clusters/dev/b.yaml': pod('b', old),
      'clusters/dev/c.yaml': pod('c', next),
    })
    const [review, ...more] = await reviewed(at(old), at(next))
    expect(more).toEqual([])
    expect(review?.leftOut.map(words)).toEqual([`tool ${old} clusters/dev/b.yaml`])
  })

  test('that moves the operator without its CRDs says so; with them it is one upgrade', async () => {
    const at = (operator: string, crds: string) => ({
      'clusters/dev/operator.yaml': release('kiln-operator', operator),
      'clusters/dev/crds.yaml': release('kiln-operator-crds', crds),
    })
    const [alone] = await reviewed(at('1.0.0', '1.0.0'), at('1.1.0', '1.0.0'))
    expect(alone?.leftOut.map(words)).toEqual(['kiln-operator-crds 1.0.0 clusters/dev/crds.yaml'])
    const both = await reviewed(at('1.0.0', '1.0.0'), at('1.1.0', '1.1.0'))
    expect(both.map(where)).toEqual(['reviewed kiln-operator dev 1.0.0 → 1.1.0'])
    expect(both[0]?.leftOut).toEqual([])
    const followers = both[0]?.kind === 'reviewed' ? both[0].outcome.plan.upgrade.followers : []
    expect(followers.map(({ component, to }) => `${component} ${to.version}`)).toEqual(['kiln-operator-crds 1.1.0'])
  })

  test('that moves one of two which only happen to stand at one version leaves nothing out', async () => {
    const versions = (minors: readonly number[]) =>
      [...minors.map(minor => `0.${minor}.0`), '1.0.0', '1.1.0'].map(version => aRelease(version))
    world.published.set('kiln-operator-crds', versions([1]))
    world.published.set('kiln-operator', versions([1, 2, 3, 4, 5, 6]))
    const at = (operator: string) => ({
      'clusters/dev/operator.yaml': release('kiln-operator', operator),
      'clusters/dev/crds.yaml': release('kiln-operator-crds', '1.0.0'),
    })
    const [review] = await reviewed(at('1.0.0'), at('1.1.0'))
    expect(review?.leftOut).toEqual([])
  })

  test('that skips a version which may not be skipped says which one comes first', async () => {
    const at = (version: string) => ({
      'clusters/dev/rook.yaml': release('rook-ceph', version).replace(
        'https://charts.example.com',
        'https://charts.rook.io/release',
      ),
    })
    world.releaseValues = ['v1.14.0', 'v1.15.0', 'v1.16.0'].map(version => aRelease(version, { appVersion: version }))
    const [review] = await reviewed(at('v1.14.0'), at('v1.16.0'))
    expect(review?.leftOut.map(words)).toEqual([expect.stringMatching(/^v1\.15\.0 comes first: /)])
    const [next] = await reviewed(at('v1.14.0'), at('v1.15.0'))
    expect(next?.leftOut).toEqual([])
  })

  test('of more things than are ever proved says which were not', async () => {
    const at = (version: string) =>
      Object.fromEntries(
        Array.from({ length: 33 }, (_, i) => [
          `clusters/dev/a${i}.yaml`,
          elsewhere(release(`chart${i}a`, version), `host${i}`),
        ]),
      )
    const reviews = await reviewed(at('1.0.0'), at('1.1.0'))
    expect(reviews.filter(({ kind }) => kind === 'unknown')).toHaveLength(3)
    expect(reviews).toHaveLength(33)
  })
})

describe('from pass to pass', () => {
  const at = (version: string): Files => ({ 'clusters/dev/beacon.yaml': release('beacon', version) })
  const pull = { number: 7, author: 'renovate[bot]', head: 'd'.repeat(40), isFork: false }

  function open(base = at('1.0.0'), head = at('1.1.0')) {
    const of = repository(base)
    world.pulls = [pull]
    world.changes.set(7, { fork: of.tree, head: asTree(pull.head, head) })
    return of
  }

  test('says it once', async () => {
    const of = open()
    expect((await reviewPulls(of)).actions).toMatchObject([{ do: 'review', number: 7, head: pull.head }])
    expect((await reviewPulls(of)).actions).toEqual([])
    expect(world.done).toHaveLength(1)
  })

  test('after a restart, what stands at GitHub is enough', async () => {
    const of = open()
    const [action] = (await reviewPulls(of)).actions
    world.reviews.clear()
    world.noted.set(7, { head: pull.head, inputs: action?.do === 'review' ? action.inputs : '' })
    expect((await reviewPulls(of)).actions).toEqual([])
  })

  test('what could not be written is said in the next pass', async () => {
    const of = open()
    const { perform } = world
    world.perform = async () => {
      throw new Error('GitHub answers 502')
    }
    expect(await reviewPulls(of)).toMatchObject({ actions: [], failures: [new Error('GitHub answers 502')] })
    world.perform = perform.bind(world)
    expect((await reviewPulls(of)).actions).toHaveLength(1)
  })

  test('what could not be looked up is tried again at a sweep, and not in every pass', async () => {
    world.silent.add('beacon')
    const of = open()
    expect((await reviewPulls(of)).actions).toMatchObject([{ check: { conclusion: 'neutral' } }])
    world.silent.clear()
    expect((await reviewPulls(of)).actions).toEqual([])
    world.woken = new Set(['sweep'])
    expect((await reviewPulls(of)).actions).toMatchObject([{ check: { conclusion: 'success' } }])
    expect((await reviewPulls(of)).actions).toEqual([])
  })

  test('a pull request whose commits are gone is a problem, and keeps no other one waiting', async () => {
    const of = open()
    world.pulls = [{ ...pull, number: 6 }, pull]
    const { actions, problems } = await reviewPulls(of)
    expect(problems).toEqual([{ file: null, line: null, reason: 'reviewing #6: the commit is gone' }])
    expect(actions).toHaveLength(1)
  })

  test('forgets what is closed', async () => {
    const of = open()
    await reviewPulls(of)
    world.pulls = []
    await reviewPulls(of)
    expect([...world.reviews.keys()]).toEqual([])
  })

  test('`enabled: false` for the whole repository means reviews too', async () => {
    const { policy, ...of } = open()
    expect((await reviewPulls({ ...of, policy: { ...policy, enabled: false } })).actions).toEqual([])
  })
})
