/**
 * The nouns of the street. Each is plain and readonly, and is born in one room:
 * a Pin (detect) becomes an Upgrade (choose), is compared into Facts, judged into Findings,
 * reasoned into an Assessment and planned into a Plan; a Plan and the Proposals that exist become Actions (decide).
 */

import type { Hold } from './model/lifecycle.ts'

// ── The repository ───────────────────────────────────────────────────────────────────────────────────────────────

/** One text file of the repository; `blob` is git's id of its content, so facts about it can be cached. */
export type RepoFile = { readonly path: string; readonly blob: string; readonly text: string }

/** Something that was looked at and left out, and why; `line` is 1-based, null when the whole file is meant. */
export type Skipped = { readonly file: string; readonly line: number | null; readonly reason: string }

/** The repository at one commit. */
export type Tree = {
  readonly commit: string
  readonly files: readonly RepoFile[]
  readonly skipped: readonly Skipped[]
}

/** Where a scalar stands: line and column are 1-based, start and end are UTF-16 offsets into the file's text. */
export type Place = {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly start: number
  readonly end: number
}

/** Any value that YAML or JSON can hold. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }
export type ValueMap = { readonly [key: string]: Value }

/** The answer to a question to the outside: a value, or why there is none. `retry` says whether asking later can help. */
export type Looked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly retry: boolean }

// ── detect ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every kind of place where a version stands, named for the format that holds it. */
export const PIN_KINDS = [
  'argocd-application',
  'argocd-applicationset',
  'flux-helmrelease',
  'flux-ocirepository',
  'flux-gitrepository',
  'kustomize-helmcharts',
  'kustomize-image',
  'kustomize-remote-resource',
  'chart-dependency',
  'helmfile',
  'terraform-helm-release',
  'helm-values-image',
  'raw-manifest-image',
  'kubernetes-version',
  'other',
] as const
export type PinKind = (typeof PIN_KINDS)[number]

/**
 * Where the versions of a pin come from. `helm`: an HTTP chart repository (`url` is the folder of index.yaml).
 * `oci`: `url` is the whole reference without tag, `oci://host/path/chart`. `docker`: `url` is registry/repository.
 * `git`: the tags (or commits) of the repository at `url`, a clone URL. `github` and `github-releases`: its tags, or only
 * its releases; `url` is `https://github.com/owner/repository`. `url`: the version is a part of `url`, as written.
 * `olm`: `url` is the name of the catalog source, `chart` the package. `terraform-module`: `url` is the module's address.
 * `kubernetes`: versions of Kubernetes itself; `url` is the distribution (`kubernetes`, `eks`, `gke`, `aks`).
 */
export type Source =
  | { readonly type: 'helm'; readonly url: string; readonly chart: string }
  | { readonly type: 'oci'; readonly url: string; readonly chart: string }
  | { readonly type: 'docker'; readonly url: string; readonly chart: null }
  | { readonly type: 'git'; readonly url: string; readonly chart: null }
  | { readonly type: 'github'; readonly url: string; readonly chart: null }
  | { readonly type: 'github-releases'; readonly url: string; readonly chart: null }
  | { readonly type: 'url'; readonly url: string; readonly chart: null }
  | { readonly type: 'olm'; readonly url: string; readonly chart: string }
  | { readonly type: 'terraform-module'; readonly url: string; readonly chart: null }
  | { readonly type: 'kubernetes'; readonly url: string; readonly chart: null }
  | { readonly type: 'unknown'; readonly url: null; readonly chart: string | null; readonly reason: string }

/** A path inside a YAML document, `['spec', 'sources', 0, 'chart']`. */
export type Path = readonly (string | number)[]

/**
 * One layer of the values that a user gives to a chart; later layers win.
 * `lines` maps a key path (JSON text of a Path, as text/path-key.ts writes it) to its 1-based line in `file`.
 * `missing` is a layer that exists but could not be read here; it is never silently left out.
 */
export type ValuesLayer =
  | {
      readonly kind: 'values'
      readonly file: string
      readonly tree: ValueMap
      readonly lines: ReadonlyMap<string, number>
    }
  | {
      readonly kind: 'parameter'
      readonly file: string
      readonly line: number
      readonly key: string
      readonly value: string
      readonly asString: boolean
    }
  | { readonly kind: 'missing'; readonly file: string; readonly line: number; readonly reason: string }

