import type { Fact } from '../model.ts'

/** Facts after which a revert does not bring the old state back, and why. */
const ONE_WAY: Partial<Record<Fact['kind'], string>> = {
  'storage-version-changed': 'objects are rewritten in the new storage version and the old CRD cannot read them',
  'version-removed': 'objects that were moved to the new version cannot be read by the old CRD',
  'crd-removed': 'removing a CRD deletes its objects; a revert brings back the CRD, not the objects',
}

/** Whether objects move to a version that the old CRD has as well. */
function isKnownStorage(fact: Fact, facts: readonly Fact[]): boolean {
  if (fact.kind !== 'storage-version-changed') return false
  return !facts.some(
    ({ kind, ...other }) =>
      kind === 'version-added' && 'crd' in other && other.crd === fact.crd && other.path === fact.path,
  )
}

/** Whether reverting the pull request undoes the upgrade, and why not. */
export function rollback(facts: readonly Fact[]): { readonly possible: boolean; readonly says: string } {
  for (const fact of facts) {
    const why = isKnownStorage(fact, facts) ? undefined : ONE_WAY[fact.kind]
    if (why !== undefined) return { possible: false, says: `not by reverting alone: ${why}; roll forward` }
  }
  return { possible: true, says: 'revert this pull request' }
}
