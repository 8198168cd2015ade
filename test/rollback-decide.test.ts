import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../src/config.ts'
import { decide, type Standing } from '../src/decide/index.ts'
import { refusals } from '../src/decide/refusals.ts'
import { beingTakenBack, due, isRollback, rollbackBranch } from '../src/decide/rollback.ts'
import type { Health, Memory, Outcome, Proposal, Revert, Signal, TakeBack } from '../src/model.ts'
import { wording } from '../src/report/index.ts'
import { aMemory, aPlan, aProposal, current, planned, unplanned } from './support/plans.ts'

const ASKED = { by: 'ada', at: '2026-01-05T00:00:00Z', reason: 'blank page' }

function upgrade(memory: Partial<Memory> = {}, more: Partial<Proposal> = {}): Proposal {
  const merged = { state: 'merged', mergedAt: '2026-01-04T00:00:00Z', mergeCommit: 'd'.repeat(40) } as const
  return aProposal({ ...merged, memory: aMemory(memory), ...more })
}

function rollback(more: Partial<Proposal> = {}, memory: Partial<Memory> = {}): Proposal {
  const about = { kind: 'rollback' as const, from: '1.1.0', to: '1.0.0', rollback: ASKED }
  return aProposal({
    number: 9,
    branch: 'windlass/rollback/dev/beacon',
    openedAt: '2026-01-05T01:00:00Z',
    memory: aMemory({ ...about, ...memory }),
    ...more,
  })
}

function failed(at: string, says = 'install retries exhausted'): ReadonlyMap<string, Health> {
  const signal: Signal = {
    via: 'flux',
    name: 'HelmRelease/beacon/beacon',
    state: 'failure',
    at,
    by: 'hook',
    commit: null,
    place: null,
    version: null,
    run: null,
    says,
  }
  return new Map([['windlass/dev/beacon', { kind: 'failed', at, evidence: [signal] }]])
}

function dueOf(proposals: readonly Proposal[], health: ReadonlyMap<string, Health> = new Map(), from = '1.1.0') {
  return due({ proposals, outcomes: [current(from)], health })
}

describe('what is to be taken back', () => {
  test('a merged upgrade for which somebody asked', () => {
    expect(dueOf([upgrade({ rollback: ASKED })])).toMatchObject([{ upgrade: { number: 7 }, why: ASKED }])
  })

  test('one that is red after its merge, with the signal that says so', () => {
    expect(dueOf([upgrade()], failed('2026-01-04T01:00:00Z'))).toMatchObject([
      {
        why: {
          by: 'windlass',
          at: '2026-01-04T01:00:00Z',
          reason: 'flux HelmRelease/beacon/beacon by hook: install retries exhausted',
        },
      },
    ])
  })

  test.each<[string, readonly Proposal[], ReadonlyMap<string, Health>, string]>([
    ['nobody asked and nothing is red', [upgrade()], new Map(), '1.1.0'],
    ['it was red before the merge', [upgrade()], failed('2026-01-03T00:00:00Z'), '1.1.0'],
    ['its version does not stand any more', [upgrade({ rollback: ASKED })], new Map(), '1.2.0'],
    ['it is not merged', [upgrade({ rollback: ASKED }, { state: 'open' })], new Map(), '1.1.0'],
    [
      'it is a rollback itself',
      [rollback({ state: 'merged', mergedAt: '2026-01-06T00:00:00Z', mergeCommit: 'e'.repeat(40) })],
      new Map(),
      '1.0.0',
    ],
    ['it was taken back', [upgrade({ rollback: ASKED }), rollback({ state: 'merged' })], new Map(), '1.1.0'],
    ['a person closed its rollback', [upgrade({ rollback: ASKED }), rollback({ state: 'closed' })], new Map(), '1.1.0'],
    [
      'a person closed its rollback, and it is still red',
      [upgrade(), rollback({ state: 'closed' })],
      failed('2026-01-06T00:00:00Z'),
      '1.1.0',
    ],
    [
      'another version was merged after it',
      [upgrade({ rollback: ASKED }), upgrade({}, { number: 8, mergedAt: '2026-01-05T00:00:00Z' })],
      new Map(),
      '1.1.0',
    ],
  ])('not when %s', (_, proposals, health, from) => {
    expect(dueOf(proposals, health, from)).toEqual([])
  })

  test.each<[string, readonly Proposal[]]>([
    [
      'we closed its rollback ourselves',
      [upgrade({ rollback: ASKED }), rollback({ state: 'closed' }, { closed: 'nothing left' })],
    ],
    [
      'somebody asked again after it was closed',
      [upgrade({ rollback: { ...ASKED, at: '2026-01-07T00:00:00Z' } }), rollback({ state: 'closed' })],
    ],
    [
      'the rollback belongs to an earlier merge',
      [upgrade({ rollback: ASKED }), rollback({ state: 'merged', openedAt: '2026-01-02T00:00:00Z' })],
    ],
    ['its rollback is open, and health is not red any more', [upgrade(), rollback()]],
  ])('also when %s', (_, proposals) => {
    expect(dueOf(proposals)).toHaveLength(1)
  })
})

