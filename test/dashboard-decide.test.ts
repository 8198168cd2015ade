import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY, type Policy } from '../src/config.ts'
import { afterwards, type Done } from '../src/decide/afterwards.ts'
import {
  type BoardStanding,
  boxesFor,
  decideDashboard,
  environmentsInOrder,
  grantsFromTicks,
  retried,
  ticksOf,
} from '../src/decide/dashboard.ts'
import { refusals } from '../src/decide/refusals.ts'
import { refused } from '../src/decide/refused.ts'
import type { Action, Grant, Tick } from '../src/model.ts'
import { aBoard, standsAt } from './support/boards.ts'
import { aMemory, anEnvironment, aPlan, aProposal, planned } from './support/plans.ts'

const NOW = new Date('2026-02-01T12:00:00Z')
const WANTED = {
  title: 'Windlass dashboard',
  body: 'new',
  off: 'switched off',
  says: (found: { body: string }, body: string) => found.body === body,
}

function decided(standing: Partial<BoardStanding>, body = 'new') {
  const whole: BoardStanding = {
    found: null,
    ticks: [],
    granted: [],
    policy: DEFAULT_POLICY,
    outcomes: [standsAt('dev', '1.0.0', { kind: 'planned', plan: aPlan() })],
    proposals: [],
    ...standing,
  }
  return decideDashboard(whole, { ...WANTED, body })
}

function grant(what: Grant['what'], branch: string, version = '1.1.0', at = '2026-01-15T00:00:00Z'): Grant {
  return { by: 'dashboard', at, reason: '', what, branch, version }
}

const OPEN: Tick = { what: 'open', branch: 'windlass/dev/beacon', version: '1.1.0' }

describe('the dashboard', () => {
  test('is opened where there is something for us, once', () => {
    expect(decided({})).toEqual([
      {
        do: 'dashboard',
        number: null,
        state: 'open',
        title: 'Windlass dashboard',
        body: 'new',
        memory: { version: 1, generation: 1, granted: [], closed: null },
      },
    ])
    expect(decided({ found: aBoard({ body: 'new' }) })).toEqual([])
  })

  test('is not opened where there is nothing for us, or where the policy switches us off', () => {
    expect(decided({ outcomes: [] })).toEqual([])
    expect(decided({ policy: { ...DEFAULT_POLICY, enabled: false } })).toEqual([])
  })

  test('is written anew when it says something else; the title that a person gave it stays', () => {
    expect(decided({ found: aBoard({ body: 'old', title: 'Upgrades' }) })).toMatchObject([
      { number: 5, state: 'open', title: 'Upgrades', body: 'new', memory: { generation: 4 } },
    ])
  })

  test('with a ticked box is written although it says the same, so that the box is empty again', () => {
    expect(decided({ found: aBoard({ body: 'new' }), ticks: [OPEN] })).toHaveLength(1)
  })

  test('that a person closed is left alone, whatever there is to say', () => {
    expect(decided({ found: aBoard({ state: 'closed', body: 'old' }), ticks: [OPEN] })).toEqual([])
  })

  test('is closed once when the policy wants none, and a person may open it again', () => {
    const policy = { ...DEFAULT_POLICY, dashboard: false }
    expect(decided({ policy, found: aBoard() })).toMatchObject([
      { number: 5, state: 'closed', body: 'switched off', memory: { closed: 'switched off' } },
    ])
    const memory = { ...aBoard().memory, closed: 'switched off' }
    expect(decided({ policy, found: aBoard({ state: 'closed', memory }) })).toEqual([])
    expect(decided({ policy, found: aBoard({ state: 'open', memory }) })).toEqual([])
    expect(decided({ policy, found: aBoard({ state: 'closed' }) })).toEqual([])
    expect(decided({ policy })).toEqual([])
  })

  test('that we closed is opened again when the policy wants one again', () => {
    const memory = { ...aBoard().memory, closed: 'switched off' }
    expect(decided({ found: aBoard({ state: 'closed', memory }) })).toMatchObject([
      { number: 5, state: 'open', body: 'new', memory: { closed: null } },
    ])
  })

  test('forgets what was granted to an upgrade that is there, or to a component that is gone', () => {
    const granted = [grant('open', 'windlass/dev/beacon'), grant('open', 'windlass/prod/beacon'), grant('open', 'gone')]
    const outcomes = [standsAt('dev', '1.0.0', { kind: 'unknown', reason: '' }), standsAt('prod', '1.1.0')]
    expect(decided({ found: aBoard(), granted, outcomes })[0]?.memory.granted).toEqual([granted[0]])
  })
})