/**
 * What the engine does with the `crds/` folder of a chart when the version moves. `applied-client-side`: as `kubectl apply` does, which keeps the
 * whole object in an annotation and so fails with large ones.
 */
export type CrdPolicy = 'applied' | 'applied-client-side' | 'skipped' | 'unknown'

/** One installation of a chart: the Helm release that a GitOps engine makes of it. */
export type Install = {
  readonly engine: 'argocd' | 'flux' | 'kustomize' | 'helm'
  readonly name: string
  readonly namespace: string
  readonly values: readonly ValuesLayer[]
  readonly crds: CrdPolicy
  readonly file: string
  readonly line: number
}

/** A place where a version stands. `digest` is the pinned `sha256:…` beside it, if any. */
export type Pin = {
  readonly component: string
  readonly kind: PinKind
  readonly version: string
  readonly digest: { readonly value: string; readonly place: Place } | null
  readonly source: Source
  readonly place: Place
  /** The environment that the file feeds; null when it belongs to none in particular. */
  readonly environment: string | null
  /** Charts only: what is installed from this pin. Empty for images and chart dependencies. */
  readonly installs: readonly Install[]
  /** Other names by which people of this repository know it: `repository/chart`, the `depName` of a comment. */
  readonly aliases: readonly string[]
}

/**
 * One Kubernetes object that stands in the repository; `document` is its 0-based index in the file. `lineOf` is the 1-based line of a
 * field in that file, of the nearest one around it when the field is not there, null when that is not known.
 */
export type Resource = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string | null
  readonly name: string
  readonly file: string
  readonly document: number
  readonly line: number
  readonly environment: string | null
  readonly body: ValueMap
  lineOf(path: Path): number | null
}

export type Detected = {
  readonly pins: readonly Pin[]
  readonly resources: readonly Resource[]
  readonly skipped: readonly Skipped[]
}

// ── choose ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** One published version. `version` is the tag as it is written in Git; `publishedAt` is ISO 8601, null when the source does not say. */
export type Release = {
  readonly version: string
  readonly digest: string | null
  readonly publishedAt: string | null
  readonly appVersion: string | null
  readonly urls: readonly string[]
  readonly deprecated: boolean
  /** Marked as a pre-release by its publisher. A version that says so itself (`-rc.1`) need not be marked. */
  readonly prerelease: boolean
}

/** A component in one environment that can move: every pin that moves with it, from the version that stands to the next allowed one. */
export type Upgrade = {
  readonly component: string
  readonly environment: string | null
  readonly kind: PinKind
  readonly source: Exclude<Source, { type: 'unknown' }>
  readonly pins: readonly Pin[]
  readonly from: string
  readonly to: Release
  /** Every newer version that policy allows, newest first. */
  readonly available: readonly string[]
  /** The way to the newest version that is wanted: `to` is the first hop. */
  readonly path: readonly Hop[]
  /** What is released together with it and moves with it, in one pull request. */
  readonly followers: readonly Follower[]
  /** Newer versions that are allowed and that a follower does not have, newest first, and why. */
  readonly notYet: readonly { readonly version: string; readonly reason: string }[]
}

/** One version to go through. `because` says why it may not be skipped and `source` where that stands; both null for the last hop. */
export type Hop = { readonly to: string; readonly because: string | null; readonly source: string | null }

/** Another component of the same release, which moves with an upgrade: to the same version, as its own source writes it. */
export type Follower = Pick<Upgrade, 'component' | 'kind' | 'source' | 'pins' | 'from' | 'to'> & {
  /** Why it moves along, as it follows "because". */
  readonly why: string
}

