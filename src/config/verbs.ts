/** Verbs of `/windlass <verb>` that this version acts on. */
export const VERBS_NOW = ['help', 'status', 'hold', 'resume', 'rebase', 'ignore'] as const

/** Verbs that are understood and answered, but not acted on in this version. */
export const VERBS_LATER = [
  'plan',
  'diff',
  'explain',
  'retry',
  'approve',
  'step',
  'promote',
  'rollback',
  'to',
  'unignore',
  'mode',
] as const

export type VerbNow = (typeof VERBS_NOW)[number]
export type VerbLater = (typeof VERBS_LATER)[number]
export type Verb = VerbNow | VerbLater

/** What a comment asks for. `hold` without a reason has an empty one; `argument` is what follows the verb. */
export type Command =
  | { readonly verb: 'help' | 'status' | 'resume' | 'rebase' | 'merge' }
  | { readonly verb: 'hold'; readonly reason: string }
  | { readonly verb: 'ignore'; readonly what: Ignorable }
  | { readonly verb: VerbLater; readonly argument: string }

/** What `/windlass ignore` can be said of. */
export const IGNORABLE = ['version', 'minor', 'major', 'component'] as const
export type Ignorable = (typeof IGNORABLE)[number]
