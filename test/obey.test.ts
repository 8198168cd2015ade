import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY, type Policy, VERBS, type Verb } from '../src/config.ts'
import { decide } from '../src/decide/index.ts'
import { obey, type Sight } from '../src/decide/obey.ts'
import type { Answer, Comment, Grant, Memory, Proposal } from '../src/model.ts'
import { wording } from '../src/report/index.ts'
import { aMemory, anEnvironment, aPin, aProposal, aReplan, planned } from './support/plans.ts'

const AT = '2026-01-03T00:00:00Z'
const PINS = ['dev', 'staging', 'prod'].map(environment => aPin('1.0.0', { environment }))
const SIGHT: Sight = { policy: DEFAULT_POLICY, pins: PINS, granted: [] }

function aComment(body: string, more: Partial<Comment> = {}): Comment {
  return {
    id: 1,
    number: 7,
    author: 'ada',
    body,
    at: AT,
    edited: false,
    teams: [],
    permission: 'write',
    refused: false,
    ...more,
  }
}

/** The one answer to one comment on one pull request, and the memory that it leaves. */
function said(body: string, about: Partial<Proposal> = {}, more: Partial<Comment> = {}, sight: Sight = SIGHT) {
  const { answers, proposals, commanded } = obey([aComment(body, more)], [aProposal(about)], sight)
  expect(answers.length).toBeLessThan(2)
  return { answer: answers[0], memory: proposals[0]?.memory, isCommanded: commanded.has(7) }
}

const SAID = { by: 'ada', at: AT, reason: '' }
const HELD: Partial<Proposal> = { memory: aMemory({ hold: { by: 'bob', at: '2026-01-02T00:00:00Z', reason: '' } }) }
const MERGED: Partial<Proposal> = { state: 'merged', closedAt: AT, mergedAt: AT, mergeCommit: 'd'.repeat(40) }
const CLOSED: Partial<Proposal> = { state: 'closed', closedAt: '2026-01-02T00:00:00Z' }

const grant = (what: Grant['what'], branch: string, version = '1.1.0'): Grant => ({ ...SAID, what, branch, version })

/** What is written, on which pull request, and what it changes in the memory. The compiler asks for the missing verb. */
const EFFECTS: Readonly<Record<Verb, readonly [form: string, on: Partial<Proposal>, change: Partial<Memory>]>> = {
  help: ['help', {}, {}],
  status: ['status', {}, {}],
  plan: ['plan', {}, {}],
  diff: ['diff', {}, {}],
  explain: ['explain E1', {}, {}],
  rebase: ['rebase', {}, { inputs: '' }],
  retry: ['retry', { memory: aMemory({ replans: [aReplan({ did: 'rerun' })] }) }, { inputs: '', replans: [] }],
  hold: ['hold until monday', {}, { hold: { ...SAID, reason: 'until monday' } }],
  resume: ['resume', HELD, { hold: null }],
  approve: ['approve staging', {}, { granted: [grant('approve', 'windlass/staging/beacon')] }],
  step: ['step', MERGED, { granted: [grant('promote', 'windlass/dev/beacon')] }],
  promote: ['promote prod', MERGED, { granted: [grant('promote', 'windlass/prod/beacon')] }],
  rollback: ['rollback', MERGED, { rollback: SAID }],
  to: ['to 1.0.9', {}, { inputs: '', wanted: { ...SAID, version: '1.0.9' } }],
  ignore: ['ignore minor', {}, { ignored: [{ ...SAID, what: 'minor', version: '1.1.0' }] }],
  unignore: ['unignore', CLOSED, { granted: [grant('unignore', 'windlass/dev/beacon', '')] }],
  mode: ['mode agent', {}, { mode: { ...SAID, mode: 'agent' } }],
}

