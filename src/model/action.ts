import type { DashboardMemory } from './dashboard.ts'
import type { Memory } from './lifecycle.ts'

export type PullRequest = {
  readonly title: string
  readonly branch: string
  /** The branch that it asks to be merged into, null for the default one. */
  readonly into: string | null
  readonly labels: readonly string[]
  readonly reviewers: readonly string[]
  readonly body: string
}

/** The check run `windlass` on a commit. */
export type Check = {
  readonly title: string
  readonly summary: string
  readonly conclusion: 'success' | 'neutral' | 'failure'
}

/** What is committed on top of `base`: whole files by path, null for one that goes. */
export type Commit = {
  readonly message: string
  readonly base: string
  readonly files: ReadonlyMap<string, string | null>
}

/** What is to be done at GitHub (or in the local checkout). Doing it twice changes nothing. */
export type Action =
  | {
      readonly do: 'open'
      readonly pullRequest: PullRequest
      readonly commit: Commit
      readonly check: Check
      readonly memory: Memory
    }
  | {
      readonly do: 'update'
      readonly number: number
      readonly head: string
      readonly pullRequest: PullRequest
      readonly commit: Commit
      readonly check: Check
      readonly memory: Memory
    }
  | {
      readonly do: 'remember'
      readonly number: number
      readonly pullRequest: Pick<PullRequest, 'labels' | 'body'>
      readonly memory: Memory
    }
  | {
      readonly do: 'close'
      readonly number: number
      readonly branch: string
      readonly reason: string
      readonly pullRequest: Pick<PullRequest, 'labels' | 'body'>
      readonly memory: Memory
    }
  | {
      readonly do: 'reply'
      readonly number: number
      readonly comment: number
      /** Null for a reaction alone. */
      readonly text: string | null
      readonly reaction: '+1' | 'confused' | 'eyes'
    }
  | { readonly do: 'notice'; readonly number: number; readonly key: string; readonly text: string }
  /** Something is said about a commit of the default branch, where no pull request is concerned. */
  | { readonly do: 'check'; readonly commit: string; readonly check: Check }
  /** What we say on somebody else's pull request: one comment and one check, both edited in place, and nothing else. */
  | {
      readonly do: 'review'
      readonly number: number
      readonly head: string
      readonly body: string
      readonly check: Check
      readonly inputs: string
    }
  /** A branch that nobody needs goes, if it still stands at `head`. */
  | { readonly do: 'delete'; readonly branch: string; readonly head: string }
  /** One CI job of our pull request is run again. */
  | { readonly do: 'rerun'; readonly number: number; readonly job: number }
  /** The dashboard is opened, written anew, or closed; `number` is null when there is none yet. */
  | {
      readonly do: 'dashboard'
      readonly number: number | null
      readonly state: 'open' | 'closed'
      readonly title: string
      readonly body: string
      readonly memory: DashboardMemory
    }
