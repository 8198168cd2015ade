import type { Finding, Risk } from '../model.ts'
import { type FactOf, finding, list, type Numbered, named } from './finding.ts'

type ApiFact = Numbered<FactOf<'api-removed' | 'api-deprecated'>>

/** Objects that ask for APIs which Kubernetes gave up: one finding each where this upgrade does it, one together for all others. */
export function oldApis(found: readonly ApiFact[]): Finding[] {
  const news = found.filter(({ fact }) => fact.isNew)
  const rest = found.filter(({ fact }) => !fact.isNew)
  return [
    ...news.map(({ id, fact }) => {
      const { file, line } = fact.place ?? { file: null, line: null }
      return { ...finding(fact.kind, severity(fact), says(fact), [id]), file, line }
    }),
    ...together(
      rest.filter(({ fact }) => fact.kind === 'api-removed'),
      'does not serve any more',
    ),
    ...together(
      rest.filter(({ fact }) => fact.kind === 'api-deprecated'),
      'will stop to serve',
    ),
  ]
}

function severity({ kind, cluster }: ApiFact['fact']): Risk {
  if (kind === 'api-deprecated') return 'low'
  return cluster === null ? 'medium' : 'critical'
}

function says({ object, place, kind, deprecated, removed, replacement, cluster }: ApiFact['fact']): string {
  const where = place === null ? '' : ` (${place.file}:${place.line})`
  const gone = kind === 'api-removed' ? `Kubernetes 1.${removed} removed` : `Kubernetes 1.${deprecated} deprecated`
  const runs = cluster === null ? 'which version the clusters run is not told' : `the clusters run ${cluster}`
  const instead = replacement === null ? 'nothing replaces it' : `write ${replacement}`
  return `${named(object)}${where} asks for ${object.apiVersion}, which ${gone}; ${runs}; ${instead}`
}

/** What was so before this upgrade is not its doing. */
function together(found: readonly ApiFact[], what: string): Finding[] {
  const [first] = found
  if (!first) return []
  const names = list(found.map(({ fact }) => `${named(fact.object)} as ${fact.object.apiVersion}`))
  const text = `${names} ${found.length === 1 ? 'asks' : 'ask'} for APIs that Kubernetes ${what}, as before this upgrade`
  return [
    finding(
      first.fact.kind,
      'low',
      text,
      found.map(({ id }) => id),
    ),
  ]
}
