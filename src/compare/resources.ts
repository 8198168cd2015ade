import type { Fact, Resource } from '../model.ts'
import type { Comparison } from './comparison.ts'
import { type Crd, chartsOf, crdsOf } from './crd.ts'
import { type Owners, verdict } from './verdict.ts'

/**
 * What becomes of the user's own resources of the CRDs of either side: those of the upgrade's environment and those of
 * none in particular. Each is validated against the schema of its version before and after.
 */
export function compareResources(input: Comparison): readonly Fact[] {
  const { before, after, complete } = crdsOf(input)
  const [old, next] = [byKind(before.values()), byKind(after.values())]
  const renamed = (owner: Crd | null) => (owner ? (after.get(owner.name) ?? null) : null)
  const groups = new Set([...before.values(), ...after.values()].map(({ group }) => group))
  return input.resources.flatMap((resource): readonly Fact[] => {
    const { group } = groupAndVersion(resource)
    if (!groups.has(group) || !concerns(resource, input)) return []
    const key = kindKey(group, resource.kind)
    const owner = old.get(key) ?? null
    const owners = {
      before: owner,
      after: next.get(key) ?? null,
      renamed: renamed(owner),
      beforeKnown: chartsOf(input).every(part => part.before.ok),
      complete,
    }
    return [fact(resource, owners)]
  })
}

function fact(resource: Resource, owners: Owners): Fact {
  const { apiVersion, kind, namespace, name, file, document, line, environment } = resource
  const shown = { apiVersion, kind, namespace, name, file, document, line, environment }
  return { kind: 'resource', resource: shown, ...verdict(resource, groupAndVersion(resource).version, owners) }
}

function concerns({ environment }: Resource, { upgrade }: Comparison): boolean {
  return environment === null || upgrade.environment === null || environment === upgrade.environment
}

function kindKey(group: string, kind: string): string {
  return `${group}/${kind}`
}

function byKind(crds: Iterable<Crd>): Map<string, Crd> {
  return new Map([...crds].map(crd => [kindKey(crd.group, crd.kind), crd]))
}

function groupAndVersion({ apiVersion }: Resource): { readonly group: string; readonly version: string } {
  const [group = '', version] = apiVersion.split('/')
  return version === undefined ? { group: '', version: group } : { group, version }
}
