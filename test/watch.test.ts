import { describe, expect, test } from 'vitest'
import type { EnvironmentPolicy } from '../src/config.ts'
import type { Signal } from '../src/model.ts'
import { firstReports, type GitOpsFacts, type Standing, type Watched, watch } from '../src/watch/index.ts'
import { anEnvironment } from './support/plans.ts'

const MERGE = 'a'.repeat(40)
const HEAD = 'b'.repeat(40)
const OLD = 'd'.repeat(40)
const STATUS = 'kustomization/apps/0c9c2e41'

/** Minutes after the merge, as a time. */
const at = (minutes: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + minutes * 60_000).toISOString()

const standing: Standing = {
  component: 'beacon',
  version: '1.1.0',
  digest: null,
  since: at(0),
  commits: [MERGE, HEAD],
  releases: ['beacon'],
  run: null,
}

/** Flux 2.9, and a Kustomization that waits. */
const gitops: GitOpsFacts = {
  objects: [{ kind: 'Kustomization', name: 'apps', environment: 'dev', waits: true, patience: 20 * 60_000 }],
  flux: [{ written: 'v2.9.0', least: '2.9.0', environment: 'dev' }],
  applications: [],
  promoter: null,
}

function said(state: Signal['state'], minutes: number, more: Partial<Signal> = {}): Signal {
  return {
    via: 'status',
    name: STATUS,
    state,
    at: at(minutes),
    by: 'flux-bot',
    commit: MERGE,
    place: null,
    version: null,
    run: null,
    says: 'reconciliation succeeded',
    ...more,
  }
}

function helm(state: Signal['state'], minutes: number, more: Partial<Signal> = {}): Signal {
  const event = { via: 'flux', name: 'HelmRelease/media/beacon', by: 'hook', commit: null, place: 'dev' } as const
  return said(state, minutes, { ...event, version: '1.1.0', ...more })
}

const expects = (...health: EnvironmentPolicy['health']) => anEnvironment('dev', { health })
const STRICT = expects({ name: 'kustomization/apps', from: ['flux-bot'] })
const HELM = expects({ name: 'HelmRelease/**', from: ['hook'] })

function seen(now: number, signals: readonly Signal[], more: Partial<Watched> = {}) {
  const watched = { environment: STRICT, standing, strict: true, signals, gitops, now: new Date(at(now)), ...more }
  const first = new Map(firstReports(watched).map(({ name, by }) => [name, by]))
  return watch({ reporters: first, ...watched })
}

const health = (...args: Parameters<typeof seen>) => seen(...args).health

describe('a gate', () => {
  test('is healthy since the moment when everything that is expected was green, after five minutes', () => {
    const environment = expects({ name: 'kustomization/apps', from: ['flux-bot'] }, { name: 'smoke', from: ['hook'] })
    const smoke = said('success', 7, { via: 'generic', name: 'smoke', by: 'hook' })
    const signals = [said('success', 3), smoke]
    expect(health(12, signals, { environment })).toEqual({
      kind: 'healthy',
      since: at(7),
      evidence: [signals[0], smoke],
    })
    expect(health(11, signals, { environment })).toMatchObject({ kind: 'settling', until: at(12) })
    expect(health(12, [said('success', 3)], { environment })).toMatchObject({ kind: 'waiting', missing: ['smoke'] })
  })

  test('needs every signal that matches a pattern to be green', () => {
    const environment = expects({ name: 'smoke/*', from: ['hook'] })
    const smoke = (state: Signal['state'], name: string) => said(state, 2, { via: 'generic', by: 'hook', name })
    const signals = [smoke('success', 'smoke/a'), smoke('pending', 'smoke/b')]
    expect(health(10, signals, { environment })).toMatchObject({ kind: 'waiting', missing: ['smoke/b'] })
    expect(health(10, [smoke('success', 'smoke/a'), smoke('failure', 'smoke/b')], { environment }).kind).toBe('failed')
  })

  test('waits until the slowest object concerned must have spoken, and then does not know', () => {
    expect(health(19, [])).toEqual({ kind: 'waiting', until: at(20), missing: ['kustomization/apps'] })
    expect(health(20, [])).toEqual({
      kind: 'unknown',
      missing: ['kustomization/apps'],
      why: [`nothing that counts was said about kustomization/apps until ${at(20)}`],
    })
  })

  test('waits half an hour where Git does not say how long it takes', () => {
    const environment = expects({ name: 'smoke', from: [] })
    expect(health(29, [], { environment })).toMatchObject({ kind: 'waiting', until: at(30) })
    expect(health(30, [], { environment }).kind).toBe('unknown')
  })

  test('what is still in progress at the deadline is not known, and is named', () => {
    expect(health(21, [said('pending', 1)])).toMatchObject({
      kind: 'unknown',
      missing: [STATUS],
      why: [`${STATUS} has been in progress since ${at(1)} and has not ended`],
    })
  })
})

