import type { Grant } from './lifecycle.ts'

/**
 * A box of the dashboard that a person has ticked; the text after it is ours. Only who may write can tick one. `branch` is '' where it
 * is about the whole repository; `version` is the one that the box was about, '' for any.
 */
export type Tick = {
  readonly what: 'promote' | 'open' | 'unignore' | 'retry' | 'look'
  readonly branch: string
  readonly version: string
}

/** What the dashboard remembers in its hidden, signed line. */
export type DashboardMemory = {
  readonly version: 1
  readonly generation: number
  readonly granted: readonly Grant[]
  /** Why we closed it; null while open or when a person closed it. */
  readonly closed: string | null
}

/** The one issue in which everything stands, as GitHub shows it now. */
export type Dashboard = {
  readonly number: number
  readonly state: 'open' | 'closed'
  readonly title: string
  readonly body: string
  readonly memory: DashboardMemory
  readonly ticks: readonly Tick[]
}
