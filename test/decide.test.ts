import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../src/config.ts'
import type { Gate } from '../src/decide/gate.ts'
import { decide, type Standing } from '../src/decide/index.ts'
import { ceiling, rank } from '../src/decide/promote.ts'
import type { Grant } from '../src/model.ts'
import { wording } from '../src/report/index.ts'
import { aMemory, aPin, aPlan, aProposal, current, planned, unplanned } from './support/plans.ts'

const NOW = new Date('2026-02-01T12:00:00Z')

function decision(standing: Partial<Standing>) {
  const whole = {
    outcomes: [],
    takeBacks: [],
    proposals: [],
    unsaid: new Set<number>(),
    foreign: new Set<string>(),
    policy: DEFAULT_POLICY,
    gates: new Map(),
    grants: [],
    now: NOW,
    ...standing,
  }
  return decide(whole, wording)
}

const actions = (standing: Partial<Standing>) => decision(standing).actions

describe('deciding about one upgrade', () => {
  test('a plan without a pull request opens one', () => {
    expect(actions({ outcomes: [planned()] })).toMatchObject([
      { do: 'open', pullRequest: { branch: 'windlass/dev/beacon' }, memory: { to: '1.1.0', inputs: 'inputs-1' } },
    ])
  })

  test('a pull request with the same inputs is left as it is', () => {
    expect(actions({ outcomes: [planned()], proposals: [aProposal()] })).toEqual([])
  })

  test('other inputs update the same pull request and keep what people said on it', () => {
    const hold = { by: 'ada', at: '2026-01-02T00:00:00Z', reason: '' }
    const ignored = [{ ...hold, what: 'version' as const, version: '1.0.5' }]
    const proposal = aProposal({ memory: aMemory({ inputs: 'older', ignored }) })
    expect(actions({ outcomes: [planned()], proposals: [proposal] })).toMatchObject([
      { do: 'update', number: 7, head: proposal.head, memory: { inputs: 'inputs-1', ignored } },
    ])
  })

  test('a second pull request of the same branch is closed, and the first one tended', () => {
    const proposals = [aProposal({ number: 9 }), aProposal({ memory: aMemory({ inputs: 'older' }) })]
    expect(actions({ outcomes: [planned()], proposals })).toMatchObject([
      { do: 'close', number: 9, reason: '#7 is the pull request for this already.' },
      { do: 'update', number: 7 },
    ])
  })

  test('a held pull request is not updated', () => {
    const hold = { by: 'ada', at: '2026-01-02T00:00:00Z', reason: 'incident' }
    const proposal = aProposal({ memory: aMemory({ inputs: 'older', hold }) })
    expect(actions({ outcomes: [planned()], proposals: [proposal] })).toEqual([])
  })

  test('a command on a pull request that a person has committed to is remembered, and its branch left alone', () => {
    const humanCommit = { sha: 'b'.repeat(40), author: 'ada' }
    const hold = { by: 'ada', at: '2026-01-02T00:00:00Z', reason: '' }
    const memory = aMemory({ inputs: 'older', hold, saidEdited: humanCommit.sha })
    const proposals = [aProposal({ humanCommit, memory })]
    expect(actions({ outcomes: [planned()], proposals, unsaid: new Set([7]) })).toMatchObject([
      { do: 'remember', memory: { hold: { by: 'ada' } } },
    ])
    expect(actions({ outcomes: [planned()], proposals })).toEqual([])
  })

  test('one that is held and whose note somebody removed gets its note again, and no commit', () => {
    const hold = { by: 'ada', at: '2026-01-02T00:00:00Z', reason: '' }
    const proposal = aProposal({ memory: aMemory({ inputs: 'older', hold }) })
    expect(actions({ outcomes: [planned()], proposals: [proposal], unsaid: new Set([7]) })).toMatchObject([
      { do: 'remember', memory: { hold, inputs: 'older' } },
    ])
    expect(actions({ outcomes: [planned()], proposals: [proposal] })).toEqual([])
  })

  test('one that is held before its opening was finished gets its text and labels, and no commit', () => {
    const hold = { by: 'ada', at: '2026-01-02T00:00:00Z', reason: '' }
    const proposal = aProposal({ memory: aMemory({ inputs: '', hold }), labels: [] })
    expect(actions({ outcomes: [planned()], proposals: [proposal], unsaid: new Set([7]) })).toMatchObject([
      { do: 'remember', pullRequest: { labels: expect.arrayContaining(['risk/low', 'windlass/hold']) } },
    ])
  })

  test('a commit by a person stops us, and it is said once for each head', () => {
    const humanCommit = { sha: 'b'.repeat(40), author: 'ada' }
    const proposal = aProposal({ humanCommit, memory: aMemory({ inputs: 'older' }) })
    expect(actions({ outcomes: [planned()], proposals: [proposal] }).map(action => action.do)).toEqual([
      'notice',
      'remember',
    ])
    const told = aProposal({ humanCommit, memory: aMemory({ inputs: 'older', saidEdited: humanCommit.sha }) })
    expect(actions({ outcomes: [planned()], proposals: [told] })).toEqual([])
  })

  test('a version that is on the default branch already closes the pull request with the reason', () => {
    expect(actions({ outcomes: [current('1.1.0')], proposals: [aProposal()] })).toMatchObject([
      {
        do: 'close',
        number: 7,
        reason: expect.stringContaining('beacon 1.1.0'),
        memory: { closed: expect.any(String) },
      },
    ])
  })

  test('a version that waits while the default branch has the proposed one closes the pull request too', () => {
    const waits = { because: 'blocked' as const, reason: 'dev first', until: null }
    const held = { ...current('1.1.0'), kind: 'held' as const, to: '1.2.0', ...waits }
    expect(actions({ outcomes: [held], proposals: [aProposal()] })).toMatchObject([{ do: 'close', number: 7 }])
  })

  test('what could not be looked up is no reason to close', () => {
    expect(actions({ outcomes: [unplanned('unknown', 'registry answered 503')], proposals: [aProposal()] })).toEqual([])
  })

  test('a declined upgrade closes its pull request', () => {
    expect(
      actions({ outcomes: [unplanned('declined', 'ada ignored version 1.1.0 in #7')], proposals: [aProposal()] }),
    ).toMatchObject([{ do: 'close', reason: 'ada ignored version 1.1.0 in #7' }])
  })

  test('a component that is gone from the repository closes its pull request', () => {
    expect(actions({ proposals: [aProposal()] })).toMatchObject([{ do: 'close', number: 7 }])
  })

  test('a branch of somebody else that has our name is not adopted', () => {
    const foreign = new Set(['windlass/dev/beacon'])
    const { actions, held } = decision({ outcomes: [planned()], foreign })
    expect(actions).toEqual([])
    expect(held).toMatchObject([{ reason: expect.stringContaining('not ours') }])
  })

  test('limits hold back new pull requests and say why', () => {
    const second = aPlan({ branch: 'windlass/dev/other' })
    const policy = { ...DEFAULT_POLICY, prHourlyLimit: 1, prConcurrentLimit: 0 }
    const { actions, held } = decision({ outcomes: [planned(), planned(second)], policy })
    expect(actions).toHaveLength(1)
    expect(held).toMatchObject([
      { outcome: { branch: 'windlass/dev/other' }, reason: expect.stringContaining('prHourlyLimit 1') },
    ])
  })
})

