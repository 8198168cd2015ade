import type { Fact, Resource } from '../model.ts'
import type { Comparison } from './comparison.ts'
import { type Crd, type CrdVersion, chartsOf, crdsOf } from './crd.ts'
import { sameContent } from './crds.ts'

type ResourceFact = Extract<Fact, { kind: 'resource' }>
type Verdict = Pick<ResourceFact, 'status' | 'why'>

/** The CRDs that a resource belongs to on each side; `complete` as in `Crds`. */
type Owners = {
  readonly before: Crd | null
  readonly after: Crd | null
  readonly beforeKnown: boolean
  readonly complete: boolean
}

/**
 * What becomes of the user's own resources of the CRDs of either side: those of the upgrade's environment and those of
 * none in particular. Their fields are not validated yet: a changed schema makes a resource `not-checked`.
 */
export function compareResources(input: Comparison): readonly Fact[] {
  const { before, after, complete } = crdsOf(input)
  const [old, next] = [byKind(before.values()), byKind(after.values())]
  return input.resources.flatMap(resource => {
    const key = kindKey(groupAndVersion(resource).group, resource.kind)
    const owners = {
      before: old.get(key) ?? null,
      after: next.get(key) ?? null,
      beforeKnown: chartsOf(input).every(part => part.before.ok),
      complete,
    }
    if (!concerns(resource, input) || (!owners.before && !owners.after)) return []
    const { body: _, ...shown } = resource
    return [{ kind: 'resource', resource: shown, ...judge(groupAndVersion(resource).version, owners) }]
  })
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

function why(status: Verdict['status'], kind: string, path: string, detail: string): Verdict {
  return { status, why: [{ kind, path, detail }] }
}

function judge(version: string, { before, after, beforeKnown, complete }: Owners): Verdict {
  const old = before?.versions.find(({ name }) => name === version)
  const next = after?.versions.find(({ name }) => name === version)
  if (!after) return crdGone(version, before, old, complete)
  if (next?.served) return before && old ? stillServed(old, next) : appeared(version, after, beforeKnown)
  const state = next ? 'no longer served' : 'removed'
  const detail = `version ${version} of ${after.name} is ${state}; ${servedBy(after)}`
  if (before && !old?.served)
    return why('already-broken', 'version-unserved', version, `${detail}; it was not served before either`)
  return why('broken', next ? 'version-unserved' : 'version-removed', version, detail)
}

function crdGone(version: string, before: Crd | null, old: CrdVersion | undefined, complete: boolean): Verdict {
  const name = before?.name ?? ''
  if (!complete) return why('not-checked', 'not-checked', '', `${name} was not found in what could be rendered`)
  if (!old?.served)
    return why(
      'already-broken',
      'version-unserved',
      version,
      `version ${version} of ${name} was not served before either`,
    )
  return why('broken', 'crd-removed', '', `${name} is removed, and with it every resource of this kind`)
}

function servedBy({ versions }: Crd): string {
  const served = versions.filter(version => version.served).map(({ name }) => name)
  return served.length === 0
    ? 'no version is served'
    : `served ${served.length === 1 ? 'is' : 'are'} ${served.join(', ')}`
}

/** The version is served now, and nothing is known of it on the old side. */
function appeared(version: string, { name }: Crd, beforeKnown: boolean): Verdict {
  const since = beforeKnown ? `version ${version} of ${name} is new here` : `the old ${name} is not known`
  return why('not-checked', 'not-checked', version, `${since}, so its fields were not checked`)
}

function stillServed(old: CrdVersion, next: CrdVersion): Verdict {
  const { name } = next
  const reasons: Verdict['why'] = [
    ...(next.deprecated && !old.deprecated
      ? [{ kind: 'version-deprecated', path: name, detail: `version ${name} is deprecated` }]
      : []),
    ...(next.deprecated && old.deprecated
      ? [{ kind: 'deprecated-before', path: name, detail: `version ${name} was deprecated before` }]
      : []),
    ...(sameContent(old, next)
      ? []
      : [
          {
            kind: 'not-checked',
            path: name,
            detail: `the schema of version ${name} changes, and the fields were not checked against it`,
          },
        ]),
  ]
  const status = next.deprecated ? 'deprecated' : reasons.length > 0 ? 'not-checked' : 'valid'
  return { status, why: reasons }
}