/** What choose says of one component in one environment. `until` is ISO 8601. */
export type Choice =
  | { readonly kind: 'upgrade'; readonly upgrade: Upgrade }
  | { readonly kind: 'current' }
  | { readonly kind: 'waiting'; readonly version: string; readonly until: string; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

// ── render ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A Kubernetes object as rendered: apiVersion, kind and metadata are checked, the rest is as the chart made it. */
export type KubeObject = ValueMap & {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ValueMap & { readonly name: string }
}

/** A chart archive that was fetched, digest-checked and strictly read. */
export type Chart = {
  readonly name: string
  readonly version: string
  readonly appVersion: string | null
  readonly kubeVersion: string | null
  readonly deprecated: boolean
  /** `sha256:…` of the archive. */
  readonly digest: string
  readonly annotations: Readonly<Record<string, string>>
  readonly dependencies: readonly { readonly name: string; readonly version: string; readonly repository: string }[]
  /** Default values, and their text with the maintainers' comments. */
  readonly values: ValueMap
  readonly valuesText: string
  /** values.schema.json, null when there is none. */
  readonly schema: Value
  /** Objects of the `crds/` folder, subcharts included. */
  readonly crds: readonly KubeObject[]
  /** Every text file of the archive by its path below the chart's root. */
  readonly files: ReadonlyMap<string, string>
}

/** One install of a chart, rendered: every object (hooks included, `crds/` not), or why it could not be. */
export type Render =
  | { readonly ok: true; readonly objects: readonly KubeObject[] }
  | { readonly ok: false; readonly reason: string }

// ── compare ──────────────────────────────────────────────────────────────────────────────────────────────────────

export type ObjectId = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string | null
  readonly name: string
}

/** One field that differs between two renders of an object. */
export type FieldChange = { readonly path: string; readonly from: Value | undefined; readonly to: Value | undefined }

/**
 * Changes of a CRD, in the words of the field. `path` is a version, or a version and a field path (`v1.spec.foo[].bar`).
 * Some are finer than what is said outside (`src/report/crd-kinds.ts`): a conversion that converts nothing, a default or a type
 * that only looks different. `schema-changed` is what no comparer claims.
 */
export const CRD_CHANGE_KINDS = [
  'crd-added',
  'crd-removed',
  'version-added',
  'version-removed',
  'stored-version-removed',
  'version-unserved',
  'version-deprecated',
  'storage-version-changed',
  'scope-changed',
  'conversion-changed',
  'conversion-unused-changed',
  'field-removed',
  'field-removed-but-preserved',
  'field-type-changed',
  'field-type-widened',
  'field-required-added',
  'required-removed',
  'enum-narrowed',
  'validation-tightened',
  'schema-loosened',
  'field-default-changed',
  'field-default-rewritten',
  'preserve-lost',
  'list-type-changed',
  'schema-changed',
] as const
export type CrdChangeKind = (typeof CRD_CHANGE_KINDS)[number]

export type ResourceStatus = 'valid' | 'deprecated' | 'broken' | 'already-broken' | 'not-checked'
/**
 * What a value that the user sets comes to with the new version. `lost` and `kept` are proven by rendering with and without it; `same`: the
 * new version does the same without it; `idle`: it had no effect before either; `unknown`: only indications speak.
 */
export type ValueEffect = 'lost' | 'kept' | 'same' | 'idle' | 'unknown'
export type ValueStatus = 'removed' | 'renamed' | 'type-changed' | 'refused' | 'default-changed' | 'still-honoured'

