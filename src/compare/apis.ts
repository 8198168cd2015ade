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
 * Objects that ask for versions of Kubernetes' own APIs which the cluster no longer serves, or will stop to serve: those
 * that the new chart renders, and those that stand in the repository when the version of the clusters is told or moves.
 */
export function compareApis(input: Comparison): readonly Fact[] {
  const [from, to] = kubernetesStep(input)
  const cluster = to ?? input.kubernetes
  const minor = minorOf(cluster)
  const moves = to !== null
  const uses = [...ofRenders(input), ...(minor === null ? [] : ofRepository(input, minorOf(from)))]
  const seen = new Set<string>()
  return uses.flatMap(({ object, place, isNew }): Fact[] => {
    const api = oldApi(object)
    if (!api) return []
    const isGone = api.removed !== null && (minor === null || api.removed <= minor)
    const isLate = !isGone && (minor === null || api.deprecated <= minor)
    if (!isGone && !(isLate && (moves || isNew(api)))) return []
    const key = JSON.stringify([object, place])
    if (seen.has(key)) return []
    seen.add(key)
    const { deprecated, removed, replacement } = api
    return [
      {
        kind: isGone ? 'api-removed' : 'api-deprecated',
        object,
        place,
        deprecated,
        removed,
        replacement,
        cluster,
        isNew: isNew(api),
      },
    ]
  })
}

/** Where Kubernetes itself is what moves: its version before and after. */
function kubernetesStep({ upgrade }: Comparison): readonly [string | null, string | null] {
  const { kind, component, source, from, to } = upgrade
  const distribution = source.type === 'kubernetes' ? source.url : component
  const isKubernetes = kind === 'kubernetes-version' && NUMBERED_AS_KUBERNETES.has(distribution)
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
