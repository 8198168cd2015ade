import { NUMBERED_AS_KUBERNETES, type OldApi } from '../knowledge/kubernetes-apis.ts'
import type { Fact, KubeObject, ObjectId, Resource } from '../model.ts'
import { type Comparison, rendered } from './comparison.ts'
import { idOf } from './objects.ts'
import { oldApi } from './old-apis.ts'

/** An object that asks for an API, where it stands, and whether this upgrade makes it ask, or makes the API go. */
type Use = {
  readonly object: ObjectId
  readonly place: { readonly file: string; readonly line: number } | null
  readonly isNew: (api: OldApi) => boolean
}

/**
 * Objects of the new chart that ask for versions of Kubernetes' own APIs which the cluster no longer serves, or will stop to
 * serve.
 */
export function compareApis(input: Comparison): readonly Fact[] {
  return factsOf(ofRenders(input), input)
}

/** The same of what stands in the repository, when the version of the clusters is told or is what moves. */
export function compareOwnApis(input: Comparison): readonly Fact[] {
  const [from, to] = kubernetesStep(input)
  return minorOf(to ?? input.kubernetes) === null ? [] : factsOf(ofRepository(input, minorOf(from)), input)
}

function factsOf(uses: readonly Use[], input: Comparison): readonly Fact[] {
  const [, to] = kubernetesStep(input)
  const told = to ?? input.kubernetes
  const minor = minorOf(told)
  const cluster = minor === null ? null : told
  const seen = new Set<string>()
  return uses.flatMap(({ object, place, isNew }): Fact[] => {
    const api = oldApi(object)
    const key = JSON.stringify([object, place])
    if (!api || seen.has(key)) return []
    seen.add(key)
    const { deprecated, removed, replacement } = api
    const isGone = removed !== null && (minor === null || removed <= minor)
    const isLate = !isGone && (minor === null || deprecated <= minor) && (to !== null || isNew(api))
    if (!isGone && !isLate) return []
    const kind = isGone ? 'api-removed' : 'api-deprecated'
    return [{ kind, object, place, deprecated, removed, replacement, cluster, isNew: isNew(api) }]
  })
}

/** Where Kubernetes itself is what moves: its version before and after. */
function kubernetesStep({ upgrade }: Comparison): readonly [string | null, string | null] {
  const { component, source, pins, from, to } = upgrade
  const distribution = source.type === 'kubernetes' ? source.url : component
  const names = source.type === 'kubernetes' || pins.some(({ kind }) => kind === 'kubernetes-version')
  const isKubernetes = names && NUMBERED_AS_KUBERNETES.has(distribution)
  return isKubernetes ? [from, to.version] : [null, null]
}

/** The minor version of a Kubernetes version as people and clouds write it (`v1.31.4-eks-2d5f260`, `1.31`), null when it is none. */
function minorOf(version: string | null): number | null {
  const minor = /^v?1\.(\d{1,4})(?:\D|$)/.exec(version ?? '')?.[1]
  return minor === undefined ? null : Number(minor)
}

function ofRenders(input: Comparison): readonly Use[] {
  const objects = (side: Comparison['after']): readonly KubeObject[] =>
    rendered(side).flatMap(render => (render.ok ? render.objects : []))
  const before = new Set(objects(input.before).map(object => JSON.stringify(idOf(object))))
  return objects(input.after)
    .filter(object => oldApi(object) !== null)
    .map(object => {
      const known = before.has(JSON.stringify(idOf(object)))
      return { object: idOf(object), place: null, isNew: () => !known }
    })
}

/** What stands in the repository was there before: it is news only when Kubernetes itself moves past the removal. */
function ofRepository({ resources, upgrade }: Comparison, from: number | null): readonly Use[] {
  const concerns = ({ environment }: Resource) => environment === null || environment === upgrade.environment
  return resources
    .filter(resource => oldApi(resource) !== null && concerns(resource))
    .map(({ apiVersion, kind, namespace, name, file, line }) => ({
      object: { apiVersion, kind, namespace, name },
      place: { file, line },
      isNew: api => from !== null && (api.removed ?? Number.POSITIVE_INFINITY) > from,
    }))
}
