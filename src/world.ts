import type {
  Action,
  Branch,
  BumpPull,
  Change,
  Chart,
  Comment,
  Dashboard,
  FileChange,
  Install,
  Looked,
  Proposal,
  Release,
  Render,
  Reviewed,
  SeenReview,
  Signal,
  Source,
  Tree,
} from './model.ts'

/** A source whose versions can be asked for. */
export type KnownSource = Exclude<Source, { type: 'unknown' }>

/** What the model answered: text that is not trusted yet, or why there is none. */
export type ModelAnswer =
  | { readonly kind: 'answer'; readonly model: string; readonly text: string }
  | { readonly kind: 'none'; readonly reason: string }

/** What a language model is asked: the fixed part first, so that prefixes can be cached. */
export type ModelQuestion = {
  readonly system: string
  readonly user: string
  readonly schemaName: string
  readonly schema: object
}

/** Registries: what exists, and the artefacts. All of it passes the egress guard, size limits and digest checks. */
export interface Registries {
  /** Every published version of a source, in no particular order. */
  releases(source: KnownSource): Promise<Looked<readonly Release[]>>
  /** When one version was published (ISO 8601), null when the registry does not say. */
  publishedAt(source: KnownSource, release: Release): Promise<string | null>
  /** The digest that a pin of this version carries (`sha256:…` of the manifest in an OCI registry, of the archive in an index). */
  digest(source: KnownSource, version: string): Promise<Looked<string>>
  /** The chart archive of one version. A digest that differs from the release's, or from the pinned one, is refused with both named. */
  chart(source: KnownSource, version: string, digest: string | null): Promise<Looked<Chart>>
}

/** Rendering runs strangers' templates: bounded, without network, credentials or environment. */
export interface Renderer {
  render(chart: Chart, install: Install, kubeVersion: string | null): Promise<Render>
}

/** The port between the street and everything outside: what may be asked, and what may be done. */
export interface World extends Registries, Renderer {
  now(): Date
  /** The repository at the head of its default branch. */
  tree(): Promise<Tree>
  /** The same at the head of another branch, or why it cannot be read. */
  branch(name: string): Promise<Looked<Tree>>
  /** When this server first saw a version (ISO 8601); remembers it. The fallback when a registry has no dates. */
  firstSeen(source: KnownSource, version: string): Promise<string>
  /** The same for anything else that has a beginning, such as a version that stands in an environment; `key` names it. */
  since(key: string): Promise<string>
  /** What is said about the health of these commits, and what the hooks of this repository brought since then (ISO 8601); oldest first. */
  signals(asked: { readonly commits: readonly string[]; readonly since: string }): Promise<readonly Signal[]>
  /** Who was the first to report a name in an environment; remembers `by` when nobody was. */
  reporter(environment: string, name: string, by: string): Promise<string>
  /** Asks the language model; never throws, an answer that did not come is `none` with the reason. */
  ask(question: ModelQuestion): Promise<ModelAnswer>
  /** Our pull requests, open and past. Only those whose memory carries our signature. */
  proposals(): Promise<readonly Proposal[]>
  /** Branches below `windlass/`; to be asked after `proposals`. */
  ourBranches(): Promise<readonly Branch[]>
  /**
   * What a commit changed, relative to its first parent, in files that are text and no more than 200; each file also as it is at `now`,
   * the head of a branch.
   * Not to be had for a commit that adds or changes links, modules or files that are no text.
   */
  change(commit: string, now: string): Promise<Looked<readonly FileChange[]>>
  /** Comments on our pull requests, open and past, that wait for an answer, oldest first. `teams` are those that the policy names. */
  comments(ours: readonly Proposal[], teams: readonly string[]): Promise<readonly Comment[]>
  /** Open pull requests of others against the default branch, from the list that `proposals` has read. */
  bumps(): Promise<readonly BumpPull[]>
  /** What such a pull request changes. Not there when its commits cannot be had (any more). */
  changeOf(pull: BumpPull): Promise<Looked<Change>>
  /** What we said on it last, as GitHub has it; null when that is nothing. */
  reviewed(pull: BumpPull): Promise<Reviewed | null>
  /** What this process remembers of reviews, by the number of the pull request; outlives the pass. */
  readonly reviews: Map<number, SeenReview>
  /** The issue in which everything stands; null when there is none. */
  dashboard(): Promise<Dashboard | null>
  /** The events that woke this pass, by their names at GitHub; `sweep` for the timer. Hints, never a reason to believe anything. */
  readonly woken: ReadonlySet<string>
  /** Does it; answers the number of the pull request that it opened, null when it opened none. */
  perform(action: Action): Promise<number | null>
  /** One line for people who watch: what is being looked at now. */
  progress(line: string): void
}
