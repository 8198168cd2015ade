import type { PinKind, Source } from '../model.ts'
import type { InstallFact, Version } from './facts.ts'

/** What an argument is given: the text as it stands, or the name of a value (`var.name`, `local.name.key`). */
export type Given =
  | ({ readonly type: 'literal' } & Version)
  | { readonly type: 'reference'; readonly name: string }
  | { readonly type: 'unreadable' }

/** Something that has a version, before the values of its module are looked up. */
export type TerraformUse = {
  readonly fact: 'terraform-use'
  readonly kind: PinKind
  readonly file: string
  readonly line: number
  /** What it is called when no chart names it. */
  readonly component: string
  readonly version: Given | null
  /** Where the versions come from; null for a release, which has a chart and perhaps a repository. */
  readonly source: Source | null
  readonly chart: Given | null
  readonly repository: Given | null
  readonly installs: readonly InstallFact[]
}

/** A value that a module can refer to, in the folder of that module. */
export type TerraformValue = {
  readonly fact: 'terraform-value'
  readonly folder: string
  /** The folder in which a reference that is given here means something. */
  readonly from: string
  readonly name: string
  /** Null for a variable that is declared without a default. */
  readonly given: Given | null
  /** From a variables file, which may stand beside the module or anywhere else. */
  readonly loose: boolean
}
