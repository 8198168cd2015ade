import type { Policy } from '../config.ts'
import type { Health, Hold, Outcome, Problem, Proposal, Tick } from '../model.ts'

/** Something that has to run well before an upgrade goes on, and its health. */
export type Watched = {
  readonly component: string
  readonly environment: string | null
  readonly version: string
  readonly health: Health
}

/** Something that a person refused and that is still in force; `version` is '' for every version. */
export type Refused = {
  readonly branch: string
  readonly component: string
  readonly environment: string | null
  /** The pull request where it was said. */
  readonly number: number
  /** `closed`: by closing it. */
  readonly what: 'closed' | 'version' | 'minor' | 'major' | 'component'
  readonly version: string
  /** Who ignored it; null where it was closed, because GitHub does not tell who did that. */
  readonly by: string | null
  /** ISO 8601. */
  readonly at: string
}

/** Everything that the dashboard is made of: what one pass found, decided and did. */
export type DashboardView = {
  readonly now: Date
  /** The commit of the default branch that was looked at. */
  readonly commit: string
  readonly policy: Pick<Policy, 'enabled'>
  /** The boxes that who may write may tick. */
  readonly mayTick: ReadonlySet<Tick['what']>
  /** The environments that have an order, in it. */
  readonly environments: readonly string[]
  readonly outcomes: readonly Outcome[]
  /** Upgrades that are not proposed now, whoever found that out. */
  readonly held: readonly (Hold & { readonly outcome: Outcome; readonly to: string })[]
  /** Our pull requests as they are when the pass is over. */
  readonly proposals: readonly Proposal[]
  readonly refused: readonly Refused[]
  /** What has to run well before the upgrade of a branch goes on. */
  readonly watched: ReadonlyMap<string, readonly Watched[]>
  readonly remarks: readonly Problem[]
  readonly problems: readonly Problem[]
  /** Longest text, in UTF-16 units: what people wrote around it needs room too. */
  readonly room: number
}

/** An upgrade that waits, and for what. */
export type Waiting = Hold & Pick<Outcome, 'component' | 'environment' | 'branch' | 'from'> & { readonly to: string }

/** Every upgrade that waits. */
export function waiting({ held }: Pick<DashboardView, 'held'>): readonly Waiting[] {
  return held.map(({ outcome: { component, environment, branch, from }, to, because, reason, until }) => {
    return { component, environment, branch, from, to, because, reason, until }
  })
}

/** Our open pull requests, the oldest first: GitHub lists them by their last change, which is no order to read. */
export function open({ proposals }: Pick<DashboardView, 'proposals'>): readonly Proposal[] {
  return proposals.filter(({ state }) => state === 'open').toSorted((a, b) => a.number - b.number)
}

type Gates = Pick<DashboardView, 'watched'>

function healthKinds({ watched }: Gates, { branch, because }: Waiting): readonly Health['kind'][] {
  return because === 'health' ? (watched.get(branch) ?? []).map(({ health }) => health.kind) : []
}

/** Whether what waits does so because something before it is red. */
export function isStopped(view: Gates, one: Waiting): boolean {
  return healthKinds(view, one).includes('failed')
}

/** Whether a person may go on: nobody knows whether what runs before is healthy, and nobody says that it is not. */
export function mayPromote(view: Gates, one: Waiting): boolean {
  return healthKinds(view, one).includes('unknown') && !isStopped(view, one)
}