/** What differs, without a word about what it means. A leftover difference is a fact of its own. */
export type Fact =
  | { readonly kind: CrdChangeKind; readonly crd: string; readonly path: string; readonly detail: string }
  | {
      readonly kind: 'resource'
      readonly resource: Omit<Resource, 'body' | 'lineOf'>
      readonly status: ResourceStatus
      readonly why: readonly { readonly kind: string; readonly path: string; readonly detail: string }[]
    }
  | {
      readonly kind: 'value'
      readonly key: string
      readonly status: ValueStatus
      readonly effect: ValueEffect
      readonly to: string | null
      readonly file: string
      readonly line: number
      readonly detail: string
    }
  /** Something about a value that could not be told; `key` is '' when the values as a whole are meant. */
  | {
      readonly kind: 'value-not-checked'
      readonly key: string
      readonly file: string
      readonly line: number
      readonly reason: string
    }
  /**
   * An object asks for a version of one of Kubernetes' own APIs. The releases are minor versions of Kubernetes 1; `cluster` is null when it is not
   * told. `place` is null for what a chart renders. `isNew`: it is this upgrade that makes it ask, or makes the API go.
   */
  | {
      readonly kind: 'api-removed' | 'api-deprecated'
      readonly object: ObjectId
      readonly place: { readonly file: string; readonly line: number } | null
      readonly deprecated: number
      readonly removed: number | null
      readonly replacement: string | null
      readonly cluster: string | null
      readonly isNew: boolean
    }
  /**
   * Changed CRDs that do not reach the cluster as things stand. `skipped` and `unknown` are what the engine does with `crds/`; `vendored`: the repository
   * holds the old ones itself, there; `other-chart`: a chart of their own stays behind, there; `too-large`: a client-side apply fails with them.
   */
  | {
      readonly kind: 'crds-not-delivered'
      readonly cause: 'skipped' | 'unknown' | 'vendored' | 'other-chart' | 'too-large' | 'too-large-before'
      readonly crds: readonly string[]
      readonly engine: Install['engine']
      readonly file: string
      readonly line: number
      readonly detail: string
    }
  /** A PodDisruptionBudget that lets no pod go. */
  | { readonly kind: 'eviction-blocked'; readonly object: ObjectId; readonly why: string }
  /** A hook that is new; `when` are the events of Helm at which it runs, as the chart writes them. */
  | { readonly kind: 'hook-added'; readonly object: ObjectId; readonly when: string }
  | { readonly kind: 'object-added' | 'object-removed'; readonly object: ObjectId }
  | { readonly kind: 'object-changed'; readonly object: ObjectId; readonly changes: readonly FieldChange[] }
  | { readonly kind: 'objects-labels-only'; readonly objects: readonly ObjectId[] }
  /** Objects that differ only in passwords and certificates which the chart makes anew at each render. */
  | { readonly kind: 'objects-made-anew'; readonly objects: readonly ObjectId[] }
  | { readonly kind: 'image-changed'; readonly object: ObjectId; readonly from: string; readonly to: string }
  | {
      readonly kind: 'default-changed'
      readonly key: string
      readonly from: Value | undefined
      readonly to: Value | undefined
    }
  | {
      readonly kind: 'render-failed'
      readonly side: 'before' | 'after'
      readonly install: string
      readonly reason: string
    }
  | { readonly kind: 'not-rendered'; readonly reason: string }
  | {
      readonly kind: 'kube-version'
      readonly from: string | null
      readonly to: string
      readonly cluster: string | null
      readonly satisfied: boolean | null
    }
  /** What the maintainers announce, in their words; `count` is how many such places their note has. */
  | {
      readonly kind: 'note'
      readonly says: 'breaking' | 'default-changed'
      readonly origin: string
      readonly version: string | null
      readonly count: number
      readonly quote: string
    }
  /** The clusters run a Kubernetes that the maintainers of a tool do not name among those they support; `source` says where they do. */
  | {
      readonly kind: 'kube-unsupported'
      readonly tool: string
      readonly version: string
      readonly range: string
      readonly cluster: string
      readonly source: string
    }
  | { readonly kind: 'deprecated-chart'; readonly chart: string; readonly version: string }
  /** `noted`: the maintainers' notes on what is crossed were found. */
  | {
      readonly kind: 'version-step'
      readonly from: string
      readonly to: string
      readonly step: Step
      readonly noted: boolean
    }

/** The facts of one kind. */
export type FactOf<K extends Fact['kind']> = Fact & { readonly kind: K }

/** How far a version moves. `other`: at least one of the two is not a semantic version. */
export type Step = 'major' | 'minor' | 'patch' | 'prerelease' | 'digest' | 'other'

/** What the maintainers wrote, cleaned of what must not be read; `version` is the one it is about, null when it names none. */
export type Note = { readonly origin: string; readonly version: string | null; readonly text: string }

/** One side of an upgrade as rendered with the user's own values: the chart, and a render per install, in the order of the installs. */
export type Side = { readonly chart: Chart; readonly renders: readonly Render[] }

// ── judge ────────────────────────────────────────────────────────────────────────────────────────────────────────

export const RISKS = ['low', 'medium', 'high', 'critical'] as const
export type Risk = (typeof RISKS)[number]

/** What a fact means for this repository. `evidence` are ids of facts, `E1` is the first. */
export type Finding = {
  readonly rule: string
  readonly severity: Risk
  readonly says: string
  readonly file: string | null
  readonly line: number | null
  readonly evidence: readonly string[]
}

// ── reason ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** One immutable record of evidence; `E1 … En` are the facts in order, notes follow. */
export type Evidence = {
  readonly id: string
  readonly kind: 'fact' | 'note'
  readonly origin: string
  readonly trust: 'tool' | 'upstream'
  readonly text: string
}

export type Cite = { readonly e: string; readonly quote: string }

/** The assessment document, `assessment.v1`: the same whether a language model or the rules wrote it. */
export type Assessment = {
  readonly schema: 'assessment.v1'
  readonly risk: { readonly level: Risk; readonly confidence: 'low' | 'medium' | 'high'; readonly why: readonly Cite[] }
  readonly items: readonly AssessmentItem[]
  readonly questions: readonly string[]
  readonly notCovered: readonly string[]
}

