import type { Finding, Risk } from '../model.ts'
import type { FactOf, Numbered } from './finding.ts'

/** What becomes of one resource of the repository. One that was deprecated or broken before is not this upgrade's doing. */
export function resourceFound({ id, fact }: Numbered<FactOf<'resource'>>): Finding[] {
  const { resource, status, why } = fact
  if (status === 'valid') return []
  const { kind, name, file, line } = resource
  const says = `${kind}/${name} (${file}:${line}) ${verb(fact)}: ${why.map(({ detail }) => detail).join('; ')}`
  return [{ rule: `resource-${status}`, severity: severity(fact), says, file, line, evidence: [id] }]
}

function verb({ status, why, resource }: FactOf<'resource'>): string {
  switch (status) {
    case 'broken':
      return `stops working as ${resource.apiVersion}`
    case 'already-broken':
      return `does not work as ${resource.apiVersion}, and did not before`
    case 'deprecated':
      return why.some(({ kind }) => kind === 'version-deprecated')
        ? 'uses what is now deprecated'
        : 'uses what is deprecated'
    case 'valid':
    case 'not-checked':
      return 'could not be checked'
  }
}

function severity({ status, why }: FactOf<'resource'>): Risk {
  if (status === 'broken') return 'critical'
  const news =
    status === 'not-checked' || why.some(({ kind }) => kind === 'version-deprecated' || kind === 'not-checked')
  return news ? 'medium' : 'low'
}
