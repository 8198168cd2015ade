import { describe, expect, test } from 'vitest'
import { refusals, wantedOf } from '../src/decide/refusals.ts'
import type { Proposal } from '../src/model.ts'
import { aMemory, aProposal } from './support/plans.ts'

describe('refusals', () => {
  test('closing a pull request refuses its version and what is older, not what is newer', () => {
    const no = refusals('windlass/dev/beacon', { proposals: [aProposal({ state: 'closed' })], granted: [] })
    expect(no('1.1.0')).toBe('#7 was closed: 1.1.0 is refused')
    expect(no('1.0.9')).toBe('#7 was closed: 1.1.0, and what is older, is refused')
    expect(no('1.2.0')).toBeNull()
  })

  test('a pull request that we closed ourselves refuses nothing', () => {
    expect(
      refusals('windlass/dev/beacon', {
        proposals: [aProposal({ state: 'closed', memory: aMemory({ closed: 'merged by hand' }) })],
        granted: [],
      })('1.1.0'),
    ).toBeNull()
  })

  test.each([
    ['version', '1.1.0', '1.1.1'],
    ['minor', '1.1.9', '1.2.0'],
    ['major', '1.9.0', '2.0.0'],
  ] as const)('ignore %s refuses %s and allows %s', (what, refused, allowed) => {
    const ignored = [{ by: 'ada', at: '', reason: '', what, version: '1.1.0' }]
    const no = refusals('windlass/dev/beacon', {
      proposals: [aProposal({ memory: aMemory({ ignored }) })],
      granted: [],
    })
    expect(no(refused)).toContain('ada')
    expect(no(allowed)).toBeNull()
  })

  test('ignore component refuses everything on its branch and nothing elsewhere', () => {
    const ignored = [{ by: 'ada', at: '', reason: '', what: 'component' as const, version: '1.1.0' }]
    const proposals = [aProposal({ memory: aMemory({ ignored }) })]
    expect(refusals('windlass/dev/beacon', { proposals, granted: [] })('9.0.0')).not.toBeNull()
    expect(refusals('windlass/prod/beacon', { proposals, granted: [] })('1.1.0')).toBeNull()
  })

  const unignored = (at: string, branch = 'windlass/dev/beacon') =>
    aMemory({ to: '1.0.5', granted: [{ by: 'bob', at, reason: '', what: 'unignore', branch, version: '' }] })
  const IGNORED = [{ by: 'ada', at: '2026-01-02T00:00:00Z', reason: '', what: 'major' as const, version: '1.1.0' }]

  test.each([
    ['after it, on the same pull request', '2026-01-03T00:00:00Z', 'windlass/dev/beacon', false],
    ['before it', '2026-01-01T00:00:00Z', 'windlass/dev/beacon', true],
    ['after it, for another branch', '2026-01-03T00:00:00Z', 'windlass/prod/beacon', true],
  ])('unignore %s', (_, at, branch, isRefused) => {
    const memory = { ...unignored(at, branch), ignored: IGNORED }
    const no = refusals('windlass/dev/beacon', { proposals: [aProposal({ memory })], granted: [] })
    expect(no('1.9.0') !== null).toBe(isRefused)
  })

  test.each([
    ['closed before somebody said unignore', '2026-01-02T00:00:00Z', false],
    ['closed after it', '2026-01-04T00:00:00Z', true],
  ])('a pull request that was %s, whatever was written there since', (_, closedAt, isRefused) => {
    const closed = aProposal({ number: 6, state: 'closed', closedAt, updatedAt: '2026-01-05T00:00:00Z' })
    const no = refusals('windlass/dev/beacon', {
      proposals: [closed, aProposal({ memory: unignored('2026-01-03T00:00:00Z') })],
      granted: [],
    })
    expect(no('1.1.0') !== null).toBe(isRefused)
  })
})

describe('a version that somebody asked for', () => {
  const wanted = { by: 'ada', at: '2026-01-02T00:00:00Z', reason: '', version: '1.0.9' }
  const asked = (more: Partial<Proposal>) => aProposal({ memory: aMemory({ wanted }), ...more })

  test('counts on the open pull request of its branch', () => {
    expect(wantedOf('windlass/dev/beacon', [asked({})])).toEqual(wanted)
    expect(wantedOf('windlass/prod/beacon', [asked({})])).toBeNull()
    expect(wantedOf('windlass/dev/beacon', [aProposal()])).toBeNull()
  })

  test.each(['closed', 'merged'] as const)('is over once it is %s', state => {
    expect(wantedOf('windlass/dev/beacon', [asked({ state }), aProposal({ number: 8 })])).toBeNull()
  })
})
