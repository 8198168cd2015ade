import { expect, test } from 'vitest'
import { leftovers } from '../src/decide/leftovers.ts'
import type { Action, Branch, Outcome, Proposal } from '../src/model.ts'
import { aMemory, aPlan, aProposal, current, planned, unplanned } from './support/plans.ts'

const HEAD = 'a'.repeat(40)
const BRANCH: Branch = { name: 'windlass/dev/beacon', head: HEAD, isOurs: true, isAsked: false }

const OPENING = { do: 'open', pullRequest: { branch: BRANCH.name } } as Action
const NOW = new Date('2026-01-02T00:00:00Z')
const closing = { state: 'closed', closedAt: '2026-01-01T12:00:00Z' } as const
const byUs = aProposal({ ...closing, memory: aMemory({ closed: 'superseded' }) })
const byAPerson = aProposal(closing)
const merged = aProposal({ state: 'merged' })
const elsewhere = { head: 'b'.repeat(40) }

type Case = {
  readonly branch?: Partial<Branch>
  readonly proposals?: readonly Proposal[]
  readonly outcomes?: readonly Outcome[]
  readonly actions?: readonly Action[]
}

const goes: readonly (readonly [string, Case])[] = [
  ['of a pull request that we closed', { proposals: [byUs], outcomes: [planned()] }],
  ['without a pull request, whose upgrade has landed', { outcomes: [current()] }],
  ['without a pull request, whose component is gone', { outcomes: [] }],
  ['without a pull request, of a version that somebody refused', { outcomes: [unplanned('declined', 'ignored')] }],
  [
    'made anew after a merge, whose upgrade has landed',
    { proposals: [{ ...merged, ...elsewhere }], outcomes: [current()] },
  ],
  ['that should take back what is gone', { branch: { name: 'windlass/rollback/dev/beacon' } }],
]

const stays: readonly (readonly [string, Case])[] = [
  ['of a pull request that a person closed, who may open it again', { proposals: [byAPerson], outcomes: [current()] }],
  [
    'of a pull request that we closed more than a day ago',
    { proposals: [{ ...byUs, closedAt: '2025-12-31T00:00:00Z' }] },
  ],
  ['of a merged pull request', { proposals: [merged], outcomes: [current()] }],
  ['of a pull request that we closed before a person did', { proposals: [byUs, byAPerson], outcomes: [planned()] }],
  ['whose pull request comes next', { outcomes: [planned(aPlan())] }],
  ['of which nothing is known now', { outcomes: [unplanned('unknown', 'the registry did not answer')] }],
  ['whose pull request is opened in this pass', { proposals: [byUs], actions: [OPENING] }],
  ['with the commit of somebody else', { branch: { isOurs: false }, outcomes: [current()] }],
  ['that somebody asks to merge', { branch: { isAsked: true }, proposals: [byUs] }],
  ['of the pull request that adds a policy file', { branch: { name: 'windlass/configure' } }],
]

function left({ branch, proposals = [], outcomes = [], actions = [] }: Case): readonly Action[] {
  return leftovers({ branches: [{ ...BRANCH, ...branch }], proposals, outcomes, actions, now: NOW })
}

test.each(goes)('a branch goes %s', (_, one) => {
  expect(left(one)).toEqual([{ do: 'delete', branch: one.branch?.name ?? BRANCH.name, head: HEAD }])
})

test.each(stays)('a branch stays %s', (_, one) => {
  expect(left(one)).toEqual([])
})