const FILES: Revert = { ok: true, files: new Map([['dev/beacon.yaml', 'version: 1.0.0\n']]) }

function actions(standing: Partial<Standing>) {
  const whole = {
    outcomes: [current('1.1.0')],
    takeBacks: [],
    proposals: [],
    unsaid: new Set<number>(),
    foreign: new Set<string>(),
    gates: new Map(),
    grants: [],
    policy: DEFAULT_POLICY,
    now: new Date('2026-02-01T12:00:00Z'),
    ...standing,
  }
  return decide(whole, wording).actions
}

function takeBack(revert: Revert = FILES, why = ASKED): TakeBack {
  return { upgrade: upgrade(), why, into: null, commit: 'c'.repeat(40), revert }
}

const otherPlanned = planned(aPlan({ branch: 'windlass/dev/other' }))

/** The rollback as it was opened for `takeBack`. */
function opened(): Proposal {
  const [open] = actions({ takeBacks: [takeBack()] })
  if (open?.do !== 'open') throw new Error('nothing was opened')
  return rollback({ memory: open.memory })
}

describe('what is done about it', () => {
  test('a pull request on a branch of its own, that remembers the way back', () => {
    expect(actions({ takeBacks: [takeBack()] })).toMatchObject([
      {
        do: 'open',
        pullRequest: { branch: 'windlass/rollback/dev/beacon', labels: ['windlass/rollback', 'env/dev'] },
        commit: { base: 'c'.repeat(40), files: FILES.ok ? FILES.files : null },
        memory: { kind: 'rollback', from: '1.1.0', to: '1.0.0', rollback: ASKED },
      },
    ])
  })

  test('the limits on new pull requests do not hold it back', () => {
    const policy = { ...DEFAULT_POLICY, prHourlyLimit: 1, prConcurrentLimit: 1 }
    const busy = aProposal({
      number: 1,
      branch: 'windlass/dev/other',
      openedAt: '2026-02-01T11:59:00Z',
      humanCommit: { sha: 'f', author: 'ada' },
      memory: aMemory({ saidEdited: 'f' }),
    })
    const outcomes: Outcome[] = [
      current('1.1.0'),
      { ...unplanned('unknown', 'no answer'), branch: 'windlass/dev/other' },
    ]
    expect(actions({ takeBacks: [takeBack()], policy, proposals: [busy], outcomes })).toMatchObject([{ do: 'open' }])
  })

  test('and it takes no room from upgrades', () => {
    const policy = { ...DEFAULT_POLICY, prHourlyLimit: 1, prConcurrentLimit: 1 }
    const done = actions({
      proposals: [{ ...opened(), openedAt: '2026-02-01T11:59:00Z' }],
      policy,
      outcomes: [current('1.1.0'), otherPlanned],
    })
    expect(done).toMatchObject([{ do: 'open', pullRequest: { branch: 'windlass/dev/other' } }])
  })

  test('a branch of somebody else that has its name is not touched', () => {
    expect(actions({ takeBacks: [takeBack()], foreign: new Set(['windlass/rollback/dev/beacon']) })).toEqual([])
  })

  test('the same again does nothing; other files update it; held or with a commit of a person it stays', () => {
    const open = opened()
    const other = takeBack({ ok: true, files: new Map([['dev/beacon.yaml', '# new\nversion: 1.0.0\n']]) })
    expect(actions({ takeBacks: [takeBack()], proposals: [open] })).toEqual([])
    expect(actions({ takeBacks: [other], proposals: [open] })).toMatchObject([
      { do: 'update', number: 9, head: open.head },
    ])
    const held = { ...open, memory: { ...open.memory, hold: { by: 'ada', at: '', reason: '' } } }
    expect(actions({ takeBacks: [other], proposals: [held] })).toEqual([])
    const edited = { ...open, humanCommit: { sha: 'f', author: 'ada' } }
    expect(actions({ takeBacks: [other], proposals: [edited] }).map(action => action.do)).toEqual([
      'notice',
      'remember',
    ])
  })

  test('what a command changed on it is written down', () => {
    const open = opened()
    expect(actions({ takeBacks: [takeBack()], proposals: [open], unsaid: new Set([9]) })).toMatchObject([
      { do: 'remember', number: 9 },
    ])
  })

  test.each([
    ['the version does not stand any more', [current('1.0.0')], 'has beacon 1.0.0 by now'],
    ['the component is gone', [], 'is not in the repository any more'],
  ])('it is closed when %s', (_, outcomes, reason) => {
    expect(actions({ proposals: [opened()], outcomes })).toMatchObject([
      { do: 'close', number: 9, reason: expect.stringContaining(reason) },
    ])
  })

  test('what cannot be taken back by reverting is said once on the merged upgrade', () => {
    const why = 'not by reverting alone: removing a CRD deletes its objects; roll forward'
    const one = takeBack({ ok: false, reason: why })
    expect(actions({ takeBacks: [one] })).toMatchObject([
      { do: 'notice', number: 7, text: expect.stringContaining('not by reverting alone') },
      { do: 'remember', number: 7, memory: { saidRollback: why } },
    ])
    expect(actions({ takeBacks: [{ ...one, upgrade: upgrade({ saidRollback: why }) }] })).toEqual([])
  })

  test('what a signal says does nothing in the text', () => {
    const says = '<!-- windlass:end --> @ada `x` closes #1'
    const [open] = actions({
      takeBacks: [takeBack(FILES, { by: 'windlass', at: '2026-01-05T00:00:00Z', reason: says })],
    })
    const body = open?.do === 'open' ? open.pullRequest.body : ''
    expect(body).toContain('``<\u200b!-- windlass:end --> @ada `x` closes #1``')
  })
})

