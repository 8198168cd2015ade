import type { Finding } from '../model.ts'
import { readVersion } from '../text/version.ts'
import { type FactOf, finding, type Numbered } from './finding.ts'

/**
 * How far the version moves. Before 1.0 a minor step is where breaking changes go (semver.org, item 4): where the maintainers wrote
 * notes, these say it; where nobody wrote any, it is open.
 */
export function versionStep({ id, fact }: Numbered<FactOf<'version-step'>>): Finding[] {
  const { from, to, step, noted } = fact
  if (step === 'other') return [finding('version-step', 'medium', `how far ${to} is from ${from} cannot be told`, [id])]
  if (step === 'major') return [finding('version-step', 'medium', `${from} -> ${to} is a major step`, [id])]
  const isEarly = readVersion(from, 'image')?.semver.major === 0
  if (step !== 'minor' || !isEarly) return []
  const says = `${from} -> ${to} is a minor step before 1.0, where breaking changes may hide`
  return noted
    ? [finding('version-step', 'low', says, [id])]
    : [finding('version-step', 'medium', `${says}, and no release notes were found`, [id])]
}

/** Which Kubernetes the new chart asks for. */
export function kubeVersion({ id, fact }: Numbered<FactOf<'kube-version'>>): Finding[] {
  const { from, to, cluster, satisfied } = fact
  if (satisfied === true) return []
  if (satisfied === false)
    return [
      finding('kube-version', 'critical', `the new chart needs Kubernetes ${to}, the clusters run ${cluster}`, [id]),
    ]
  const was = from === null ? 'and did not say before' : `and asked for ${from} before`
  const why =
    cluster === null ? 'which version the clusters run is not told' : `whether ${cluster} is that cannot be told`
  return [finding('kube-version', 'medium', `the new chart asks for Kubernetes ${to}, ${was}; ${why}`, [id])]
}

/** Clusters outside of what the maintainers support: it may run, and nobody has tested it. */
export function kubeUnsupported({ id, fact }: Numbered<FactOf<'kube-unsupported'>>): Finding[] {
  const { tool, version, range, cluster, source } = fact
  const says = `${tool} ${version} is supported on Kubernetes ${range}, the clusters run ${cluster} (${source})`
  return [finding('kube-unsupported', 'high', says, [id])]
}

/** A chart that its publisher gave up. */
export function deprecatedChart({ id, fact }: Numbered<FactOf<'deprecated-chart'>>): Finding[] {
  return [
    finding('deprecated-chart', 'medium', `${fact.chart} ${fact.version} is marked as deprecated by its publisher`, [
      id,
    ]),
  ]
}
