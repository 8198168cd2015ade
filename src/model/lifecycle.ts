/** What happens to an upgrade once it is planned: the pull requests, what people said, and what is to be done. */

/** Who asked for something, and when (ISO 8601). */
export type Said = { readonly by: string; readonly at: string; readonly reason: string }

/**
 * What keeps an upgrade back. `age`: too young; `blocked`: something else comes first, here or in the environment before; `hop`: a version comes first;
 * `health`, `soak`, `approval`, `window`: the gates between environments; `schedule`, `limit`: when and how many pull requests are opened;
 * `ci`: it was red with every version that may be taken; `foreign`: the branch is somebody else's; `person`: somebody said so.
 */
export type Because =
  | 'age'
  | 'blocked'
  | 'hop'
  | 'health'
  | 'soak'
  | 'approval'
  | 'window'
  | 'schedule'
  | 'limit'
  | 'ci'
  | 'foreign'
  | 'person'

/** Why something is not done now. `until` (ISO 8601) is when it is worth looking again, null when only an event can change it. */
export type Hold = { readonly because: Because; readonly reason: string; readonly until: string | null }

/** Something that a person granted to the upgrade of one branch. `version` is the one it is about; '' for any. */
export type Grant = Said & {
  /** `promote`: go on although nothing is known of the health before; `open`: do not wait for schedule or limits. */
  readonly what: 'approve' | 'promote' | 'open' | 'unignore'
  readonly branch: string
  readonly version: string
}

/** One answer of ours to a red CI on our own pull request. */
export type Replan = {
  /** When the failure that is answered ended (ISO 8601), by the clock of GitHub. */
  readonly at: string
  readonly version: string
  /** The head that was red. */
  readonly head: string
  /** What the log came to, in the words of knowledge/ci-wordings.ts. */
  readonly cause: string
  /** The job or check that was red. */
  readonly job: string
  /** The one line of its log that says why; hostile, '' when there is none. */
  readonly line: string
  readonly did: 'rerun' | 'lower' | 'hold'
}

/** Answers to a red CI on one pull request that change something: after that many it is held. */
export const ATTEMPTS = 3

/** What a pull request remembers in its one hidden, signed line. */
export type Memory = {
  readonly version: 1
  /** `onboarding` is the one pull request that adds a policy file; nothing about upgrades is decided from it. */
  readonly kind: 'upgrade' | 'rollback' | 'onboarding'
  /** Counts the writes of this memory: an older one never replaces a newer one. */
  readonly generation: number
  readonly environment: string | null
  readonly component: string
  readonly from: string
  readonly to: string
  readonly inputs: string
  readonly hold: Said | null
  readonly ignored: readonly (Said & {
    readonly what: 'version' | 'minor' | 'major' | 'component'
    readonly version: string
  })[]
  /** The version that `/windlass to` asked for. */
  readonly wanted: (Said & { readonly version: string }) | null
  readonly granted: readonly Grant[]
  /** Somebody asked to take this upgrade back. */
  readonly rollback: Said | null
  readonly mode: (Said & { readonly mode: 'workflow' | 'agent' }) | null
  readonly replans: readonly Replan[]
  /** Why a revert would not bring the old state back; null when it would. */
  readonly oneWay: string | null
  /** What was said already about an upgrade that cannot be taken back by reverting; null when nothing was. */
  readonly saidRollback: string | null
  /** What it waits for although it is open, null for nothing; said in its text. */
  readonly waits: string | null
  /** Whether the notice about a human commit was already given for this head. */
  readonly saidEdited: string | null
  /** Why we closed it; null while open or when a human closed it. */
  readonly closed: string | null
  /** Ids of the last comments whose commands have changed this memory: where the reply is missing, they are not new to us. */
  readonly obeyed: readonly number[]
}

/** The memory of a pull request about which nothing was said, and of which nothing is known. */
export const NOTHING_SAID: Memory = {
  version: 1,
  kind: 'upgrade',
  generation: 0,
  environment: null,
  component: '',
  from: '',
  to: '',
  inputs: '',
  hold: null,
  ignored: [],
  wanted: null,
  granted: [],
  rollback: null,
  mode: null,
  replans: [],
  oneWay: null,
  saidRollback: null,
  waits: null,
  saidEdited: null,
  closed: null,
  obeyed: [],
}

/** A CI job on our pull request that is red. `log` is the end of its log, hostile, null when there is none to be had. */
export type FailedJob = {
  readonly name: string
  /** The id of the GitHub Actions job, null for other checks. */
  readonly job: number | null
  readonly url: string | null
  /** ISO 8601, by the clock of GitHub. */
  readonly endedAt: string
  readonly summary: string
  readonly log: string | null
}

/** What taking an upgrade back does to the files, whole ones by path, null for one that goes; or why that cannot be done by reverting. */
export type Revert =
  | { readonly ok: true; readonly files: ReadonlyMap<string, string | null> }
  | { readonly ok: false; readonly reason: string }

/** A merged upgrade that is to be taken back, and who asked for it or what is red. */
export type TakeBack = {
  readonly upgrade: Proposal
  readonly why: Said
  /** The branch that it was merged into, null for the default one, and its head. */
  readonly into: string | null
  readonly commit: string
  readonly revert: Revert
}

/** What CI says about the head of one of our open pull requests; our own check does not count. */
export type Ci =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly jobs: readonly FailedJob[] }

/** A pull request of ours, open or past, as GitHub shows it now. */
export type Proposal = {
  readonly number: number
  readonly branch: string
  /** The branch that it asks to be merged into. */
  readonly base: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly draft: boolean
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly head: string
  readonly memory: Memory
  /** Whether its text lacks the memory that we wrote last: somebody removed the note, or put an old one in its place. */
  readonly forgotten: boolean
  /** The first commit on the branch that we did not sign; null when all are ours. */
  readonly humanCommit: { readonly sha: string; readonly author: string } | null
  readonly openedAt: string
  readonly updatedAt: string
  /** When it was closed or merged, null while it is open. */
  readonly closedAt: string | null
  readonly mergedAt: string | null
  /** The commit on the default branch that brought it there, null while it is not merged. */
  readonly mergeCommit: string | null
  readonly ci: Ci
}

/** A branch below `windlass/`, and where it stands. */
export type Branch = {
  readonly name: string
  readonly head: string
  /** Whether we made its last commit. */
  readonly isOurs: boolean
  /** Whether an open pull request, of whomever, asks to merge it. */
  readonly isAsked: boolean
}

/** A comment on one of our pull requests that is not ours and has not been answered. */
export type Comment = {
  readonly id: number
  readonly number: number
  readonly author: string
  readonly body: string
  readonly at: string
  /** Whether it was changed after it was written. */
  readonly edited: boolean
  readonly permission: Permission
  /** The teams of the policy (`organisation/team`) of which the author is a member; looked up only where a command needs it. */
  readonly teams: readonly string[]
  /** Whether we told the author before, on this pull request, that they may not. */
  readonly refused: boolean
}

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none'

/** One file that a commit changed: its text before and after that commit, and as it is now; null where there is none. */
export type FileChange = {
  readonly path: string
  readonly before: string | null
  readonly after: string | null
  readonly now: string | null
}