describe('a course', () => {
  test.each<[string, Signal[], string]>([
    ['a failure within the time to settle', [said('success', 1), said('failure', 3)], 'failed'],
    ['a failure long after', [said('success', 1), said('failure', 90)], 'failed'],
    ['a success after a failure', [said('failure', 1), said('success', 3)], 'healthy'],
    ['success and failure in one second', [said('failure', 3), said('success', 3)], 'failed'],
    ['work in progress after a failure', [said('failure', 1), said('pending', 3)], 'failed'],
    ['work in progress on the same commit', [said('success', 1), said('pending', 3)], 'unknown'],
    ['work in progress on the next commit', [said('success', 1), said('pending', 3, { commit: HEAD })], 'healthy'],
    [
      'failure on the merge, success on the head',
      [said('failure', 1), said('success', 9, { commit: HEAD })],
      'healthy',
    ],
  ])('%s: the last word counts, whatever the order of arrival', (_, signals, kind) => {
    expect(health(120, signals).kind).toBe(kind)
    expect(health(120, signals.toReversed()).kind).toBe(kind)
  })

  test('a success that is said again does not start the time anew, one after a failure does', () => {
    expect(health(60, [said('success', 2), said('success', 50, { commit: HEAD })])).toMatchObject({ since: at(2) })
    expect(health(60, [said('success', 2), said('failure', 20), said('success', 50)])).toMatchObject({ since: at(50) })
  })

  test('red says since when, and what says so', () => {
    const failure = said('failure', 3)
    expect(health(4, [said('success', 1), failure])).toEqual({ kind: 'failed', at: at(3), evidence: [failure] })
  })
})

describe('a signal counts nothing', () => {
  test.each<[string, Partial<Signal>]>([
    ['older than the version', { at: at(-1) }],
    ['for a commit that does not hold it', { commit: OLD }],
    ['of a name that nobody asked for', { name: 'ci/lint' }],
  ])('%s, red or green', (_, more) => {
    expect(health(19, [said('success', 1, more), said('failure', 2, more)])).toMatchObject({
      kind: 'waiting',
      missing: ['kustomization/apps'],
    })
    expect(seen(19, [said('failure', 1, more)]).ignored).toEqual([])
  })

  test('of a stranger, and it is said whose', () => {
    const spoofed = said('success', 1, { by: 'mallory' })
    expect(seen(20, [spoofed])).toEqual({
      health: {
        kind: 'unknown',
        missing: ['kustomization/apps'],
        why: [
          `nothing that counts was said about kustomization/apps until ${at(20)}`,
          `${STATUS} does not count: mallory is not among those whom the policy believes (flux-bot): add it to "from" if it should be`,
        ],
      },
      ignored: [
        {
          signal: spoofed,
          why: 'mallory is not among those whom the policy believes (flux-bot): add it to "from" if it should be',
        },
      ],
      says: [],
    })
  })

  test('of a stranger who says that it failed: nobody rolls back because of that', () => {
    expect(health(10, [said('success', 1), said('failure', 2, { by: 'mallory' })]).kind).toBe('healthy')
  })

  test('without `from`, of anybody but the first reporter', () => {
    const environment = expects({ name: 'kustomization/apps', from: [] })
    const signals = [said('success', 1), said('failure', 2, { by: 'mallory' })]
    expect(seen(10, signals, { environment })).toMatchObject({
      health: { kind: 'healthy' },
      ignored: [{ signal: { by: 'mallory' }, why: expect.stringContaining('flux-bot was the first to report') }],
    })
    const reporters = new Map([[STATUS, 'somebody-before']])
    expect(health(10, signals, { environment, reporters })).toMatchObject({ kind: 'waiting' })
    expect(health(10, signals, { environment, reporters: new Map() })).toMatchObject({ kind: 'waiting' })
  })

  test('that claims to come from the hooks, or from an App of another kind', () => {
    const hook = expects({ name: 'smoke', from: ['hook'] })
    const smoke = (more: Partial<Signal>) => said('success', 1, { name: 'smoke', by: 'hook', says: '', ...more })
    expect(health(10, [smoke({ via: 'generic' })], { environment: hook }).kind).toBe('healthy')
    expect(health(10, [smoke({ via: 'status' })], { environment: hook }).kind).toBe('waiting')
    expect(health(10, [smoke({ via: 'check' })], { environment: hook }).kind).toBe('waiting')
    const app = expects({ name: 'smoke', from: ['argo[bot]'] })
    expect(health(10, [smoke({ via: 'status', by: 'argo[bot]' })], { environment: app }).kind).toBe('healthy')
    expect(health(10, [smoke({ via: 'check', by: 'argo' })], { environment: app }).kind).toBe('healthy')
    expect(health(10, [smoke({ via: 'status', by: 'argo' })], { environment: app }).kind).toBe('waiting')
  })

  test('from the future, which would outlast every failure', () => {
    const tomorrow = said('success', 24 * 60)
    expect(seen(10, [tomorrow, said('failure', 2)])).toMatchObject({
      health: { kind: 'failed' },
      ignored: [{ signal: tomorrow, why: 'its time lies in the future: is a clock wrong?' }],
    })
  })

  test('about another cluster, which is said with what to write', () => {
    const smoke = said('success', 1, { via: 'generic', name: 'smoke', by: 'hook', place: 'eu-1' })
    const environment = expects({ name: 'smoke', from: ['hook'] })
    expect(seen(10, [smoke], { environment })).toMatchObject({
      health: { kind: 'waiting' },
      ignored: [{ why: 'it says that it is about eu-1: let its sender say dev if that is meant' }],
    })
    expect(health(10, [smoke], { environment: { ...environment, cluster: 'EU-1' } }).kind).toBe('healthy')
  })

  test('that names neither a commit nor a version', () => {
    const environment = expects({ name: 'smoke', from: ['hook'] })
    const smoke = said('success', 1, { via: 'generic', name: 'smoke', by: 'hook', commit: null })
    expect(seen(10, [smoke], { environment }).ignored).toMatchObject([
      { why: 'it names neither a commit nor a version, so that it may be about what stood before' },
    ])
    expect(health(10, [{ ...smoke, version: 'v1.1.0' }], { environment }).kind).toBe('healthy')
    expect(health(10, [{ ...smoke, version: '1.0.0' }], { environment }).kind).toBe('waiting')
  })
})

