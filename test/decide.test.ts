import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../src/config.ts'
import { decide, type Standing } from '../src/decide/index.ts'
import { obey } from '../src/decide/obey.ts'
import { ceiling, rank } from '../src/decide/promote.ts'
import { refusals } from '../src/decide/refusals.ts'
import type { Comment, Permission } from '../src/model.ts'
import { wording } from '../src/report/index.ts'
import { aMemory, aPin, aPlan, aProposal, current, planned, unplanned } from './support/plans.ts'

const NOW = new Date('2026-02-01T12:00:00Z')

function actions(standing: Partial<Standing>) {
  const whole = {
    outcomes: [],
    takeBacks: [],
    proposals: [],
    commanded: new Set<number>(),
    foreign: new Set<string>(),
    policy: DEFAULT_POLICY,
    now: NOW,
    ...standing,
  }
  return decide(whole, wording).actions
}

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

  test('a held pull request is not updated', () => {
    const hold = { by: 'ada', at: '2026-01-02T00:00:00Z', reason: 'incident' }
    const proposal = aProposal({ memory: aMemory({ inputs: 'older', hold }) })
    expect(actions({ outcomes: [planned()], proposals: [proposal] })).toEqual([])
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
    const standing: Standing = {
      outcomes: [planned()],
      takeBacks: [],
      proposals: [],
      commanded: new Set(),
      foreign: new Set(['windlass/dev/beacon']),
      policy: DEFAULT_POLICY,
      now: NOW,
    }
    const { actions, held } = decide(standing, wording)
    expect(actions).toEqual([])
    expect(held).toMatchObject([{ reason: expect.stringContaining('not ours') }])
  })

  test('limits hold back new pull requests and say why', () => {
    const second = aPlan({ branch: 'windlass/dev/other' })
    const standing: Standing = {
      outcomes: [planned(), planned(second)],
      takeBacks: [],
      proposals: [],
      commanded: new Set(),
      foreign: new Set(),
      policy: { ...DEFAULT_POLICY, prHourlyLimit: 1, prConcurrentLimit: 0 },
      now: NOW,
    }
    const { actions, held } = decide(standing, wording)
    expect(actions).toHaveLength(1)
    expect(held).toMatchObject([
      { outcome: { branch: 'windlass/dev/other' }, reason: expect.stringContaining('prHourlyLimit 1') },
    ])
  })
})

describe('refusals', () => {
  test('closing a pull request refuses exactly its version', () => {
    const no = refusals('windlass/dev/beacon', [aProposal({ state: 'closed' })])
    expect(no('1.1.0')).toContain('#7')
    expect(no('1.2.0')).toBeNull()
  })

  test('a pull request that we closed ourselves refuses nothing', () => {
    expect(
      refusals('windlass/dev/beacon', [aProposal({ state: 'closed', memory: aMemory({ closed: 'merged by hand' }) })])(
        '1.1.0',
      ),
    ).toBeNull()
  })

  test.each([
    ['version', '1.1.0', '1.1.1'],
    ['minor', '1.1.9', '1.2.0'],
    ['major', '1.9.0', '2.0.0'],
  ] as const)('ignore %s refuses %s and allows %s', (what, refused, allowed) => {
    const ignored = [{ by: 'ada', at: '', reason: '', what, version: '1.1.0' }]
    const no = refusals('windlass/dev/beacon', [aProposal({ memory: aMemory({ ignored }) })])
    expect(no(refused)).toContain('ada')
    expect(no(allowed)).toBeNull()
  })

  test('ignore component refuses everything on its branch and nothing elsewhere', () => {
    const ignored = [{ by: 'ada', at: '', reason: '', what: 'component' as const, version: '1.1.0' }]
    const proposals = [aProposal({ memory: aMemory({ ignored }) })]
    expect(refusals('windlass/dev/beacon', proposals)('9.0.0')).not.toBeNull()
    expect(refusals('windlass/prod/beacon', proposals)('1.1.0')).toBeNull()
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

describe('commands', () => {
  const comment = (body: string, permission: Permission = 'write'): Comment => ({
    id: 1,
    number: 7,
    author: 'ada',
    body,
    at: '2026-01-03T00:00:00Z',
    edited: false,
    teams: [],
    permission,
  })

  test('hold by somebody who may write is remembered with who and when', () => {
    const { proposals, commanded } = obey([comment('/windlass hold until monday')], [aProposal()], DEFAULT_POLICY)
    expect(proposals[0]?.memory.hold).toEqual({ by: 'ada', at: '2026-01-03T00:00:00Z', reason: 'until monday' })
    expect([...commanded]).toEqual([7])
  })

  test('a stranger changes nothing and is told what is needed', () => {
    const { proposals, answers, commanded } = obey([comment('/windlass hold', 'read')], [aProposal()], DEFAULT_POLICY)
    expect(proposals[0]?.memory.hold).toBeNull()
    expect(commanded.size).toBe(0)
    expect(answers).toMatchObject([{ kind: 'refused', needs: 'write' }])
  })

  test('the same ignore read twice is remembered once', () => {
    const once = obey([comment('/windlass ignore minor')], [aProposal()], DEFAULT_POLICY)
    const twice = obey([comment('/windlass ignore minor')], once.proposals, DEFAULT_POLICY)
    expect(twice.proposals[0]?.memory.ignored).toHaveLength(1)
  })

  test('rebase makes the next decision an update', () => {
    const { proposals, commanded } = obey([comment('/windlass rebase')], [aProposal()], DEFAULT_POLICY)
    expect(actions({ outcomes: [planned()], proposals, commanded })).toMatchObject([{ do: 'update', number: 7 }])
  })

  test('hold writes the memory and the label', () => {
    const { proposals, commanded } = obey([comment('/windlass hold')], [aProposal()], DEFAULT_POLICY)
    expect(actions({ outcomes: [planned()], proposals, commanded })).toMatchObject([
      {
        do: 'remember',
        number: 7,
        pullRequest: { labels: expect.arrayContaining(['windlass/hold']) },
        memory: { hold: { by: 'ada' } },
      },
    ])
  })
})