export type AssessmentItem = {
  readonly id: string
  readonly category: string
  readonly severity: 'info' | 'minor' | 'major' | 'blocker'
  readonly appliesToRepo: 'yes' | 'no' | 'unknown'
  readonly statement: string
  readonly cites: readonly Cite[]
}

/** The envelope, written by code and never by the model. `final` is max(floor, what the model could prove). */
export type Assessed = {
  readonly assessor: string
  readonly floor: Risk
  readonly modelLevel: Risk | null
  readonly final: Risk
  readonly document: Assessment
  /** Claims of the model that did not survive the citation check, and why. */
  readonly dropped: readonly string[]
  /** Why the rules wrote the document and not a model; null when a model did. */
  readonly fallback: string | null
}

// ── plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One splice: `text.slice(start, end)` must be `from` and becomes `to`. */
export type Edit = { readonly place: Place; readonly from: string; readonly to: string }

/**
 * A change of the user's own files beside the version, so that they survive the upgrade. Mechanical ones are made in the pull
 * request and were checked against the new version; of the others `after` is an example, and `todo` says what is left to do.
 */
export type Migration = {
  readonly file: string
  /** 0-based index of the document in the file. */
  readonly document: number
  readonly line: number
  /** `Kind/name`, or the key of a value. */
  readonly what: string
  readonly mechanical: boolean
  readonly why: string
  /** Where the rule stands; null when the CRDs or the chart themselves are the evidence. */
  readonly source: string | null
  readonly todo: readonly string[]
  readonly notes: readonly string[]
  /** Whether the old version takes the result as well, so that it may be merged ahead; null when that is not known. */
  readonly servedBefore: boolean | null
  /** The text of the whole document. */
  readonly before: string
  readonly after: string
}

/** Everything that one pull request does, and why. A plan is data. */
export type Plan = {
  readonly upgrade: Upgrade
  readonly branch: string
  /** The branch that it is to be merged into, null for the default one; `commit` is the head of that branch. */
  readonly into: string | null
  readonly commit: string
  readonly facts: readonly Fact[]
  readonly findings: readonly Finding[]
  readonly floor: Risk
  readonly assessed: Assessed
  readonly evidence: readonly Evidence[]
  readonly edits: readonly Edit[]
  /** Whole files after the edits, by path. */
  readonly files: ReadonlyMap<string, string>
  readonly migrations: readonly Migration[]
  readonly crdDelivery: string
  readonly rollback: { readonly possible: boolean; readonly says: string }
  /** What a person must do or check before or after the merge. */
  readonly todo: readonly string[]
  /** What this analysis could not know. */
  readonly unknown: readonly string[]
  /** Environments that files of no environment in particular feed: they all change at once. */
  readonly feeds: readonly string[]
  /** Labels and reviewers that policy asks for. */
  readonly labels: readonly string[]
  readonly reviewers: readonly string[]
  /** Hash of all that went in: edits, digests, findings, policy. Equal inputs, equal pull request. */
  readonly inputs: string
}

/** How the walk ended for one component in one environment; `branch` is where its pull request lives. */
export type Outcome = {
  readonly component: string
  readonly environment: string | null
  readonly branch: string
  readonly from: string
  readonly source: Source
} & (
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** It moves to `to` in the pull request of another component of the same environment, which leads. */
  | { readonly kind: 'follows'; readonly leader: string; readonly to: string }
  | { readonly kind: 'current' }
  /** A newer version exists and is not proposed now. */
  | ({ readonly kind: 'held'; readonly to: string } & Hold)
  /** Policy or a person said no: an open pull request for it is closed. */
  | { readonly kind: 'declined'; readonly reason: string }
  /** It could not be found out; nothing is concluded from that. */
  | { readonly kind: 'unknown'; readonly reason: string }
)

/** Something that could not be looked at: shown to the user, never swallowed. */
export type Problem = { readonly file: string | null; readonly line: number | null; readonly reason: string }

// ── watch, decide, report ────────────────────────────────────────────────────────────────────────────────────────

export type * from './model/action.ts'
export type * from './model/answer.ts'
export type * from './model/dashboard.ts'
export type * from './model/health.ts'
export * from './model/lifecycle.ts'
export type * from './model/review.ts'