describe('what a success proves', () => {
  const facts = (more: Partial<GitOpsFacts>): GitOpsFacts => ({ ...gitops, ...more })
  const [apps] = gitops.objects
  if (!apps) throw new Error('no Kustomization')

  test.each<[string, GitOpsFacts, string]>([
    [
      'Flux 2.8 loses failures',
      facts({ flux: [{ written: '2.8.x', least: '2.8.0', environment: 'dev' }] }),
      'Flux 2.8.x may not report failures to GitHub (2.9 does): upgrade Flux, or send its events to /hooks/flux',
    ],
    [
      'one of two clusters has an old Flux',
      facts({ flux: [...gitops.flux, { written: '2.x', least: '2.0.0', environment: null }] }),
      'Flux 2.x may not report failures to GitHub (2.9 does): upgrade Flux, or send its events to /hooks/flux',
    ],
    [
      'nobody knows which Flux it is',
      facts({ flux: [{ written: 'v2.9.0', least: '2.9.0', environment: 'prod' }] }),
      'the version of Flux does not stand in this repository, and before 2.9 it does not report failures to GitHub: send its events to /hooks/flux instead',
    ],
    [
      'the Kustomization does not wait',
      facts({ objects: [{ ...apps, waits: false }] }),
      'Kustomization apps has neither "wait: true" nor health checks, so that its success means applied, not healthy: set "spec.wait: true"',
    ],
    [
      'the Kustomization is not in Git',
      facts({ objects: [] }),
      'Kustomization apps does not stand in this repository, so that nobody knows whether it waits for what it applies',
    ],
    [
      'two clusters have a Kustomization of that name',
      facts({ objects: [apps, { ...apps, environment: 'prod' }] }),
      `Kustomization apps stands in other environments too, and ${STATUS} does not say which it is about: name it in full under "health", or give /hooks/flux the environment`,
    ],
  ])('is not enough when %s', (_, weak, why) => {
    expect(health(10, [said('success', 1)], { gitops: weak })).toEqual({
      kind: 'unknown',
      missing: ['kustomization/apps'],
      why: [why],
    })
    expect(health(3, [said('success', 1)], { gitops: weak })).toMatchObject({ kind: 'waiting', until: at(6) })
    expect(health(10, [said('success', 1), said('failure', 2)], { gitops: weak }).kind).toBe('failed')
  })

  test.each(['kustomization/apps/0c9c2e41', 'flux/dev/kustomization/apps', 'eu-1/Kustomization/apps'])(
    'is told by the Kustomization that a context such as %s names',
    name => {
      const environment = expects({ name, from: ['flux-bot'] })
      const weak = facts({ objects: [{ ...apps, waits: false }] })
      const status = said('success', 1, { name, says: '' })
      expect(health(10, [status], { environment, gitops: weak }).kind).toBe('unknown')
      expect(health(10, [status], { environment }).kind).toBe('healthy')
    },
  )

  test('is not told where a status of Flux names no object', () => {
    const environment = expects({ name: 'flux-dev', from: ['flux-bot'] })
    expect(health(10, [said('success', 1, { name: 'flux-dev' })], { environment })).toMatchObject({
      kind: 'unknown',
      why: ['flux-dev names no Kustomization or HelmRelease, so that nobody knows what its success proves'],
    })
  })

  test('the name in full says which cluster is meant', () => {
    const both = facts({ objects: [apps, { ...apps, environment: 'prod' }] })
    const environment = expects({ name: STATUS, from: ['flux-bot'] })
    expect(health(10, [said('success', 1)], { environment, gitops: both }).kind).toBe('healthy')
    const hasty = facts({ objects: [apps, { ...apps, environment: 'prod', waits: false }] })
    expect(health(10, [said('success', 1)], { environment, gitops: hasty }).kind).toBe('healthy')
  })

  test('an event of the same Kustomization needs no Flux 2.9, and health checks all the same', () => {
    const environment = expects({ name: 'Kustomization/**', from: ['hook'] })
    const event = said('success', 1, { via: 'flux', name: 'Kustomization/flux-system/apps', by: 'hook', place: 'dev' })
    expect(health(10, [event], { environment, gitops: facts({ flux: [] }) }).kind).toBe('healthy')
    const unproven = facts({ objects: [{ ...apps, waits: false }] })
    expect(health(10, [event], { environment, gitops: unproven }).kind).toBe('unknown')
  })

  test('a strong signal beside a weak one under one pattern is enough', () => {
    const environment = expects({ name: '**', from: ['hook', 'flux-bot'] })
    const old = facts({ flux: [] })
    expect(health(10, [said('success', 1), helm('success', 1)], { environment, gitops: old }).kind).toBe('healthy')
  })

  test('what is not of Flux counts when the policy names it', () => {
    const environment = expects({ name: 'continuous-delivery/*', from: ['argo[bot]'] })
    const argo = said('success', 1, { name: 'continuous-delivery/beacon', by: 'argo[bot]', says: '' })
    expect(health(10, [argo], { environment, gitops: facts({ flux: [], objects: [] }) }).kind).toBe('healthy')
  })
})