describe('ticked boxes', () => {
  const ticks: readonly Tick[] = [
    OPEN,
    { what: 'promote', branch: 'windlass/prod/beacon', version: '1.1.0' },
    { what: 'unignore', branch: 'windlass/dev/kiln', version: '' },
    { what: 'retry', branch: 'windlass/dev/beacon', version: '1.1.0' },
    { what: 'look', branch: '', version: '' },
  ]

  test('grant what they are about, now; looking and trying again need no grant', () => {
    const found = aBoard({ ticks, memory: { ...aBoard().memory, granted: [grant('open', 'windlass/dev/other')] } })
    const fresh = { by: 'dashboard', at: NOW.toISOString(), reason: '' }
    expect(grantsFromTicks(found, ticks, NOW)).toEqual([
      grant('open', 'windlass/dev/other'),
      { ...fresh, what: 'open', branch: 'windlass/dev/beacon', version: '1.1.0' },
      { ...fresh, what: 'promote', branch: 'windlass/prod/beacon', version: '1.1.0' },
      { ...fresh, what: 'unignore', branch: 'windlass/dev/kiln', version: '' },
    ])
  })

  test('the same again takes the place of the earlier one', () => {
    const memory = { ...aBoard().memory, granted: [grant('open', OPEN.branch)] }
    expect(grantsFromTicks(aBoard({ memory }), [OPEN], NOW)).toEqual([
      grant('open', OPEN.branch, '1.1.0', NOW.toISOString()),
    ])
  })

  test.each<[Policy['commands'], Tick['what'][]]>([
    [{}, ['look', 'promote', 'open', 'unignore', 'retry']],
    [{ promote: 'maintain' }, ['look', 'unignore', 'retry']],
    [{ unignore: 'admin', retry: 'triage' }, ['look', 'promote', 'open', 'retry']],
    [{ promote: 'admin', unignore: 'admin', retry: 'admin', hold: 'admin' }, ['look']],
  ])('with commands %o the boxes that count are %o, whoever writes others there', (commands, expected) => {
    expect([...boxesFor({ commands })]).toEqual(expected)
    expect(new Set(ticksOf(aBoard({ ticks }), { commands }).map(({ what }) => what))).toEqual(new Set(expected))
  })

  test('of an issue that is closed, or not there, do nothing', () => {
    expect(ticksOf(aBoard({ ticks, state: 'closed' }), DEFAULT_POLICY)).toEqual([])
    expect(ticksOf(null, DEFAULT_POLICY)).toEqual([])
  })

  test('to try again forgets the attempts of that open pull request and of no other', () => {
    const replans = [{ at: '', version: '1.1.0', head: 'a', cause: 'x', job: '', line: '', did: 'hold' as const }]
    const stuck = aProposal({ memory: aMemory({ replans }) })
    const other = aProposal({ number: 8, branch: 'windlass/prod/beacon', memory: aMemory({ replans }) })
    const closed = aProposal({ number: 6, state: 'closed', memory: aMemory({ replans }) })
    const { proposals, changed } = retried(ticks, [stuck, other, closed])
    expect(proposals).toEqual([{ ...stuck, memory: aMemory() }, other, closed])
    expect(changed).toEqual(new Set([7]))
  })
})

