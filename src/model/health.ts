/** What is said about the health of what runs, and what it comes to. */

/**
 * One thing that somebody said. `status`, `check` and `deployment` stand at GitHub, `flux` and `generic` came signed to `/hooks/*`.
 * `name` is what it is about, as a policy names it: the context of a commit status, the name of a check run, `deployment/<environment>`,
 * `HelmRelease/<namespace>/<name>` of a Flux event.
 */
export type Signal = {
  readonly via: 'status' | 'check' | 'deployment' | 'flux' | 'generic'
  readonly name: string
  readonly state: 'success' | 'failure' | 'pending'
  /** ISO 8601. */
  readonly at: string
  /** The login of a person or bot, the slug of an App, or `hook`. */
  readonly by: string
  readonly commit: string | null
  /** The environment or cluster that it names itself. */
  readonly place: string | null
  /** The version that it says runs (a HelmRelease's chart version). */
  readonly version: string | null
  /** The run that we planted in the manifest and that came back. */
  readonly run: string | null
  /** What it says in words; hostile. */
  readonly says: string
}

/** What the health of one environment with one version comes to. Unknown is never healthy. */
export type Health =
  /** Nobody is expected to say anything, and nobody did. */
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'healthy'; readonly since: string; readonly evidence: readonly Signal[] }
  /** All green, and not for long enough to be believed. */
  | { readonly kind: 'settling'; readonly until: string; readonly evidence: readonly Signal[] }
  | { readonly kind: 'failed'; readonly at: string; readonly evidence: readonly Signal[] }
  /** Something that is expected has not been said yet, and there is time. */
  | { readonly kind: 'waiting'; readonly until: string; readonly missing: readonly string[] }
  /** The time is over, or what was said proves too little; `why` in words. */
  | { readonly kind: 'unknown'; readonly missing: readonly string[]; readonly why: readonly string[] }

/** A signal that was not believed, and why. */
export type Disbelieved = { readonly signal: Signal; readonly why: string }