describe.each(VERBS.map(verb => [verb, ...EFFECTS[verb]] as const))('%s', (verb, form, on, change) => {
  const before = aProposal(on).memory
  const isPlain = Object.keys(change).length === 0

  test('by somebody who may is obeyed, and remembered with who and when', () => {
    const { answer, memory, isCommanded } = said(`/windlass ${form}`, on)
    expect(answer).toMatchObject({ kind: 'done', command: { verb }, changed: !isPlain })
    expect(memory).toEqual({ ...before, ...change, obeyed: isPlain ? [] : [1] })
    expect(isCommanded).toBe(!isPlain)
  })

  const nothing = (outcome: ReturnType<typeof said>, kind: Answer['kind'] | undefined) => {
    expect(outcome.memory).toEqual(before)
    expect(outcome.isCommanded).toBe(false)
    expect(outcome.answer?.kind).toBe(kind)
  }

  test('by somebody who may not', () =>
    nothing(said(`/windlass ${form}`, on, { permission: 'triage' }), verb === 'help' ? 'done' : 'refused'))
  test('by somebody who may not, again', () =>
    nothing(said(`/windlass ${form}`, on, { permission: 'read', refused: true }), verb === 'help' ? 'done' : 'silent'))
  test('in a comment that was edited', () => nothing(said(`/windlass ${form}`, on, { edited: true }), 'edited'))
  test('in a quote', () => nothing(said(`> /windlass ${form}`, on), undefined))
  test('in a code block', () => nothing(said(`\`\`\`\n/windlass ${form}\n\`\`\``, on), undefined))
  test("on somebody else's pull request", () => nothing(said(`/windlass ${form}`, on, { number: 8 }), undefined))
  test('misspelt', () => nothing(said(`/windlass ${verb}x`, on), 'misspelt'))
  test('misspelt by somebody who may not', () =>
    nothing(said(`/windlass ${verb}x`, on, { permission: 'read' }), verb === 'help' ? 'misspelt' : 'refused'))

  test.skipIf(verb === 'help')('where the policy asks for more', () => {
    const sight = { ...SIGHT, policy: { ...DEFAULT_POLICY, commands: { [verb]: 'admin' as const } } }
    const outcome = said(`/windlass ${form}`, on, { permission: 'maintain' }, sight)
    nothing(outcome, 'refused')
    expect(outcome.answer).toMatchObject({ needs: 'admin', verb })
  })

  test.skipIf(isPlain)('read twice, it is remembered once and answered the same way', () => {
    const body = `/windlass ${form}`
    const once = obey([aComment(body)], [aProposal(on)], SIGHT)
    const twice = obey([aComment(body)], once.proposals, SIGHT)
    expect(twice.proposals[0]?.memory).toEqual(once.proposals[0]?.memory)
    expect(twice.answers[0]).toMatchObject({ kind: 'done', changed: true })
  })
})

describe('a command that changes nothing', () => {
  const earlier = { by: 'bob', at: '2026-01-02T00:00:00Z', reason: '' }
  const approved = { ...grant('approve', 'windlass/prod/beacon'), ...earlier }

  test.each<[string, Partial<Proposal>]>([
    ['hold', HELD],
    ['resume', {}],
    ['rebase', HELD],
    ['rebase', { humanCommit: { sha: 'f00', author: 'bob' } }],
    ['retry', HELD],
    ['to 1.0.9', HELD],
    ['to 1.0.9', { memory: aMemory({ wanted: { ...earlier, version: '1.0.9' } }) }],
    ['ignore minor', { memory: aMemory({ ignored: [{ ...earlier, what: 'minor', version: '1.1.0' }] }) }],
    ['unignore', {}],
    ['approve prod', { memory: aMemory({ granted: [approved] }) }],
    ['rollback', { ...MERGED, memory: aMemory({ rollback: earlier }) }],
    ['mode agent', { memory: aMemory({ mode: { ...earlier, mode: 'agent' } }) }],
  ])('%s', (form, on) => {
    const { answer, memory, isCommanded } = said(`/windlass ${form}`, on)
    expect(answer).toMatchObject({ kind: 'done', changed: false })
    expect(memory).toEqual(aProposal(on).memory)
    expect(isCommanded).toBe(false)
  })

  test('unignore leaves nothing of what was ignored on its pull request', () => {
    const ignored = [{ ...earlier, what: 'minor' as const, version: '1.1.0' }]
    expect(said('/windlass unignore', { memory: aMemory({ ignored }) }).memory).toMatchObject({
      ignored: [],
      granted: [{ what: 'unignore', by: 'ada' }],
    })
  })

  test('rollback counts again after somebody closed the pull request that took it back', () => {
    const asked: Partial<Proposal> = {
      ...MERGED,
      mergedAt: '2026-01-01T00:00:00Z',
      memory: aMemory({ rollback: earlier }),
    }
    const taken = { branch: 'windlass/rollback/dev/beacon', number: 9, openedAt: '2026-01-03T00:00:00Z' }
    const back = aProposal({
      ...taken,
      state: 'closed',
      memory: aMemory({ kind: 'rollback', from: '1.1.0', to: '1.0.0' }),
    })
    const obeyed = (other: Proposal) => obey([aComment('/windlass rollback')], [aProposal(asked), other], SIGHT)
    expect(obeyed(back).answers).toMatchObject([{ changed: true }])
    expect(obeyed(back).proposals[0]?.memory.rollback).toEqual(SAID)
    expect(obeyed({ ...back, state: 'open' }).answers).toMatchObject([{ changed: false }])
  })

  test('ignore counts again after it was taken back', () => {
    const memory = aMemory({
      ignored: [{ ...earlier, at: '2026-01-01T00:00:00Z', what: 'minor', version: '1.1.0' }],
      granted: [{ ...earlier, what: 'unignore', branch: 'windlass/dev/beacon', version: '' }],
    })
    expect(said('/windlass ignore minor', { memory }).memory?.ignored).toHaveLength(2)
  })
})

