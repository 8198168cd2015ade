import type { Policy } from '../config.ts'
import type { Health, Hold, Outcome, Problem, Proposal, Tick } from '../model.ts'

/** The health of one component where it runs, as the gates of this pass saw it. */
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
  /** Who ignored it and when (ISO 8601); GitHub does not tell who closed a pull request. */
  readonly by: string | null
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
  /** What is planned and was not opened, by its branch. */
  readonly held: readonly (Hold & { readonly branch: string })[]
  /** Our pull requests as they are when the pass is over. */
  readonly proposals: readonly Proposal[]
  readonly refused: readonly Refused[]
  readonly watched: readonly Watched[]
  readonly remarks: readonly Problem[]
  readonly problems: readonly Problem[]
  /** Longest text, in UTF-16 units: what people wrote around it needs room too. */
  readonly room: number
}

/** An upgrade that waits, and for what. */
export type Waiting = Hold & Pick<Outcome, 'component' | 'environment' | 'branch' | 'from'> & { readonly to: string }

/** Every upgrade that waits: kept back on the way to its plan, or not opened although it is planned. */
export function waiting({ outcomes, held }: DashboardView): readonly Waiting[] {
  return outcomes.flatMap((outcome): Waiting[] => {
    if (outcome.kind === 'held') return [outcome]
    const hold = held.find(({ branch }) => branch === outcome.branch)
    return hold && outcome.kind === 'planned' ? [{ ...outcome, ...hold, to: outcome.plan.upgrade.to.version }] : []
  })
}

/** Our open pull requests. */
export function open({ proposals }: Pick<DashboardView, 'proposals'>): readonly Proposal[] {
  return proposals.filter(({ state }) => state === 'open')
}

/** The health of the same component where this one does not run yet, that keeps it waiting. */
export function healthBefore({ watched, environments }: DashboardView, one: Waiting): readonly Watched[] {
  const place = (environment: string | null) => environments.indexOf(environment ?? '')
  return watched.filter(
    ({ component, environment }) => component === one.component && place(environment) < place(one.environment),
  )
}

/** Whether a person may go on: nobody knows whether the version is healthy, and nobody says that it is not. */
export function mayPromote(view: DashboardView, one: Waiting): boolean {
  if (one.because !== 'health') return false
  const kinds = healthBefore(view, one).map(({ health }) => health.kind)
  return kinds.includes('unknown') && !kinds.includes('failed')
}
