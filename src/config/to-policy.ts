import type { ComponentPolicy, EnvironmentPolicy, Policy, Rule } from '../config.ts'
import { parseDuration } from '../text/duration.ts'
import type { PolicyInput } from './schema.ts'

type EnvironmentInput = NonNullable<PolicyInput['environments']>[number]
type RuleInput = NonNullable<PolicyInput['rules']>[number]

/** What a checked policy file comes to, with the defaults; `{}` is the defaults alone. */
export function toPolicy(input: PolicyInput): Policy {
  return {
    enabled: input.enabled ?? true,
    ignorePaths: list(input.ignorePaths) ?? [],
    environments: inOrder(input.environments ?? []).map(toEnvironment),
    prConcurrentLimit: input.prConcurrentLimit ?? 10,
    prHourlyLimit: input.prHourlyLimit ?? 2,
    defaults: {
      enabled: true,
      allowedVersions: null,
      ignoreVersions: [],
      prereleases: false,
      minimumReleaseAge: 0,
      labels: ['dependencies'],
      reviewers: [],
      groupName: null,
      schedule: [],
      timezone: 'UTC',
      ...settings({ ...input, enabled: undefined }),
    },
    rules: (input.rules ?? []).filter(rule => rule.match.risk === undefined).map(toRule),
    llm: { enabled: input.llm?.enabled ?? true },
    dashboard: input.dashboard ?? true,
    review: list(input.review) ?? ['renovate[bot]', 'dependabot[bot]'],
    commands: given(input.commands ?? {}),
  }
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] | null {
  if (value === undefined) return null
  return Array.isArray(value) ? value : [value as T]
}

function inOrder(environments: readonly EnvironmentInput[]): EnvironmentInput[] {
  return environments.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
}

/** An environment that does not say where it is, is where people put it: in a folder of its name, or of its cluster's. */
function toEnvironment(input: EnvironmentInput): EnvironmentPolicy {
  const elsewhere = input.branch !== undefined
  const names = [input.name, ...(input.cluster === undefined ? [] : [input.cluster])]
  return {
    name: input.name,
    paths: list(input.paths) ?? (elsewhere ? [] : names.map(name => `**/${name}/**`)),
    kubernetes: input.kubernetes ?? null,
    requiredSoakTime: parseDuration(input.requiredSoakTime ?? '0s') ?? 0,
    approval: (input.approval ?? []).map(withoutAt),
    window: input.window ?? null,
    branch: input.branch ?? null,
    cluster: input.cluster ?? null,
    health: (list(input.health) ?? []).map(entry =>
      typeof entry === 'string' ? { name: entry, from: [] } : { name: entry.name, from: list(entry.from) ?? [] },
    ),
  }
}

function toRule(input: RuleInput): Rule {
  const { component, environment, kind, source } = input.match
  return {
    match: { component: list(component), environment: list(environment), kind: list(kind), source: list(source) },
    set: settings(input),
  }
}

type Settings = Pick<RuleInput, keyof ComponentPolicy>

function settings(input: Settings): Partial<ComponentPolicy> {
  return given({
    enabled: input.enabled,
    allowedVersions: input.allowedVersions,
    ignoreVersions: list(input.ignoreVersions) ?? undefined,
    prereleases: input.prereleases,
    minimumReleaseAge:
      input.minimumReleaseAge === undefined ? undefined : (parseDuration(input.minimumReleaseAge) ?? 0),
    labels: input.labels,
    reviewers: input.reviewers?.map(withoutAt),
    groupName: input.groupName,
    schedule: list(input.schedule) ?? undefined,
    timezone: input.timezone,
  })
}

/** Only the keys that somebody wrote, so that a rule leaves the others as they are. */
function given<T extends object>(all: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** GitHub's API wants users and teams without the `@` that people write. */
function withoutAt(name: string): string {
  return name.replace(/^@/, '')
}