describe('what cannot be done', () => {
  const rollback: Partial<Proposal> = { memory: aMemory({ kind: 'rollback' }) }
  const forgotten: Partial<Proposal> = { memory: aMemory({ component: '', from: '', to: '' }) }

  test.each<[string, Partial<Proposal>, string]>([
    ['hold', MERGED, 'state'],
    ['hold', CLOSED, 'state'],
    ['resume', { ...MERGED, ...HELD }, 'state'],
    ['rebase', MERGED, 'state'],
    ['retry', CLOSED, 'state'],
    ['to 1.0.9', MERGED, 'state'],
    ['mode agent', MERGED, 'state'],
    ['approve prod', CLOSED, 'state'],
    ['promote prod', CLOSED, 'state'],
    ['step', CLOSED, 'state'],
    ['rollback', {}, 'state'],
    ['rollback', CLOSED, 'state'],
    ['rollback to 0.9.0', MERGED, 'other-version'],
    ['rollback', { ...MERGED, ...rollback }, 'rollback'],
    ['to 1.0.9', rollback, 'rollback'],
    ['promote prod', rollback, 'rollback'],
    ['ignore version', rollback, 'rollback'],
    ['unignore', rollback, 'rollback'],
    ['approve prod', forgotten, 'forgotten'],
    ['ignore component', forgotten, 'forgotten'],
    ['approve dev', {}, 'not-after'],
    ['promote dev', { memory: aMemory({ environment: 'staging' }) }, 'not-after'],
    ['promote prod', { memory: aMemory({ environment: null }) }, 'not-after'],
    ['approve', { memory: aMemory({ environment: 'prod' }) }, 'nothing-after'],
    ['promote moon', {}, 'unknown-environment'],
  ])('%s', (form, on, kind) => {
    const { answer, memory, isCommanded } = said(`/windlass ${form}`, on)
    expect(answer).toMatchObject({ kind: 'cannot', obstacle: { kind } })
    expect(memory).toEqual(aProposal(on).memory)
    expect(isCommanded).toBe(false)
  })

  test('an environment that nobody knows is answered with what was probably meant', () => {
    expect(said('/windlass promote prd').answer).toMatchObject({
      obstacle: { written: 'prd', meant: 'prod', known: ['dev', 'staging', 'prod'] },
    })
  })

  test('a rollback to the version before is a rollback', () => {
    expect(said('/windlass rollback to 1.0.0', MERGED).memory?.rollback).toEqual(SAID)
  })
})

describe('where a grant goes', () => {
  const branchOf = (form: string, on: Partial<Proposal> = {}, sight: Partial<Sight> = {}) => {
    const { answer, memory } = said(`/windlass ${form}`, on, {}, { ...SIGHT, ...sight })
    expect(answer?.branch).toBe(memory?.granted[0]?.branch)
    return memory?.granted[0]?.branch
  }

  test('approve without a name is about the next environment where the component stands', () => {
    expect(branchOf('approve')).toBe('windlass/staging/beacon')
    const elsewhere = PINS.map(pin => (pin.environment === 'staging' ? { ...pin, component: 'other' } : pin))
    expect(branchOf('approve', {}, { pins: elsewhere })).toBe('windlass/prod/beacon')
  })

  test('the next one is the nearest, in whatever order the files are read', () => {
    expect(branchOf('approve', {}, { pins: PINS.toReversed() })).toBe('windlass/staging/beacon')
  })

  test('a grant for a newer version takes the place of the one before', () => {
    const earlier = { by: 'bob', at: '2026-01-02T00:00:00Z', reason: '', branch: 'windlass/prod/beacon' }
    const promoted: Grant = { ...earlier, what: 'promote', version: '1.0.9' }
    const memory = aMemory({ granted: [{ ...earlier, what: 'approve', version: '1.0.9' }, promoted] })
    expect(said('/windlass approve prod', { memory }).memory?.granted).toEqual([
      promoted,
      grant('approve', 'windlass/prod/beacon'),
    ])
  })

  test('the order of the policy counts, whatever the names', () => {
    const policy: Policy = {
      ...DEFAULT_POLICY,
      environments: ['dev', 'Canary Berlin', 'prod'].map(name => anEnvironment(name)),
    }
    expect(branchOf('approve', {}, { policy, pins: [] })).toBe('windlass/canary-berlin/beacon')
  })

  test('a name counts in any case, and an environment of which only a pull request is known', () => {
    const other = aProposal({ number: 9, memory: aMemory({ environment: 'qa' }) })
    const { proposals } = obey([aComment('/windlass promote QA')], [aProposal(), other], { ...SIGHT, pins: [] })
    expect(proposals[0]?.memory.granted).toEqual([grant('promote', 'windlass/qa/beacon')])
  })
})

