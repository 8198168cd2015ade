/** What stands in an environment, of which the health is asked. */
export type Standing = {
  readonly component: string
  readonly version: string
  /** `sha256:…` that is pinned beside the version, null when none is. */
  readonly digest: string | null
  /** Since when it stands there, ISO 8601. */
  readonly since: string
  /** The commits of the default branch that are known to hold it: the one that brought it, the head. */
  readonly commits: readonly string[]
  /** The names of the HelmRelease objects that install it; empty when Flux does not, or when they are not known. */
  readonly releases: readonly string[]
  /** The run that was planted in the manifest, null when none was. */
  readonly run: string | null
}
