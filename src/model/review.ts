/** Pull requests of other bots, on which we say what we know and change nothing. */

import type { Edit, Migration, Outcome, Tree } from '../model.ts'

/** An open pull request of somebody else against the default branch, as GitHub lists it. */
export type BumpPull = {
  readonly number: number
  /** The login, as webhooks have it: `renovate[bot]`. */
  readonly author: string
  readonly head: string
  /** Its branch stands in another repository: nothing of it is read. */
  readonly isFork: boolean
}

/** What a pull request changes: the commit that it was made from, and its head. Both are data, whatever stands in them. */
export type Change = { readonly fork: Tree; readonly head: Tree }

/** What was said about a pull request: of which head, and from what. */
export type Reviewed = { readonly head: string; readonly inputs: string }

/** What this process remembers of a review. `commit` is the default branch that it was made for; `complete`: nothing was left unknown. */
export type SeenReview = Reviewed & { readonly commit: string; readonly complete: boolean }

/** Something that our own pull request would do, and this one does not. */
export type LeftOut =
  /** `instead`: it changes that document in a way of its own. */
  | { readonly kind: 'migration'; readonly migration: Migration; readonly instead: boolean }
  /** `instead` is what it writes there, null when it leaves the place as it is. */
  | { readonly kind: 'edit'; readonly edit: Edit; readonly instead: string | null }
  /** A place of the same release that stays at its version. */
  | {
      readonly kind: 'place'
      readonly component: string
      readonly version: string
      readonly file: string
      readonly line: number
      readonly why: string
    }
  /** Something comes before this step; `says` in a sentence. */
  | { readonly kind: 'first'; readonly says: string }

/** What one upgrade of a pull request comes to: our own plan for it, and what of that the pull request leaves out. */
export type Review = { readonly to: string; readonly leftOut: readonly LeftOut[] } & (
  | { readonly kind: 'reviewed'; readonly outcome: Extract<Outcome, { kind: 'planned' }> }
  | { readonly kind: 'unknown'; readonly outcome: Omit<Outcome, 'kind'>; readonly reason: string }
)