describe('what was refused', () => {
  const outcomes = [standsAt('dev', '1.0.0')]
  const closed = aProposal({ state: 'closed', closedAt: '2026-01-10T00:00:00Z' })
  const ignored = (what: 'version' | 'component', version: string, at: string) =>
    aProposal({ number: 9, memory: aMemory({ ignored: [{ by: 'ada', at, reason: '', what, version }] }) })

  test('is listed with who and where, what has passed and what is no component any more is not', () => {
    const proposals = [
      ignored('version', '1.2.0', '2026-01-11T00:00:00Z'),
      closed,
      aProposal({ number: 3, state: 'closed', memory: aMemory({ to: '0.9.0' }) }),
      aProposal({ number: 4, state: 'closed', branch: 'windlass/dev/gone' }),
      aProposal({ number: 5, state: 'closed', memory: aMemory({ to: '1.3.0', closed: 'by us' }) }),
    ]
    const where = { branch: 'windlass/dev/beacon', component: 'beacon', environment: 'dev' }
    expect(refused(outcomes, { proposals, granted: [] })).toEqual([
      { ...where, number: 7, what: 'closed', version: '1.1.0', by: null, at: '2026-01-10T00:00:00Z' },
      { ...where, number: 9, what: 'version', version: '1.2.0', by: 'ada', at: '2026-01-11T00:00:00Z' },
    ])
  })

  test('a whole component is listed without a version', () => {
    const proposals = [ignored('component', '0.1.0', '2026-01-11T00:00:00Z')]
    expect(refused(outcomes, { proposals, granted: [] })).toMatchObject([{ what: 'component', version: '' }])
  })

  test('a grant of the dashboard that is newer takes it back, an older one or one of another branch does not', () => {
    const granted = (at: string, branch = 'windlass/dev/beacon') => {
      return { proposals: [closed], granted: [grant('unignore', branch, '1.1.0', at)] }
    }
    expect(refusals('windlass/dev/beacon', granted('2026-01-15T00:00:00Z'))('1.1.0')).toBeNull()
    expect(refused(outcomes, granted('2026-01-15T00:00:00Z'))).toEqual([])
    expect(refused(outcomes, granted('2026-01-05T00:00:00Z'))).toHaveLength(1)
    expect(refused(outcomes, granted('2026-01-15T00:00:00Z', 'windlass/prod/beacon'))).toHaveLength(1)
  })
})

describe('the pull requests as the next look will find them', () => {
  const open = aProposal()
  const memory = aMemory({ to: '1.2.0' })
  const pullRequest = {
    title: 't',
    branch: 'windlass/dev/new',
    into: null,
    labels: ['risk/high'],
    reviewers: [],
    body: 'b',
  }
  const done = (action: object, number: number | null = null): Done => ({ action: action as Action, number })

  test('one that was opened is there with its number; without a number it is not known yet', () => {
    const action = { do: 'open', pullRequest, memory }
    expect(afterwards([open], [done(action, 12)], NOW)).toMatchObject([
      { number: 7 },
      { number: 12, state: 'open', branch: 'windlass/dev/new', labels: ['risk/high'], memory: { to: '1.2.0' } },
    ])
    expect(afterwards([open], [done(action)], NOW)).toEqual([open])
  })

  test('updated, remembered and closed ones are as they were left; others stay', () => {
    const other = aProposal({ number: 8 })
    expect(afterwards([open, other], [done({ do: 'update', number: 7, pullRequest, memory })], NOW)).toMatchObject([
      { number: 7, memory: { to: '1.2.0' }, labels: ['risk/high'], head: '' },
      { number: 8, memory: { to: '1.1.0' }, head: 'a'.repeat(40) },
    ])
    expect(afterwards([open], [done({ do: 'remember', number: 7, pullRequest, memory })], NOW)[0]?.memory).toEqual(
      memory,
    )
    expect(afterwards([open], [done({ do: 'close', number: 7, pullRequest, memory })], NOW)[0]?.state).toBe('closed')
    expect(afterwards([open], [done({ do: 'notice', number: 7 })], NOW)).toEqual([open])
  })
})

test('environments stand in their order, and those without one are not there', () => {
  const outcomes = ['prod', 'cluster-a', 'dev', 'prod', null].map(environment => ({ environment }))
  expect(environmentsInOrder(outcomes, DEFAULT_POLICY)).toEqual(['dev', 'prod'])
  const environments = [anEnvironment('prod'), anEnvironment('dev')]
  expect(environmentsInOrder(outcomes, { environments })).toEqual(['prod', 'dev'])
})

test('what a plan was granted stands as long as it is planned', () => {
  const granted = [grant('open', 'windlass/dev/beacon')]
  expect(decided({ found: aBoard(), granted, outcomes: [planned()] })[0]?.memory.granted).toEqual(granted)
})
