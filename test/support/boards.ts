import { DEFAULT_POLICY } from '../../src/config.ts'
import type { Dashboard, Hold, Outcome, Tick } from '../../src/model.ts'
import type { DashboardView } from '../../src/report/dashboard-view.ts'
import { aPlan, HELM, planned } from './plans.ts'

/** Literals for the dashboard; each test overrides what it is about. */

export const ALL_BOXES: ReadonlySet<Tick['what']> = new Set(['look', 'promote', 'open', 'unignore', 'retry'])

export function aView(more: Partial<DashboardView> = {}): DashboardView {
  return {
    now: new Date('2026-02-01T12:00:00Z'),
    commit: 'c'.repeat(40),
    policy: DEFAULT_POLICY,
    mayTick: ALL_BOXES,
    environments: ['dev', 'staging', 'prod'],
    outcomes: [],
    held: [],
    proposals: [],
    refused: [],
    watched: new Map(),
    remarks: [],
    problems: [],
    room: 56_000,
    ...more,
  }
}

export function aBoard(more: Partial<Dashboard> = {}): Dashboard {
  return {
    number: 5,
    state: 'open',
    title: 'Windlass dashboard',
    body: '',
    memory: { version: 1, generation: 3, granted: [], closed: null },
    ticks: [],
    ...more,
  }
}

/** An outcome of beacon, or of another component, in an environment. */
export function standsAt(environment: string, from: string, more: object = {}): Outcome {
  const branch = `windlass/${environment}/beacon`
  return { component: 'beacon', environment, branch, from, source: HELM, kind: 'current', ...more } as Outcome
}

/** Beacon 1.0.0 → 1.1.0 waits in an environment. */
export function waitsIn(environment: string, hold: Partial<Hold>): DashboardView['held'][number] {
  const { branch } = standsAt(environment, '')
  const outcome = { ...planned(aPlan({ branch })), environment }
  return { outcome, to: '1.1.0', because: 'person', reason: 'somebody said so', until: null, ...hold }
}
