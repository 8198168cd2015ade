/** What becomes of a comment that asks for something: born in decide, put into words by report. */

import type { Command } from '../config.ts'
import type { Comment, Permission, Proposal } from './lifecycle.ts'

/** Why a command that somebody may give cannot be done. */
export type Obstacle =
  /** The verb is not for pull requests in this state. */
  | { readonly kind: 'state' }
  /** The pull request takes an upgrade back, and the verb is for upgrades. */
  | { readonly kind: 'rollback' }
  /** The note of the pull request is lost, so it is not known what it was about. */
  | { readonly kind: 'forgotten' }
  /** A rollback leads to the version before, and to no other. */
  | { readonly kind: 'other-version'; readonly version: string }
  | {
      readonly kind: 'unknown-environment'
      readonly written: string
      readonly meant: string | null
      readonly known: readonly string[]
    }
  /** It does not come after the environment of the pull request, as far as an order is known. */
  | { readonly kind: 'not-after'; readonly environment: string }
  /** Nothing comes after the environment of the pull request. */
  | { readonly kind: 'nothing-after' }

/**
 * What a comment came to; the pull request is already as the command left it. `branch` is the one that the command is about: that of the pull
 * request, or of the environment that something was granted to.
 */
export type Answer = {
  readonly comment: Comment
  readonly proposal: Proposal
  readonly branch: string
} /** `changed` is whether it was not so already. */ & (
  | { readonly kind: 'done'; readonly command: Command; readonly environment: string | null; readonly changed: boolean }
  | { readonly kind: 'cannot'; readonly command: Command; readonly obstacle: Obstacle }
  | { readonly kind: 'misspelt'; readonly word: string; readonly meant: string | null }
  /** The author may not; `verb` is the one that was written or probably meant, null for none that is known. */
  | { readonly kind: 'refused'; readonly verb: string | null; readonly needs: Permission }
  /** Only those whom the policy names may approve for this environment. */
  | { readonly kind: 'not-approver'; readonly environment: string; readonly approvers: readonly string[] }
  /** The comment was changed after it was written: GitHub does not say by whom. */
  | { readonly kind: 'edited' }
  /** Its author was told already that they may not: nothing more is said. */
  | { readonly kind: 'silent' }
)
