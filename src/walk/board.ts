import type { Policy } from '../config.ts'
import { afterwards, type Done } from '../decide/afterwards.ts'
import { boxesFor, decideDashboard, environmentsInOrder, grantsFromTicks, ticksOf } from '../decide/dashboard.ts'
import type { Held } from '../decide/index.ts'
import { refused } from '../decide/refused.ts'
import type { Action, Dashboard, Grant, Outcome, Problem, Proposal, Tick, Tree } from '../model.ts'
import { DASHBOARD_OFF, dashboard, roomIn, says } from '../report/dashboard.ts'
import type { Watched } from '../report/dashboard-view.ts'

/** The dashboard as this pass found it, what was ticked there, and what it grants in all. */
export type Board = {
  readonly found: Dashboard | null
  readonly ticks: readonly Tick[]
  readonly granted: readonly Grant[]
}

/** What the dashboard asks for. */
export function boardOf(found: Dashboard | null, policy: Policy, now: Date): Board {
  const ticks = ticksOf(found, policy)
  return { found, ticks, granted: grantsFromTicks(found, ticks, now) }
}

/** What one pass found, decided and did. */
export type Passed = {
  readonly survey: {
    readonly tree: Pick<Tree, 'commit'>
    readonly policy: Policy
    readonly outcomes: readonly Outcome[]
    readonly remarks: readonly Problem[]
    readonly problems: readonly Problem[]
  }
  readonly proposals: readonly Proposal[]
  readonly done: readonly Done[]
  readonly held: readonly Held[]
  /** What has to run well before the upgrade of a branch goes on. */
  readonly watched: ReadonlyMap<string, readonly Watched[]>
  readonly now: Date
}

/** Less room than this is not worth a dashboard: people wrote the rest full. */
const LEAST_ROOM = 2_000

/** What is to be done about the dashboard when everything else is done: nothing when it says all of it already. */
export function boardActions({ found, ticks, granted }: Board, passed: Passed): readonly Action[] {
  const { survey, now, held, watched, done } = passed
  const { policy, outcomes, remarks, problems } = survey
  const proposals = afterwards(passed.proposals, done, now)
  const room = roomIn(found)
  if (room < LEAST_ROOM) return []
  const text = dashboard({
    now,
    commit: survey.tree.commit,
    policy,
    mayTick: boxesFor(policy),
    environments: environmentsInOrder(outcomes, policy),
    outcomes,
    held,
    proposals,
    refused: refused(outcomes, { proposals, granted }),
    watched,
    remarks,
    problems,
    room,
  })
  return decideDashboard({ found, ticks, granted, policy, outcomes, proposals }, { ...text, off: DASHBOARD_OFF, says })
}
