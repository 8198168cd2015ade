import { describe, expect, test } from 'vitest'
import { type AtGate, type Before, gate } from '../src/decide/gate.ts'
import type { Grant, Health, Signal } from '../src/model.ts'
import { anEnvironment } from './support/plans.ts'

/** A Sunday. */
const NOW = new Date('2026-02-01T12:00:00Z')
const BRANCH = 'windlass/prod/beacon'

const signal: Signal = {
  via: 'status',
  name: 'kustomization/apps',
  state: 'success',
  at: '2026-02-01T09:00:00Z',
  by: 'flux[bot]',
  commit: null,
  place: null,
  version: null,
  run: null,
  says: '',
}

const staging = (health: Health): Before => ({
  kind: 'environment',
  environment: 'staging',
  component: 'beacon',
  version: '1.1.0',
  since: '2026-02-01T08:00:00Z',
  health,
})

const healthy: Health = { kind: 'healthy', since: '2026-02-01T09:00:00Z', evidence: [signal] }
const unknown: Health = { kind: 'unknown', missing: ['kustomization/apps'], why: [] }
const grant = (what: Grant['what'], version = '1.1.0'): Grant => ({
  by: 'ada',
  at: '2026-02-01T11:00:00Z',
  reason: '',
  what,
  branch: BRANCH,
  version,
})

function holdOf(upgrade: Partial<AtGate>, grants: readonly Grant[] = []) {
  const whole: AtGate = { branch: BRANCH, version: '1.1.0', environment: anEnvironment('prod'), before: [], ...upgrade }
  return gate(whole, grants, NOW).hold
}

describe('health of what runs before', () => {
  test.each<[string, Health, object | null]>([
    ['healthy', healthy, null],
    ['nobody is expected to say anything', { kind: 'unwatched' }, null],
    [
      'green just now',
      { kind: 'settling', until: '2026-02-01T12:05:00Z', evidence: [] },
      { until: '2026-02-01T12:05:00Z' },
    ],
    [
      'not reported yet',
      { kind: 'waiting', until: '2026-02-01T12:30:00Z', missing: ['x'] },
      { until: '2026-02-01T12:30:00Z' },
    ],
    ['red', { kind: 'failed', at: '2026-02-01T10:00:00Z', evidence: [signal] }, { until: null }],
    ['silence until the deadline', unknown, { until: null }],
  ])('%s', (_, health, hold) => {
    const held = holdOf({ before: [staging(health)] })
    if (hold === null) expect(held).toBeNull()
    else expect(held).toMatchObject({ because: 'health', ...hold })
  })

  test('a person may go on over silence, for exactly this version, and never over red', () => {
    expect(holdOf({ before: [staging(unknown)] }, [grant('promote')])).toBeNull()
    expect(holdOf({ before: [staging(unknown)] }, [grant('promote', '1.0.9')])).toMatchObject({ because: 'health' })
    const red: Health = { kind: 'failed', at: '2026-02-01T10:00:00Z', evidence: [signal] }
    expect(holdOf({ before: [staging(red)] }, [grant('promote')])).toMatchObject({ because: 'health' })
  })

  test('a step over the hop before is for what comes after exactly that hop', () => {
    const hop: Before = { ...staging(unknown), kind: 'hop', environment: 'prod', version: '1.0.5' }
    expect(holdOf({ before: [hop] }, [grant('promote', '1.0.5')])).toBeNull()
    expect(holdOf({ before: [hop] }, [grant('promote', '1.0.4')])).toMatchObject({ because: 'health' })
    expect(holdOf({ before: [staging(unknown)] }, [grant('promote', '1.0.5')])).toMatchObject({ because: 'health' })
  })

  test('every one of them counts, prerequisites and hops too', () => {
    const hop: Before = { ...staging(unknown), kind: 'hop', environment: 'prod' }
    expect(holdOf({ before: [staging(healthy), hop] })).toMatchObject({ reason: expect.stringContaining('in prod') })
  })
})

describe('soak time', () => {
  const soaking = { environment: anEnvironment('prod', { requiredSoakTime: 24 * 3_600_000 }) }

  test('counts from when it was healthy and ends on time', () => {
    expect(holdOf({ ...soaking, before: [staging(healthy)] })).toMatchObject({
      because: 'soak',
      until: '2026-02-02T09:00:00.000Z',
    })
    const long: Health = { ...healthy, since: '2026-01-31T12:00:00Z' } as Health
    expect(holdOf({ ...soaking, before: [staging(long)] })).toBeNull()
  })

  test('is not ended by a person who goes on over silence: then it counts from the merge', () => {
    expect(holdOf({ ...soaking, before: [staging(unknown)] }, [grant('promote')])).toMatchObject({
      because: 'soak',
      until: '2026-02-02T08:00:00.000Z',
    })
  })
})

test('an approval is for one version, and what is asked for is said', () => {
  const environment = anEnvironment('prod', { approval: ['platform/leads'] })
  expect(holdOf({ environment })).toMatchObject({
    because: 'approval',
    reason: expect.stringContaining('@platform/leads'),
  })
  expect(holdOf({ environment }, [grant('approve', '1.0.9')])).toMatchObject({ because: 'approval' })
  expect(holdOf({ environment }, [grant('promote')])).toMatchObject({ because: 'approval' })
  expect(holdOf({ environment }, [grant('approve')])).toBeNull()
})

test('a window that is closed names when it opens', () => {
  const environment = anEnvironment('prod', { window: 'Mon-Thu 09:00-15:00 Europe/Berlin' })
  expect(holdOf({ environment })).toMatchObject({ because: 'window', until: '2026-02-02T08:00:00.000Z' })
  expect(holdOf({ environment: anEnvironment('prod', { window: 'Sun 09:00-15:00' }) })).toBeNull()
})

test('what was found about what runs before is said, silence too', () => {
  const says = (health: Health, grants: readonly Grant[] = []) =>
    gate({ branch: BRANCH, version: '1.1.0', environment: null, before: [staging(health)] }, grants, NOW).says
  expect(says(healthy)).toEqual(['beacon 1.1.0 in staging is healthy since 2026-02-01T09:00:00Z'])
  expect(says({ kind: 'unwatched' })).toEqual([expect.stringContaining('nobody reports')])
  expect(says(unknown, [grant('promote')])).toEqual([expect.stringContaining('ada said to go on')])
})