describe('what keeps an upgrade from being proposed', () => {
  const said = { by: 'ada', at: '2026-01-31T00:00:00Z', reason: '' }
  const branch = 'windlass/dev/beacon'
  const closed: Gate = { hold: { because: 'soak', reason: 'soaks', until: '2026-02-02T00:00:00Z' }, says: [] }
  const asked: Grant = { ...said, what: 'open', branch, version: '1.1.0' }
  const defaults = { ...DEFAULT_POLICY.defaults, schedule: ['every weekday'], timezone: 'UTC' }

  test('a closed gate', () => {
    const { actions, held } = decision({ outcomes: [planned()], gates: new Map([[branch, closed]]), grants: [asked] })
    expect(actions).toEqual([])
    expect(held).toMatchObject([{ because: 'soak', to: '1.1.0', until: '2026-02-02T00:00:00Z' }])
  })

  test('a schedule that is closed on this Sunday, until Monday, unless a person asks for exactly this version', () => {
    const policy = { ...DEFAULT_POLICY, defaults }
    expect(decision({ outcomes: [planned()], policy }).held).toMatchObject([
      { because: 'schedule', until: '2026-02-02T00:00:00.000Z' },
    ])
    const other = { ...asked, version: '1.0.9' }
    expect(decision({ outcomes: [planned()], policy, grants: [other] }).held).toHaveLength(1)
    expect(decision({ outcomes: [planned()], policy, grants: [asked] }).actions).toMatchObject([{ do: 'open' }])
  })

  test('the hourly limit names when the next one fits, and a person may ask for one more', () => {
    const policy = { ...DEFAULT_POLICY, prHourlyLimit: 1 }
    const proposals = [aProposal({ branch: 'windlass/dev/other', state: 'merged', openedAt: '2026-02-01T11:30:00Z' })]
    expect(decision({ outcomes: [planned()], policy, proposals }).held).toMatchObject([
      { because: 'limit', until: '2026-02-01T12:30:00.000Z' },
    ])
    expect(decision({ outcomes: [planned()], policy, proposals, grants: [asked] }).held).toEqual([])
  })

  test('an open pull request whose gate has closed says so once, and again when it opens', () => {
    const gates = new Map([[branch, closed]])
    const [first] = actions({ outcomes: [planned()], proposals: [aProposal()], gates })
    expect(first).toMatchObject({
      do: 'remember',
      memory: { waits: 'soaks' },
      pullRequest: {
        labels: expect.arrayContaining(['windlass/waits']),
        body: expect.stringContaining('Do not merge yet'),
      },
    })
    const told = aProposal({ memory: aMemory({ waits: 'soaks' }), labels: ['windlass/waits'] })
    expect(actions({ outcomes: [planned()], proposals: [told], gates })).toEqual([])
    expect(actions({ outcomes: [planned()], proposals: [told] })).toMatchObject([
      {
        do: 'remember',
        memory: { waits: null },
        pullRequest: { labels: expect.not.arrayContaining(['windlass/waits']) },
      },
    ])
  })
})

