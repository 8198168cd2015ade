import type { Source } from '../model.ts'
import type { Version } from './facts.ts'

/** A chart as its page at Artifact Hub names it, which does not say the address of its repository. */
export type HubChart = { readonly type: 'artifact-hub'; readonly repository: string; readonly chart: string }

/** A version that a comment beside it explains: what it is the version of, and where its versions come from. */
export type HintFact = {
  readonly fact: 'hint'
  readonly component: string
  readonly aliases: readonly string[]
  readonly version: Version
  readonly source: Source | HubChart
  /** When what the hint says is less than what a format says of the same place: a link is no instruction. */
  readonly weak: boolean
}
