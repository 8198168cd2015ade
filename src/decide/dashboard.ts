import type { Policy } from '../config.ts'
import type { Action, Dashboard, DashboardMemory, Grant, Outcome, Permission, Proposal, Tick } from '../model.ts'
import { retried as withoutAnswers } from './answer.ts'
import { rank } from './promote.ts'

/** The verb of the policy's `commands` that a box stands for. Opening now is what `promote` does to schedules and limits. */
const VERB = { promote: 'promote', open: 'promote', unignore: 'unignore', retry: 'retry' } as const

/** What may be asked of everybody who can edit an issue: GitHub lets nobody do that who may not write. */
const OPEN_TO_WRITERS: ReadonlySet<Permission> = new Set(['write', 'triage', 'read', 'none'])

/** The boxes that the policy leaves to everybody who may write; the others are asked for in comments, where we know who asks. */
export function boxesFor({ commands }: Pick<Policy, 'commands'>): ReadonlySet<Tick['what']> {
  const verbs = Object.entries(VERB) as [keyof typeof VERB, string][]
  const may = verbs.filter(([, verb]) => OPEN_TO_WRITERS.has(commands[verb] ?? 'write'))
  return new Set(['look', ...may.map(([what]) => what)])
}

/** The boxes that count: those of an open dashboard that the policy leaves to everybody who may write, whoever wrote them there. */
export function ticksOf(found: Dashboard | null, policy: Pick<Policy, 'commands'>): readonly Tick[] {
  if (found === null || found.state === 'closed') return []
  const may = boxesFor(policy)
  return found.ticks.filter(({ what }) => may.has(what))
}

/** What the dashboard granted before, and what its ticked boxes grant now. Looking and trying again need no grant: the pass does it. */
export function grantsFromTicks(found: Dashboard | null, ticks: readonly Tick[], now: Date): readonly Grant[] {
  const fresh = ticks.flatMap(({ what, branch, version }): Grant[] =>
    what === 'look' || what === 'retry'
      ? []
      : [{ what, branch, version, by: 'dashboard', at: now.toISOString(), reason: '' }],
  )
  const isAgain = (old: Grant) =>
    fresh.some(({ what, branch, version }) => what === old.what && branch === old.branch && version === old.version)
  return [...(found?.memory.granted ?? []).filter(old => !isAgain(old)), ...fresh]
}

/** Pull requests that are to be tried again, with their attempts forgotten; and their numbers. */
export function retried(
  ticks: readonly Tick[],
  proposals: readonly Proposal[],
): { readonly proposals: readonly Proposal[]; readonly changed: ReadonlySet<number> } {
  const isAsked = ({ state, branch, memory }: Proposal) =>
    state === 'open' && memory.replans.length > 0 && ticks.some(tick => tick.what === 'retry' && tick.branch === branch)
  return {
    proposals: proposals.map(one => (isAsked(one) ? { ...one, memory: withoutAnswers(one.memory) } : one)),
    changed: new Set(proposals.filter(isAsked).map(({ number }) => number)),
  }
}

/** The environments that have an order, in it. */
export function environmentsInOrder(
  outcomes: readonly Pick<Outcome, 'environment'>[],
  policy: Pick<Policy, 'environments'>,
): readonly string[] {
  const names = [...new Set(outcomes.map(({ environment }) => environment))]
  const ranked = names.flatMap(name => {
    const place = rank(name, policy)
    return name === null || place === null ? [] : [{ name, place }]
  })
  return ranked.toSorted((a, b) => a.place - b.place).map(({ name }) => name)
}

/** What the dashboard is to be: its text, and how to tell whether it says so already. Given by the report room. */
export type Wanted = {
  readonly title: string
  readonly body: string
  /** What it says when the policy wants none. */
  readonly off: string
  says(found: Dashboard, body: string): boolean
}

export type BoardStanding = {
  readonly found: Dashboard | null
  readonly ticks: readonly Tick[]
  readonly granted: readonly Grant[]
  readonly policy: Pick<Policy, 'dashboard' | 'enabled'>
  readonly outcomes: readonly Outcome[]
  readonly proposals: readonly Proposal[]
}

/** Grants of upgrades that are still on their way. Without this a memory would grow for ever. */
function stillNeeded({ granted, outcomes }: BoardStanding): readonly Grant[] {
  const done = new Set(outcomes.filter(({ kind }) => kind === 'current').map(({ branch }) => branch))
  const known = new Set(outcomes.map(({ branch }) => branch))
  return granted.filter(({ branch }) => known.has(branch) && !done.has(branch))
}

type BoardAction = Extract<Action, { do: 'dashboard' }>

function write(standing: BoardStanding, title: string, body: string, closed: string | null): BoardAction {
  const { found } = standing
  const memory: DashboardMemory = {
    version: 1,
    generation: (found?.memory.generation ?? 0) + 1,
    granted: stillNeeded(standing),
    closed,
  }
  const state = closed === null ? 'open' : 'closed'
  return { do: 'dashboard', number: found?.number ?? null, state, title: found?.title ?? title, body, memory }
}

/** Closed once; who opens it again although the policy wants none, has it as it is. */
function withoutDashboard(standing: BoardStanding, off: string): readonly BoardAction[] {
  const { found } = standing
  if (found === null || found.state === 'closed' || found.memory.closed !== null) return []
  return [write(standing, found.title, off, off)]
}

/**
 * What to do about the dashboard: nothing when it says everything already. A repository in which there is nothing for us gets none;
 * one that a person closed is left closed, and no other is opened.
 */
export function decideDashboard(standing: BoardStanding, wanted: Wanted): readonly BoardAction[] {
  const { found, ticks, policy, outcomes, proposals } = standing
  if (!policy.dashboard) return withoutDashboard(standing, wanted.off)
  if (found === null) {
    const isEmpty = outcomes.length === 0 && proposals.length === 0
    return isEmpty || !policy.enabled ? [] : [write(standing, wanted.title, wanted.body, null)]
  }
  if (found.state === 'closed' && found.memory.closed === null) return []
  const isSaid = found.state === 'open' && ticks.length === 0 && wanted.says(found, wanted.body)
  return isSaid ? [] : [write(standing, wanted.title, wanted.body, null)]
}
