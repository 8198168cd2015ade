import type { Install, Path, Pin, Resource, Skipped, Source, ValueMap, ValuesLayer } from '../model.ts'
import type { BuildFact } from './flux-build.ts'
import type { HelmfileFact } from './helmfile-facts.ts'
import type { HintFact } from './hint-facts.ts'
import type { ParameterFiles } from './parameter-files.ts'
import type { TerraformUse, TerraformValue } from './terraform-facts.ts'
import type { VariableFact } from './variables.ts'

/** A reference from one Kubernetes object to another; a namespace that is not written is null. */
export type ObjectRef = { readonly kind: string; readonly name: string; readonly namespace: string | null }

/** A layer of values as one file tells it: read already, or standing in another file or object of the repository. */
export type LayerFact =
  | ValuesLayer
  | { readonly kind: 'file'; readonly path: string; readonly file: string; readonly line: number }
  | {
      readonly kind: 'config'
      readonly object: ObjectRef
      readonly key: string
      /** Where in the values one single value goes; null when the key holds a whole values file. */
      readonly target: string | null
      readonly file: string
      readonly line: number
    }

/** A layer that is known once it is known which chart it belongs to. */
export type ChartLayerFact =
  | LayerFact
  /** A values file that lies in the folder of the chart. */
  | { readonly kind: 'in-chart'; readonly name: string; readonly file: string; readonly line: number }
  /** What a chart hands down to the dependency of that name or alias: the values below `key`, and `global`. */
  | { readonly kind: 'below'; readonly key: string; readonly layer: ChartLayerFact }
  /** Values with variables that Flux replaces in the text before it is YAML; `read` gives them after a replacement. */
  | {
      readonly kind: 'variable'
      readonly layer: Values
      read(replace: (text: string) => string): ValuesLayer
    }

/** An install before its values and its namespace are looked up. */
export type InstallFact = Omit<Install, 'values' | 'namespace'> & {
  readonly namespace: string | null
  readonly values: readonly ChartLayerFact[]
}

/** A chart of a repository object (`HelmRepository`) that is looked up by name. */
export type ChartAt = { readonly type: 'object'; readonly object: ObjectRef; readonly chart: string }

/** The scalars that make a pin. */
export type Version = Pick<Pin, 'version' | 'place' | 'digest'>

/** The parts of a HelmRelease that a base and its patches share; later ones win. */
export type ReleaseFact = {
  readonly fact: 'release'
  readonly object: ObjectRef
  readonly file: string
  readonly line: number
  readonly chart: ChartAt | null
  /** The object (`OCIRepository`, `HelmChart`) whose pin this release installs. */
  readonly of: ObjectRef | null
  readonly version: Version | null
  /** Why the version that is written is not an exact one; null when it is, or when none is written. */
  readonly floating: { readonly reason: string; readonly line: number } | null
  readonly releaseName: string | null
  readonly targetNamespace: string | null
  readonly upgradeCrds: string | null
  readonly values: readonly ChartLayerFact[]
}

/** The dependency of a chart that is kept in `folder`: whoever installs that chart installs it, with the values below `key`. */
export type DependencyFact = {
  readonly fact: 'dependency'
  readonly folder: string
  readonly key: string
  readonly component: string
  readonly version: Version
  readonly source: Source
}

/**
 * Somebody installs a chart that is kept in this repository. `folder` is where it lies, a glob where parameters fill in a part of it;
 * `name` is null where parameters make it.
 */
export type ChartUserFact = {
  readonly fact: 'chart-user'
  readonly folder: string
  readonly install: Omit<InstallFact, 'name'> & { readonly name: string | null }
}

/** What one document tells, without having looked at any other file. */
export type Fact =
  | {
      readonly fact: 'pin'
      readonly component: string
      readonly kind: Pin['kind']
      readonly version: Version
      readonly source: Source | ChartAt
      readonly installs: readonly InstallFact[]
      /** The object that this pin is the version of, for releases that point to it. */
      readonly object: ObjectRef | null
      readonly aliases: readonly string[]
    }
  | ReleaseFact
  | BuildFact
  | DependencyFact
  | ChartUserFact
  | { readonly fact: 'repository'; readonly object: ObjectRef; readonly file: string; readonly url: string }
  /** Some patch in the repository sets the CRD policy of HelmReleases. */
  | { readonly fact: 'crds-patched' }
  | { readonly fact: 'namespace'; readonly folder: string; readonly namespace: string }
  | {
      readonly fact: 'generator'
      readonly object: ObjectRef
      readonly file: string
      readonly files: ReadonlyMap<string, string>
    }
  | { readonly fact: 'resource'; readonly resource: Omit<Resource, 'environment'> }
  | { readonly fact: 'skipped'; readonly skipped: Skipped }
  | ParameterFiles
  | VariableFact
  | HintFact
  | HelmfileFact
  | TerraformUse
  | TerraformValue

/** All that one blob tells. Depends on nothing but its path and text. */
export type FileFacts = { readonly file: string; readonly facts: readonly Fact[] }

type Values = Extract<ValuesLayer, { kind: 'values' }>

/** One YAML document that is a map, with the means to say where things stand in it. Paths start at the object. */
export type Manifest = {
  readonly file: string
  readonly document: number
  readonly line: number
  readonly body: ValueMap
  /** A way to the body that does not keep it: of thousands of objects, only few are looked at again. */
  bodyLater(): () => ValueMap
  /** The same for the lines of its fields; a field that is not there has the line of what is around it. */
  lineLater(): (path: Path) => number | null
  /** Read around templates (`{{ … }}`): what stands in it is not yet what the cluster gets. */
  readonly templated: boolean
  /** The version that stands at a path, split from a digest written behind it; null when there is none to edit. */
  version(path: readonly (string | number)[]): Version | null
  lineOf(path: readonly (string | number)[]): number
  /** The map at a path as a layer of values; null when there is none. */
  values(path: readonly (string | number)[]): Values | null
  /** The same, read once more from the text of the document after something was replaced in it. */
  valuesAfter(path: readonly (string | number)[], replace: (text: string) => string): ValuesLayer
  /** Whether the text of the document has a `${`, as variables of Flux are written. */
  readonly hasVariables: boolean
  /** The YAML text at a path (a block scalar) as a layer of values; null when there is none. */
  embedded(path: readonly (string | number)[]): ValuesLayer | null
}

/** Reads the documents it knows and says nothing of others. */
export type Detector = (manifest: Manifest) => readonly Fact[]
