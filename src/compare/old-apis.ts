import { OLD_APIS, type OldApi } from '../knowledge/kubernetes-apis.ts'
import type { ObjectId } from '../model.ts'

const BY_NAME: ReadonlyMap<string, OldApi> = new Map(
  OLD_APIS.flatMap(api => api.kinds.map(kind => [`${api.apiVersion} ${kind}`, api] as const)),
)

/** What is known of an API that Kubernetes deprecated or gave up, null when it is none of these. */
export function oldApi({ apiVersion, kind }: Pick<ObjectId, 'apiVersion' | 'kind'>): OldApi | null {
  return BY_NAME.get(`${apiVersion} ${kind}`) ?? null
}

/** The group of an object, and of an object that moved between groups the one where it lives now: the API server sees one object. */
export function groupOf(object: Pick<ObjectId, 'apiVersion' | 'kind'>): string {
  const replacement = oldApi(object)?.replacement ?? null
  const apiVersion = replacement === null || replacement.includes(' ') ? object.apiVersion : replacement
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}