describe('a HelmRelease of Flux', () => {
  const of = (signals: readonly Signal[], more: Partial<Standing> = {}) =>
    health(10, signals, { environment: HELM, standing: { ...standing, ...more } }).kind

  test.each<[string, Partial<Signal>, Partial<Standing>]>([
    ['its chart version', {}, {}],
    ['its chart version with a v', { version: 'v1.1.0' }, {}],
    [
      'a version with the digest that is pinned',
      { version: '1.1.0+0123456789ab' },
      { digest: `sha256:0123456789ab${'c'.repeat(52)}` },
    ],
    ['a version with a digest, where none is pinned', { version: '1.1.0+0123456789ab' }, {}],
    ['the run that came back', { version: '9.9.9', run: 'run-1' }, { run: 'run-1' }],
  ])('is known by %s', (_, more, where) => {
    expect(of([helm('success', 1, more)], where)).toBe('healthy')
    expect(of([helm('failure', 1, more)], where)).toBe('failed')
  })

  test.each<[string, Partial<Signal>, Partial<Standing>]>([
    ['another version', { version: '1.0.0' }, {}],
    ['a version that only begins the same', { version: '1.1.0-rc.1' }, {}],
    ['a variant of the version', { version: '1.1.0-alpine' }, {}],
    ['another digest', { version: '1.1.0+ffffffffffff' }, { digest: `sha256:0123456789ab${'c'.repeat(52)}` }],
    ['another release of the same version', { name: 'HelmRelease/media/other' }, {}],
    ['another run', { run: 'run-0' }, { run: 'run-1' }],
    ['the version before it stood here', { at: at(-1) }, {}],
  ])('%s is not about it', (_, more, where) => {
    expect(of([helm('success', 1, more)], where)).toBe('waiting')
    expect(of([helm('failure', 1, more)], where)).toBe('waiting')
  })

  test('taken back by Flux has failed, although that event names the version before', () => {
    const rollback = helm('failure', 4, { version: null, says: 'RollbackSucceeded: Helm rollback succeeded' })
    expect(of([helm('failure', 3), rollback])).toBe('failed')
    expect(of([rollback])).toBe('failed')
    expect(of([rollback], { releases: [] })).toBe('waiting')
  })

  test('that does not wait has only been applied', () => {
    const object = { kind: 'HelmRelease', name: 'beacon', environment: 'dev', waits: false, patience: 60_000 } as const
    const weak = { ...gitops, objects: [object] }
    expect(health(10, [helm('success', 1)], { environment: HELM, gitops: weak })).toMatchObject({
      kind: 'unknown',
      why: [expect.stringContaining('HelmRelease beacon has "disableWait"')],
    })
  })

  test('has the deadline of its own object, not of others that the pattern names', () => {
    const object = { kind: 'HelmRelease', environment: 'dev', waits: true } as const
    const objects = [
      { ...object, name: 'beacon', patience: 40 * 60_000 },
      { ...object, name: 'slow', patience: 90 * 60_000 },
    ]
    const more = { environment: HELM, gitops: { ...gitops, objects } }
    expect(health(1, [], more)).toMatchObject({ until: at(40) })
  })
})

