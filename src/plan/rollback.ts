import type { Fact } from '../model.ts'

/** Facts after which a revert does not bring the old state back, and why. */
const ONE_WAY: Partial<Record<Fact['kind'], string>> = {
  'storage-version-changed': 'objects are rewritten in the new storage version and the old CRD cannot read them',
  'version-removed': 'objects that were moved to the new version cannot be read by the old CRD',
  'crd-removed': 'removing a CRD deletes its objects; a revert brings back the CRD, not the objects',
}

/** Whether reverting the pull request undoes the upgrade, and why not. */
export function rollback(facts: readonly Fact[]): { readonly possible: boolean; readonly says: string } {
  for (const { kind } of facts) {
    const why = ONE_WAY[kind]
    if (why !== undefined) return { possible: false, says: `not by reverting alone: ${why}; roll forward` }
  }
  return { possible: true, says: 'revert this pull request' }
}
