import { DEFAULT_POLICY, MISNAMED, POLICY_FILES } from './config/defaults.ts'
import { readDocument } from './config/document.ts'
import { explain } from './config/explain.ts'
import { policySchema } from './config/schema.ts'
import { toPolicy } from './config/to-policy.ts'
import { unused } from './config/unused.ts'
import type { Permission, Pin, PinKind, Problem, RepoFile } from './model.ts'
import { matchesGlob } from './text/glob.ts'

export { DEFAULT_POLICY, POLICY_FILES } from './config/defaults.ts'
export { policyJsonSchema } from './config/explain.ts'
export {
  type Command,
  IGNORABLE,
  type Ignorable,
  MODES,
  type Mode,
  VERBS,
  type Verb,
} from './config/verbs.ts'
export { problemLine } from './text/problem-line.ts'

/** An environment in the order of promotion. Durations are milliseconds. */
export type EnvironmentPolicy = {
  readonly name: string
  readonly paths: readonly string[]
  /** Kubernetes version of its clusters, null when not told. */
  readonly kubernetes: string | null
  readonly requiredSoakTime: number
  readonly approval: readonly string[]
  /** When upgrades may reach it, as text/schedule.ts reads it; null for any time. */
  readonly window: string | null
  readonly branch: string | null
  /** The name by which Argo CD or Flux knows its cluster. */
  readonly cluster: string | null
  readonly health: readonly HealthContext[]
}

/** A signal that must be green before an upgrade goes on. */
export type HealthContext = {
  /** A glob on the name of the signal. */
  readonly name: string
  /** Logins of people or bots, or slugs of Apps, who are believed; empty: whoever reported it first. */
  readonly from: readonly string[]
}

/** What the rules of the policy come to for one component in one environment. */
export type ComponentPolicy = {
  readonly enabled: boolean
  /** A semver range, or a regular expression between slashes; null allows every version. */
  readonly allowedVersions: string | null
  /** Exact versions or ranges that are never proposed. */
  readonly ignoreVersions: readonly string[]
  readonly prereleases: boolean
  /** Milliseconds since publication before a version is proposed. */
  readonly minimumReleaseAge: number
  readonly labels: readonly string[]
  readonly reviewers: readonly string[]
  /** What is released together shares a pull request unless these names differ; null is a name like any other. */
  readonly groupName: string | null
  /** When pull requests may be opened, as text/schedule.ts reads it; empty for any time. */
  readonly schedule: readonly string[]
  /** The IANA time zone of `schedule`. */
  readonly timezone: string
}

/** One entry of `rules`: applies to pins that match every given pattern (globs, any of the list), later rules win. */
export type Rule = {
  readonly match: {
    readonly component: readonly string[] | null
    readonly environment: readonly string[] | null
    readonly kind: readonly PinKind[] | null
    readonly source: readonly string[] | null
  }
  readonly set: Partial<ComponentPolicy>
}

export type Policy = {
  readonly enabled: boolean
  readonly ignorePaths: readonly string[]
  /** Empty: environments are recognised from the folder names people use. */
  readonly environments: readonly EnvironmentPolicy[]
  readonly prConcurrentLimit: number
  readonly prHourlyLimit: number
  readonly defaults: ComponentPolicy
  readonly rules: readonly Rule[]
  readonly llm: { readonly enabled: boolean }
  /** Whether there is an issue in which everything stands. */
  readonly dashboard: boolean
  /** Logins of other bots whose pull requests get our evidence. */
  readonly review: readonly string[]
  /** The least permission that a verb needs; verbs that are not listed need `write`. */
  readonly commands: Readonly<Record<string, Permission>>
}

export type ReadPolicy =
  | { readonly ok: true; readonly policy: Policy; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly (Problem & { readonly column: number | null })[] }

/**
 * Reads the text of a policy file: the policy with warnings for keys that this version does not act on, or every error,
 * each with line and column. Never throws, whatever the text is; an empty file is the defaults.
 */
export function readPolicy(file: string, text: string): ReadPolicy {
  const document = readDocument(file, text)
  if (!document.ok) return document
  const parsed = policySchema.safeParse(document.value ?? {})
  return parsed.success
    ? { ok: true, policy: toPolicy(parsed.data), warnings: unused(file, document) }
    : { ok: false, problems: explain(file, document, parsed.error.issues) }
}

/** The policy of a repository: of the first of POLICY_FILES that exists (`file`), else the defaults (`file` is null). */
export function policyOf(files: readonly RepoFile[]): { readonly file: string | null; readonly read: ReadPolicy } {
  const found = POLICY_FILES.flatMap(path => files.find(file => file.path === path) ?? [])
  const [first, second] = found
  if (first) return { file: first.path, read: withSecond(readPolicy(first.path, first.text), first, second) }
  const misnamed = files.find(file => MISNAMED.includes(file.path))
  if (!misnamed) return { file: null, read: { ok: true, policy: DEFAULT_POLICY, warnings: [] } }
  const reason = `the policy file is called \`${POLICY_FILES[0]}\`: rename this one, it is not read`
  return {
    file: misnamed.path,
    read: { ok: false, problems: [{ file: misnamed.path, line: 1, column: 1, reason }] },
  }
}

function withSecond(read: ReadPolicy, first: RepoFile, second: RepoFile | undefined): ReadPolicy {
  if (!read.ok || !second) return read
  const reason = `this file is not read, because \`${first.path}\` exists`
  return { ...read, warnings: [...read.warnings, { file: second.path, line: 1, reason }] }
}

/** What the policy comes to for one pin (or anything else that has these four): the defaults, then each matching rule in order. */
export function componentPolicy(
  policy: Policy,
  pin: Pick<Pin, 'component' | 'environment' | 'kind' | 'source'>,
): ComponentPolicy {
  const sets = policy.rules.filter(({ match }) => matches(match, pin)).map(({ set }) => set)
  return Object.assign({}, policy.defaults, ...sets)
}

function matches(match: Rule['match'], pin: Pick<Pin, 'component' | 'environment' | 'kind' | 'source'>): boolean {
  const some = (globs: readonly string[] | null, text: string | null) =>
    globs === null || (text !== null && globs.some(glob => matchesGlob(text, glob)))
  return (
    some(match.component, pin.component) &&
    some(match.environment, pin.environment) &&
    some(match.source, pin.source.url) &&
    (match.kind === null || match.kind.includes(pin.kind))
  )
}