describe('afterwards', () => {
  test('a version that was rolled back is refused, and no other', () => {
    const no = refusals('windlass/dev/beacon', { proposals: [rollback({ state: 'merged' })], granted: [] })
    expect(no('1.1.0')).toBe('1.1.0 was rolled back in #9')
    expect(no('1.2.0')).toBeNull()
    expect(refusals('windlass/dev/beacon', { proposals: [rollback()], granted: [] })('1.1.0')).toBeNull()
    expect(
      refusals('windlass/prod/beacon', { proposals: [rollback({ state: 'merged' })], granted: [] })('1.1.0'),
    ).toBeNull()
  })

  test('while it is being taken back it goes no further', () => {
    const no = (...proposals: readonly Proposal[]) => beingTakenBack('windlass/dev/beacon', proposals)('1.1.0')
    expect(no(upgrade())).toBeNull()
    expect(no(upgrade({ rollback: ASKED }))).toBe('ada asked in #7 to take 1.1.0 back')
    expect(no(upgrade(), rollback())).toBe('#9 takes 1.1.0 back in dev')
    expect(
      no(upgrade({ rollback: ASKED }), upgrade({ to: '1.1.0' }, { number: 8, mergedAt: '2026-01-09T00:00:00Z' })),
    ).toBeNull()
  })

  test('the branches tell a rollback from an upgrade', () => {
    expect(rollbackBranch('windlass/dev/beacon')).toBe('windlass/rollback/dev/beacon')
    expect(isRollback({ branch: 'windlass/rollback/dev/beacon' })).toBe(true)
    expect(isRollback({ branch: 'windlass/rollback/beacon' })).toBe(false)
  })
})

test('what makes an upgrade one-way is remembered when its pull request is opened', () => {
  const says = 'not by reverting alone: x; roll forward'
  const plan = aPlan({ rollback: { possible: false, says } })
  expect(actions({ outcomes: [planned(plan)] })).toMatchObject([{ do: 'open', memory: { oneWay: says } }])
  expect(actions({ outcomes: [planned()] })).toMatchObject([{ do: 'open', memory: { oneWay: null } }])
})