describe('the order of environments', () => {
  const pins = [aPin('1.1.0'), aPin('1.0.0', { environment: 'staging' }), aPin('1.0.0', { environment: 'prod' })]
  const group = (environment: string) => ({
    component: 'beacon',
    environment,
    pins: pins.filter(pin => pin.environment === environment),
  })

  test('the first environment waits for nobody', () => {
    expect(ceiling(group('dev'), pins, DEFAULT_POLICY)).toBeNull()
  })

  test('a later one may go as far as the lowest version before it', () => {
    expect(ceiling(group('staging'), pins, DEFAULT_POLICY)).toEqual({ version: '1.1.0', environment: 'dev' })
    expect(ceiling(group('prod'), pins, DEFAULT_POLICY)).toEqual({ version: '1.0.0', environment: 'staging' })
  })

  test('names that mean nothing to anybody have no order', () => {
    expect(rank('cluster-a', DEFAULT_POLICY)).toBeNull()
  })

  test('the order of the policy beats the meaning of names', () => {
    const environments = ['prod', 'dev'].map(name => ({
      name,
      paths: [],
      kubernetes: null,
      requiredSoakTime: 0,
      approval: [],
      window: null,
      branch: null,
      cluster: null,
      health: [],
    }))
    expect(rank('prod', { environments })).toBe(0)
    expect(rank('staging', { environments })).toBeNull()
  })
})
