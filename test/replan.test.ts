import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../src/config.ts'
import { answerTo, ciObjection, heldFor, isOwnHold, released, remembered, retried } from '../src/decide/answer.ts'
import { decide } from '../src/decide/index.ts'
import type { Action, FailedJob, Outcome, Proposal, Replan } from '../src/model.ts'
import { wording } from '../src/report/index.ts'
import { aFailedJob, aMemory, aPlan, aProposal, aReplan, current, planned, unplanned } from './support/plans.ts'

const SCHEMA = aFailedJob({ log: 'problem validating schema. Check JSON formatting: x' })
const FLAKE = aFailedJob({ job: 41, log: 'i/o timeout' })
const UNKNOWN = aFailedJob({ job: 42, log: 'nobody knows' })
const HEAD = 'a'.repeat(40)

function red(jobs: readonly FailedJob[], replans: readonly Replan[] = [], more: Partial<Proposal> = {}): Proposal {
  return aProposal({ ci: { kind: 'failed', jobs }, memory: aMemory({ replans }), ...more })
}

const entry = (did: Replan['did'], more: Partial<Replan> = {}) => aReplan({ did, head: 'b'.repeat(40), ...more })

describe('what is answered to a red CI', () => {
  test.each<[string, readonly FailedJob[], readonly Replan[], Replan['did'] | null, readonly number[]]>([
    ['a schema that does not fit', [SCHEMA], [], 'lower', []],
    ['a flake', [FLAKE], [], 'rerun', [41]],
    ['something unknown, and a flake beside it', [UNKNOWN, FLAKE], [], 'rerun', [42, 41]],
    [
      'a flake that nobody but its own CI can run again',
      [aFailedJob({ job: null, log: 'i/o timeout' })],
      [],
      'hold',
      [],
    ],
    ['a flake beside a definite cause', [FLAKE, SCHEMA], [], 'lower', []],
    ['a flake whose rerun has not ended', [FLAKE], [entry('rerun', { head: HEAD, at: FLAKE.endedAt })], null, []],
    [
      'a flake that failed again after its rerun',
      [aFailedJob({ job: 43, log: 'i/o timeout', endedAt: '2026-01-01T01:00:00Z' })],
      [entry('rerun', { head: HEAD, at: '2026-01-01T00:30:00Z' })],
      'hold',
      [],
    ],
    [
      'a definite cause after a rerun',
      [{ ...SCHEMA, endedAt: '2026-01-01T01:00:00Z' }],
      [entry('rerun', { head: HEAD, at: '2026-01-01T00:30:00Z' })],
      'lower',
      [],
    ],
    ['a head that was answered by a hold', [SCHEMA], [entry('hold', { head: HEAD })], null, []],
    ['a third answer', [SCHEMA], [entry('lower'), entry('rerun')], 'lower', []],
    ['a fourth one', [SCHEMA], [entry('lower'), entry('rerun'), entry('lower')], 'hold', []],
    ['holds, which are no attempts', [SCHEMA], [entry('hold'), entry('lower')], 'lower', []],
  ])('%s', (_, jobs, replans, did, rerun) => {
    const answer = answerTo(red(jobs, replans))
    expect(answer?.replan.did ?? null).toBe(did)
    expect(answer?.jobs ?? []).toEqual(rerun)
  })

  test.each<[string, Partial<Proposal>]>([
    ['is green', { ci: { kind: 'passed' } }],
    ['is still running', { ci: { kind: 'pending' } }],
    ['is held by a person', { memory: aMemory({ hold: { by: 'ada', at: '', reason: '' } }) }],
    ['has a commit of a person', { humanCommit: { sha: 'c'.repeat(40), author: 'ada' } }],
    ['is not finished', { memory: aMemory({ inputs: '' }) }],
    ['is merged', { state: 'merged' }],
  ])('nothing when the pull request %s', (_, more) => {
    expect(answerTo(red([SCHEMA], [], more))).toBeNull()
  })

  test('a version that a person asked for is not replaced', () => {
    const wanted = { by: 'ada', at: '', reason: '', version: '1.1.0' }
    const answer = answerTo(red([SCHEMA], [], { memory: aMemory({ wanted }) }))
    expect(answer).toMatchObject({ replan: { did: 'hold' }, why: 'CI is red, and ada asked for this version' })
  })

  test('the answer says what was red, when and why, in bounded words', () => {
    const job = aFailedJob({ name: 'j'.repeat(300), log: `no matches for kind "${'x'.repeat(600)}` })
    const { replan } = answerTo(red([job])) ?? {}
    expect(replan).toMatchObject({ at: job.endedAt, version: '1.1.0', head: HEAD, cause: 'missing-crd' })
    expect([replan?.job.length, replan?.line.length]).toEqual([80, 240])
  })
})

describe('what is remembered', () => {
  test('of holds only the newest, and of lines before the newest only the beginning', () => {
    const long = entry('lower', { line: 'l'.repeat(240) })
    const memory = remembered(aMemory({ replans: [entry('hold'), long] }), entry('hold', { at: 'later' }))
    expect(memory.replans.map(({ did, at }) => [did, at])).toEqual([
      ['lower', long.at],
      ['hold', 'later'],
    ])
    expect(memory.replans[0]?.line.length).toBe(60)
  })

  test('a hold of our own is told from one of a person, whatever that person is called', () => {
    const own = heldFor(aMemory(), entry('lower'), 'red')
    expect(isOwnHold(own)).toBe(true)
    expect(released(own).hold).toBeNull()
    const person = { ...own, hold: { by: 'windlass', at: '2026-03-01T00:00:00Z', reason: 'mine' } }
    expect(released(person).hold).toEqual(person.hold)
  })

  test('retry ends a hold of our own and forgets the answers', () => {
    expect(retried(heldFor(aMemory(), entry('lower'), 'red'))).toEqual(aMemory())
  })
})

