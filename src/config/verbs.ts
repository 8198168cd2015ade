/** Verbs of `/windlass <verb>`. */
export const VERBS = [
  'help',
  'status',
  'plan',
  'diff',
  'explain',
  'rebase',
  'retry',
  'hold',
  'resume',
  'approve',
  'step',
  'promote',
  'rollback',
  'to',
  'ignore',
  'unignore',
  'mode',
] as const
export type Verb = (typeof VERBS)[number]

/** Verbs after which nothing follows; `merge` is none of ours, and is answered. */
type Lone = 'help' | 'status' | 'plan' | 'diff' | 'rebase' | 'retry' | 'resume' | 'step' | 'unignore' | 'merge'

/**
 * What a comment asks for. `hold` without a reason has an empty one; `explain` without evidence is about the risk; `approve` without an environment
 * means the next one; `rollback` without a version means the one before.
 */
export type Command =
  | { readonly verb: Lone }
  | { readonly verb: 'hold'; readonly reason: string }
  | { readonly verb: 'explain'; readonly evidence: string | null }
  | { readonly verb: 'approve'; readonly environment: string | null }
  | { readonly verb: 'promote'; readonly environment: string }
  | { readonly verb: 'rollback'; readonly to: string | null }
  | { readonly verb: 'to'; readonly version: string }
  | { readonly verb: 'ignore'; readonly what: Ignorable }
  | { readonly verb: 'mode'; readonly mode: Mode }

/** What `/windlass ignore` can be said of. */
export const IGNORABLE = ['version', 'minor', 'major', 'component'] as const
export type Ignorable = (typeof IGNORABLE)[number]

/** How an upgrade can be worked out. */
export const MODES = ['workflow', 'agent'] as const
export type Mode = (typeof MODES)[number]
