import type { Fact, Resource } from '../model.ts'
import { type Comparison, type Part, pairs } from './comparison.ts'
import { type Crd, type Crds, chartsOf, crdsOf } from './crd.ts'
import { type Namesakes, namesakesIn } from './patches.ts'
import { goneFrom, references } from './references.ts'
import { type Verdict, verdict } from './verdict.ts'

/**
 * What becomes of the user's own resources of the CRDs of either side: those of the upgrade's environment and those of
 * none in particular. Each is validated against the schema of its version before and after. Other resources are told when they name
 * something that is gone, and what the charts render from the user's values when it breaks.
 */
export function compareResources(input: Comparison): readonly Fact[] {
  const crds = crdsOf(input)
  const beforeKnown = chartsOf(input).every(part => part.before.ok)
  const [gone, judge] = [goneFrom(crds), judgeOf(crds, beforeKnown, namesakesIn(input.resources))]
  const own = input.resources.flatMap((resource): readonly Fact[] => {
    if (!concerns(resource, input)) return []
    const named = gone.size === 0 ? [] : references(resource.body, groupAndVersion(resource).group, gone)
    const found = judge(resource)
    if (!found && named.length === 0) return []
    return [fact(resource, withReferences(found ?? { status: 'valid', why: [] }, named))]
  })
  const rendered = chartsOf(input)
    .flatMap(renderedResources)
    .flatMap(resource => {
      const found = judge(resource)
      return found?.status === 'broken' ? [fact(resource, found)] : []
    })
  return [...own, ...rendered]
}

function fact(resource: Resource, found: Verdict): Fact {
  const { apiVersion, kind, namespace, name, file, document, line, environment } = resource
  const shown = { apiVersion, kind, namespace, name, file, document, line, environment }
  return { kind: 'resource', resource: shown, ...found }
}

/** What the new charts render (extra objects of the values among it); it stands where the chart is installed from. */
function renderedResources(part: Part): readonly Resource[] {
  return pairs(part).flatMap(({ install, after }) =>
    after.map((body): Resource => {
      const { apiVersion, kind, metadata } = body
      const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : install.namespace
      const place = { file: install.file, document: 0, line: install.line, environment: part.upgrade.environment }
      return { apiVersion, kind, namespace, name: metadata.name, ...place, body, lineOf: () => null }
    }),
  )
}

/** What is gone may be found in another way, or not be needed: nobody can tell from here. */
function withReferences({ status, why }: Verdict, named: Verdict['why']): Verdict {
  const unsure = named.length > 0 && (status === 'valid' || status === 'deprecated')
  return { status: unsure ? 'not-checked' : status, why: [...why, ...named] }
}

/** The verdict on a resource of a group that a CRD of either side has; null for others. */
function judgeOf(
  { before, after, complete }: Crds,
  beforeKnown: boolean,
  namesakes: Namesakes,
): (resource: Resource) => Verdict | null {
  const [old, next] = [byKind(before.values()), byKind(after.values())]
  const groups = new Set([...before.values(), ...after.values()].map(({ group }) => group))
  return resource => {
    const { group, version } = groupAndVersion(resource)
    if (!groups.has(group)) return null
    const key = kindKey(group, resource.kind)
    const owner = old.get(key) ?? null
    const renamed = owner ? (after.get(owner.name) ?? null) : null
    return verdict(resource, version, {
      before: owner,
      after: next.get(key) ?? null,
      renamed,
      beforeKnown,
      complete,
      namesakes,
    })
  }
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