describe('where the policy names nothing', () => {
  const environment = anEnvironment('dev')

  test('silence is no news, unless a soak depends on it', () => {
    expect(health(99, [], { environment, strict: false })).toEqual({ kind: 'unwatched' })
    expect(health(29, [], { environment, strict: true })).toMatchObject({ kind: 'waiting', until: at(30) })
    expect(health(30, [], { environment, strict: true })).toMatchObject({
      kind: 'unknown',
      missing: ['a report of its health'],
    })
  })

  test('what the engines say of this environment counts, and CI does not', () => {
    expect(health(10, [said('success', 1)], { environment, strict: false }).kind).toBe('healthy')
    expect(health(10, [helm('failure', 1)], { environment, strict: false }).kind).toBe('failed')
    const lint = said('failure', 1, { name: 'lint', via: 'check', by: 'github-actions', says: '' })
    expect(seen(10, [lint], { environment, strict: false })).toEqual({
      health: { kind: 'unwatched' },
      ignored: [],
      says: [],
    })
  })

  test('a deployment belongs to the environment of its name', () => {
    const deployed = (place: string) =>
      said('failure', 1, { via: 'deployment', name: `deployment/${place}`, place, by: 'argo[bot]' })
    expect(health(10, [deployed('dev')], { environment, strict: false }).kind).toBe('failed')
    expect(health(10, [deployed('prod')], { environment, strict: false }).kind).toBe('unwatched')
  })

  test('an object that stands in two environments is not taken for one of them', () => {
    const [apps] = gitops.objects
    const both = { ...gitops, objects: apps ? [apps, { ...apps, environment: 'prod' }] : [] }
    expect(seen(10, [said('failure', 1)], { environment, strict: false, gitops: both })).toMatchObject({
      health: { kind: 'unwatched' },
      ignored: [{ why: expect.stringContaining('does not say which environment') }],
    })
  })
})

describe('the setup', () => {
  const applications = [{ name: 'beacon', environment: 'dev', sources: 2, file: 'dev/app.yaml' }]

  test('Applications with several sources explain a silence', () => {
    const several = { ...gitops, applications }
    const line = expect.stringContaining('do not work for Applications with several sources (beacon)')
    expect(seen(20, [], { gitops: several })).toMatchObject({
      health: { why: [expect.any(String), line] },
      says: [line],
    })
    expect(seen(20, [], { gitops: { ...gitops, applications: [] } }).says).toEqual([])
  })

  test('GitOps Promoter is only watched', () => {
    expect(seen(1, [], { gitops: { ...gitops, promoter: 'promoter.yaml' } }).says).toEqual([
      'GitOps Promoter moves changes between environments here (promoter.yaml): Windlass changes what it promotes, and only watches its pull requests',
    ])
  })
})

test('asks only for the first reporter of what counts and what the policy leaves open', () => {
  const environment = expects({ name: 'kustomization/apps', from: [] }, { name: 'smoke', from: ['hook'] })
  const signals = [
    said('success', 3, { by: 'mallory' }),
    said('success', 1),
    said('success', -1, { by: 'before' }),
    said('success', 1, { name: 'smoke', via: 'generic', by: 'hook' }),
    said('success', 1, { name: 'lint' }),
  ]
  expect(firstReports({ environment, standing, strict: true, signals, gitops, now: new Date(at(9)) })).toEqual([
    { name: STATUS, by: 'flux-bot' },
  ])
})
