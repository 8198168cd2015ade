import type { InstallFact, Version } from './facts.ts'

/** A file of values: a path from the root of the repository, or the values themselves where they stand in a helmfile. */
export type StateValues =
  | { readonly type: 'file'; readonly path: string }
  | {
      readonly type: 'inline'
      readonly file: string
      readonly document: number
      readonly path: readonly (string | number)[]
    }

/** One release of a helmfile, before its repository and its values are looked up. */
export type HelmfileRelease = {
  readonly chart: string
  /** The version as it stands, or the key path of the state value that is filled in. */
  readonly version: Version | readonly string[]
  readonly line: number
  readonly install: InstallFact
}

/** What one helmfile says. */
export type HelmfileFact = {
  readonly fact: 'helmfile'
  readonly file: string
  readonly repositories: readonly { readonly name: string; readonly url: string; readonly oci: boolean }[]
  readonly releases: readonly HelmfileRelease[]
  readonly values: readonly StateValues[]
  /** Helmfiles whose repositories and values count here (`bases`), and those that this one includes (`helmfiles`). */
  readonly bases: readonly string[]
}