describe('approval that the policy leaves to some', () => {
  const environments = [anEnvironment('dev'), anEnvironment('prod', { approval: ['Grace', 'acme/Leads'] })]
  const sight = { ...SIGHT, policy: { ...DEFAULT_POLICY, environments } }
  const approval = (more: Partial<Comment>) => said('/windlass approve', {}, more, sight)

  test.each<[string, Partial<Comment>]>([
    ['a login, in any case', { author: 'grace' }],
    ['a member of a team', { teams: ['acme/leads'] }],
  ])('is taken from %s', (_, more) => {
    expect(approval(more).memory?.granted).toMatchObject([{ what: 'approve', branch: 'windlass/prod/beacon' }])
  })

  test.each<[string, Partial<Comment>, string]>([
    ['somebody else who may write', {}, 'not-approver'],
    ['an admin', { permission: 'admin' }, 'not-approver'],
    ['a member of another team', { teams: ['acme/leaders'] }, 'not-approver'],
    ['one of them who may not write', { author: 'grace', permission: 'read' }, 'refused'],
    ['somebody who was told already', { refused: true }, 'silent'],
  ])('is not taken from %s', (_, more, kind) => {
    const { answer, memory, isCommanded } = approval(more)
    expect(answer?.kind).toBe(kind)
    expect(memory?.granted).toEqual([])
    expect(isCommanded).toBe(false)
  })

  test('does not bind what is promoted', () => {
    expect(said('/windlass promote prod', {}, {}, sight).memory?.granted).toMatchObject([{ what: 'promote' }])
  })
})

describe('several comments', () => {
  test('later ones see what earlier ones did', () => {
    const comments = [
      aComment('/windlass hold'),
      aComment('/windlass hold', { id: 2, author: 'bob' }),
      aComment('/windlass resume', { id: 3 }),
    ]
    const { answers, proposals } = obey(comments, [aProposal()], SIGHT)
    expect(answers).toMatchObject([{ changed: true }, { changed: false }, { changed: true }])
    expect(proposals[0]?.memory.hold).toBeNull()
  })

  test('each person is refused once on each pull request, whatever they try', () => {
    const by = (id: number, author: string, body: string, number = 7) =>
      aComment(body, { id, author, number, permission: 'read' })
    const comments = [
      by(1, 'mallory', '/windlass hold'),
      by(2, 'mallory', '/windlass resume'),
      by(3, 'mallory', '/windlass hodl'),
      by(4, 'eve', '/windlass hold'),
      by(5, 'mallory', '/windlass hold', 8),
      by(6, 'mallory', '/windlass help'),
    ]
    const { answers, commanded } = obey(comments, [aProposal(), aProposal({ number: 8 })], SIGHT)
    expect(answers.map(({ kind }) => kind)).toEqual(['refused', 'silent', 'silent', 'refused', 'refused', 'done'])
    expect(commanded.size).toBe(0)
  })
})

describe('what the decision makes of it', () => {
  const decided = (body: string, on: Partial<Proposal> = {}) => {
    const { proposals, commanded } = obey([aComment(body)], [aProposal(on)], SIGHT)
    const standing = {
      outcomes: [planned()],
      takeBacks: [],
      foreign: new Set<string>(),
      gates: new Map(),
      grants: [],
      policy: DEFAULT_POLICY,
      now: new Date(AT),
    }
    return decide({ ...standing, proposals, unsaid: commanded }, wording).actions
  }

  test('rebase, retry and to make it an update', () => {
    for (const form of ['rebase', 'retry', 'to 1.0.9'])
      expect(decided(`/windlass ${form}`)).toMatchObject([{ do: 'update', number: 7 }])
  })

  test('hold writes the memory and the label', () => {
    expect(decided('/windlass hold')).toMatchObject([
      {
        do: 'remember',
        number: 7,
        pullRequest: { labels: expect.arrayContaining(['windlass/hold']) },
        memory: { hold: { by: 'ada' } },
      },
    ])
  })

  test('what is said on a merged pull request is written there', () => {
    const actions = decided('/windlass promote prod', MERGED).filter(action => action.do !== 'open')
    expect(actions).toMatchObject([{ do: 'remember', number: 7, memory: { granted: [{ what: 'promote' }] } }])
  })
})