describe('which versions CI speaks against', () => {
  const no = (...proposals: readonly Proposal[]) => ciObjection('windlass/dev/beacon', proposals)

  test('one that was replaced, also after its pull request was merged with another', () => {
    const lowered = aProposal({
      state: 'merged',
      memory: aMemory({ to: '1.0.5', replans: [entry('lower', { version: '1.1.0' })] }),
    })
    expect(no(lowered)('1.1.0')).toBe('CI failed with 1.1.0 in #7 (schema)')
    expect(no(lowered)('1.2.0')).toBeNull()
    expect(no({ ...lowered, branch: 'windlass/prod/beacon' })('1.1.0')).toBeNull()
  })

  test('one that is red now and is about to be replaced, and none that is held or run again', () => {
    expect(no(red([SCHEMA]))('1.1.0')).not.toBeNull()
    expect(no(red([FLAKE]))('1.1.0')).toBeNull()
    expect(no(red([SCHEMA], [entry('hold', { head: HEAD, version: '1.1.0' })]))('1.1.0')).toBeNull()
  })
})

describe('what is done', () => {
  function actions(outcome: Outcome, proposal: Proposal): readonly Action[] {
    const nothing = {
      takeBacks: [],
      gates: new Map(),
      grants: [],
      unsaid: new Set<number>(),
      foreign: new Set<string>(),
    }
    const now = new Date('2026-02-01T12:00:00Z')
    return decide({ ...nothing, outcomes: [outcome], proposals: [proposal], policy: DEFAULT_POLICY, now }, wording)
      .actions
  }

  const upgrade = aPlan().upgrade
  const lower = planned(aPlan({ inputs: 'inputs-0', upgrade: { ...upgrade, to: { ...upgrade.to, version: '1.0.5' } } }))
  const blocked = (because: 'ci' | 'age', reason: string): Outcome => ({
    ...current('1.0.0'),
    kind: 'held',
    to: '1.0.5',
    because,
    reason,
    until: null,
  })

  test('a lower version: remembered first, then the branch moves', () => {
    const done = actions(lower, red([SCHEMA]))
    expect(done).toMatchObject([
      { do: 'remember', memory: { to: '1.1.0', inputs: '', replans: [{ did: 'lower', version: '1.1.0' }] } },
      { do: 'update', memory: { to: '1.0.5', inputs: 'inputs-0', replans: [{ did: 'lower', version: '1.1.0' }] } },
    ])
  })

  test('a flake: run again, then remembered, with the text of the same plan', () => {
    expect(actions(planned(), red([FLAKE]))).toMatchObject([
      { do: 'rerun', number: 7, job: 41 },
      {
        do: 'remember',
        memory: { hold: null, replans: [{ did: 'rerun' }] },
        pullRequest: { body: expect.stringContaining('### CI') },
      },
    ])
  })

  test.each([
    ['no other version', blocked('ci', 'CI failed with 1.1.0 in #7 (schema)'), 'there is no other version to try'],
    ['one that has to wait', blocked('age', '1.0.5 is 1 day old'), '1.0.5 waits: 1.0.5 is 1 day old'],
  ])('%s: held, said, labelled, not closed', (_, outcome, why) => {
    expect(actions(outcome, red([SCHEMA]))).toMatchObject([
      { do: 'notice', key: `ci ${HEAD}`, text: expect.stringContaining(why) },
      {
        do: 'remember',
        memory: { hold: { by: 'windlass', reason: expect.stringContaining(why) }, replans: [{ did: 'hold' }] },
        pullRequest: { labels: expect.arrayContaining(['windlass/hold']) },
      },
    ])
  })

  test('nothing while a registry does not say what there is', () => {
    expect(actions(unplanned('unknown', 'registry answered 503'), red([SCHEMA]))).toEqual([])
  })

  test('a version that is on the default branch already closes it, red or not', () => {
    expect(actions(current('1.1.0'), red([SCHEMA]))).toMatchObject([{ do: 'close' }])
  })

  test('other inputs replace a head that would be run again', () => {
    expect(actions(planned(aPlan({ inputs: 'other' })), red([FLAKE]))).toMatchObject([
      { do: 'update', memory: { replans: [] } },
    ])
  })

  test('a hold of our own ends with other inputs, and with a CI that is green again', () => {
    const memory = heldFor(aMemory(), entry('lower', { head: HEAD }), 'red')
    expect(actions(planned(), aProposal({ memory }))).toEqual([])
    expect(actions(planned(aPlan({ inputs: 'other' })), aProposal({ memory }))).toMatchObject([
      { do: 'update', memory: { hold: null } },
    ])
    expect(actions(planned(), aProposal({ memory, ci: { kind: 'passed' } }))).toMatchObject([
      { do: 'remember', memory: { hold: null } },
    ])
  })
})
