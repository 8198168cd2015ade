import type { Finding, Risk } from '../model.ts'
import type { FactOf, Numbered } from './finding.ts'

/**
 * What becomes of one resource of the repository. One that was deprecated or broken before is not this upgrade's doing; a kind that no
 * CRD of the chart is about, and a patch whose base is judged, are no finding.
 */
export function resourceFound({ id, fact }: Numbered<FactOf<'resource'>>): Finding[] {
  const { resource, status, why } = fact
  if (why.every(({ kind }) => kind === 'no-crd' || kind === 'patch')) return []
  const { kind, name, file, line } = resource
  const says = `${kind}/${name} (${file}:${line}) ${verb(fact)}: ${reasons(why)}`
  const rule = status === 'valid' ? 'resource-default-changed' : `resource-${status}`
  return [{ rule, severity: severity(fact), says, file, line, evidence: [id] }]
}

/** A few reasons with the fields that they are about. */
function reasons(why: FactOf<'resource'>['why']): string {
  const said = why.map(({ path, detail }) => (detail.includes(path) ? detail : `${path}: ${detail}`))
  const left = said.length - MOST_REASONS
  return [...said.slice(0, MOST_REASONS), ...(left > 0 ? [`and ${left} more`] : [])].join('; ')
}

const MOST_REASONS = 6

function verb({ status, why, resource }: FactOf<'resource'>): string {
  switch (status) {
    case 'broken':
      return `stops working as ${resource.apiVersion}`
    case 'already-broken':
      return `does not fit ${resource.apiVersion}, and did not before`
    case 'deprecated':
      return why.some(({ kind }) => kind === 'version-deprecated')
        ? 'uses what is now deprecated'
        : 'uses what is deprecated'
    case 'valid':
      return 'leaves something to a default that changes'
    case 'not-checked':
      return 'could not be checked'
  }
}

function severity({ status, why }: FactOf<'resource'>): Risk {
  if (status === 'broken') return 'critical'
  const asBefore = why.some(({ kind }) => kind === 'as-before')
  const news =
    (status === 'not-checked' && !asBefore) ||
    why.some(({ kind }) => kind === 'version-deprecated' || kind === 'default-changed')
  return news ? 'medium' : 'low'
}
