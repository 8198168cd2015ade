import type { Fact } from '../model.ts'
import { readRange, readVersion, step } from '../text/version.ts'
import { type Comparison, chartOf } from './comparison.ts'

/** How far the version moves, which Kubernetes the new chart asks for, and whether its publisher gave it up. */
export function compareVersions(input: Comparison): readonly Fact[] {
  const { from, to } = input.upgrade
  return [
    { kind: 'version-step', from, to: to.version, step: step(from, to.version), noted: input.notes.length > 0 },
    ...kubeVersion(input),
    ...deprecated(input),
  ]
}

function deprecated({ after }: Comparison): Fact[] {
  const chart = chartOf(after)
  return chart?.deprecated ? [{ kind: 'deprecated-chart', chart: chart.name, version: chart.version }] : []
}

/** Said when the constraint is another one than before, or when the clusters do not meet it. */
function kubeVersion({ before, after, kubernetes }: Comparison): Fact[] {
  const from = chartOf(before)?.kubeVersion ?? null
  const to = chartOf(after)?.kubeVersion ?? null
  if (to === null) return []
  const satisfied = kubernetes === null ? null : meets(kubernetes, to)
  return from === to && satisfied !== false ? [] : [{ kind: 'kube-version', from, to, cluster: kubernetes, satisfied }]
}

/**
 * Whether a cluster meets a `kubeVersion`, null when one of the two cannot be read. Helm compares without the suffix
 * that clouds append (`v1.31.4-eks-2d5f260`), and takes `1.31` for `1.31.0`.
 */
function meets(cluster: string, constraint: string): boolean | null {
  const version = readVersion(cluster.replace(/[-+].*$/, ''), 'image')
  const range = readRange(constraint)
  return version && range ? range.test(version.semver.version) : null
}
