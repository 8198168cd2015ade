import type { Entry } from './objects.ts'
import type { Published } from './services.ts'

/** The charts that may be behind; the first ones are used first. */
export const COMPONENTS = ['beacon', 'lantern', 'anchor', 'harbour', 'compass'] as const

/** A repository and what is published, before the first wake. */
export type Setting = {
  /** How many components are behind. */
  readonly upgrades: number
  readonly environments: readonly string[]
  /** Lines of the policy. */
  readonly policy: string
}

export const BEFORE = '3.2.0'
export const AFTER = '3.2.1'

const release = (name: string, version: string) => `# ${name}
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: ${name}, namespace: flux-system }
spec:
  url: https://${name}.example.com/charts
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: ${name}
  namespace: ${name}
spec:
  chart:
    spec:
      chart: ${name}
      version: "${version}"
      sourceRef: { kind: HelmRepository, name: ${name}, namespace: flux-system }
`

/** Where the version of a component stands. */
export function fileOf(environment: string, component: string): string {
  return `clusters/${environment}/${component}.yaml`
}

/** The branch that its pull request lives on. */
export function branchOf(environment: string, component: string): string {
  return `windlass/${environment}/${component}`
}

const file = (text: string): Entry => ({ mode: '100644', text })

/** The files of the repository. */
export function filesOf({ upgrades, environments, policy }: Setting): ReadonlyMap<string, Entry> {
  const components = COMPONENTS.slice(0, upgrades)
  return new Map([
    ['.github/windlass.yaml', file(policy)],
    ['README.md', file('The fleet.\n')],
    ...environments.flatMap(environment =>
      components.map((name): [string, Entry] => [fileOf(environment, name), file(release(name, BEFORE))]),
    ),
  ])
}

/** Every chart has one version more than the repository. */
export function publishedFor({ upgrades }: Setting): Published {
  return new Map(COMPONENTS.slice(0, upgrades).map(name => [name, [BEFORE, AFTER]]))
}

const UNLIMITED = 'prHourlyLimit: 0\nprConcurrentLimit: 0\nreviewers: [grace]\nlabels: [platform]\n'

const APPROVED =
  'environments:\n  - name: dev\n    paths: [clusters/dev/**]\n  - name: prod\n    paths: [clusters/prod/**]\n    approval: [ada]\n'

/** The worlds of the exhaustive part, and those that random schedules are drawn from. */
export const WORLDS = {
  one: { upgrades: 1, environments: ['dev'], policy: UNLIMITED },
  two: { upgrades: 2, environments: ['dev'], policy: UNLIMITED },
  five: { upgrades: 5, environments: ['dev'], policy: UNLIMITED },
  limited: { upgrades: 5, environments: ['dev'], policy: 'prHourlyLimit: 2\nprConcurrentLimit: 3\n' },
  promoted: { upgrades: 1, environments: ['dev', 'prod'], policy: UNLIMITED },
  approved: { upgrades: 1, environments: ['dev', 'prod'], policy: `${UNLIMITED}${APPROVED}` },
} as const satisfies Readonly<Record<string, Setting>>

export type WorldName = keyof typeof WORLDS
