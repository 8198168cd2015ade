/**
 * Versions of Kubernetes' own APIs that were deprecated or are no longer served. Data only.
 * Sources: the Deprecated API Migration Guide (kubernetes.io/docs/reference/using-api/deprecation-guide, removals from 1.16 to 1.32), and for
 * the release of a deprecation the `prerelease-lifecycle-gen` marks in k8s.io/api, else the announcement in the changelog. Alpha versions are
 * not in it: they are off unless a cluster asks for them, and may go in any release.
 */

/** An API version and the kinds it means. Releases are minor versions of Kubernetes 1; `removed` is null while none is announced. */
export type OldApi = {
  readonly apiVersion: string
  readonly kinds: readonly string[]
  readonly deprecated: number
  readonly removed: number | null
  /** What to write instead, null when there is no successor. */
  readonly replacement: string | null
}

function old(
  apiVersion: string,
  kinds: string,
  deprecated: number,
  removed: number | null,
  replacement: string | null,
): OldApi {
  return { apiVersion, kinds: kinds.split(' '), deprecated, removed, replacement }
}

const RBAC = 'ClusterRole ClusterRoleBinding Role RoleBinding'
const WEBHOOKS = 'MutatingWebhookConfiguration ValidatingWebhookConfiguration'
const FLOW = 'FlowSchema PriorityLevelConfiguration'
const REVIEWS = 'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview'

/** Every such API, the newest removal first. */
export const OLD_APIS: readonly OldApi[] = [
  // deprecated, with no removal announced
  old('v1', 'Endpoints', 33, null, 'discovery.k8s.io/v1 EndpointSlice'),
  old('v1', 'ComponentStatus', 19, null, null),
  // 1.32
  old('flowcontrol.apiserver.k8s.io/v1beta3', FLOW, 29, 32, 'flowcontrol.apiserver.k8s.io/v1'),
  // 1.29
  old('flowcontrol.apiserver.k8s.io/v1beta2', FLOW, 26, 29, 'flowcontrol.apiserver.k8s.io/v1'),
  // 1.27
  old('storage.k8s.io/v1beta1', 'CSIStorageCapacity', 24, 27, 'storage.k8s.io/v1'),
  // 1.26
  old('flowcontrol.apiserver.k8s.io/v1beta1', FLOW, 23, 26, 'flowcontrol.apiserver.k8s.io/v1'),
  old('autoscaling/v2beta2', 'HorizontalPodAutoscaler', 23, 26, 'autoscaling/v2'),
  // 1.25
  old('autoscaling/v2beta1', 'HorizontalPodAutoscaler', 22, 25, 'autoscaling/v2'),
  old('batch/v1beta1', 'CronJob', 21, 25, 'batch/v1'),
  old('discovery.k8s.io/v1beta1', 'EndpointSlice', 21, 25, 'discovery.k8s.io/v1'),
  old('events.k8s.io/v1beta1', 'Event', 19, 25, 'events.k8s.io/v1'),
  old('policy/v1beta1', 'PodDisruptionBudget', 21, 25, 'policy/v1'),
  old('policy/v1beta1', 'PodSecurityPolicy', 21, 25, null),
  old('node.k8s.io/v1beta1', 'RuntimeClass', 22, 25, 'node.k8s.io/v1'),
  // 1.22
  old('admissionregistration.k8s.io/v1beta1', WEBHOOKS, 16, 22, 'admissionregistration.k8s.io/v1'),
  old('apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 16, 22, 'apiextensions.k8s.io/v1'),
  old('apiregistration.k8s.io/v1beta1', 'APIService', 19, 22, 'apiregistration.k8s.io/v1'),
  old('authentication.k8s.io/v1beta1', 'TokenReview', 19, 22, 'authentication.k8s.io/v1'),
  old('authorization.k8s.io/v1beta1', REVIEWS, 19, 22, 'authorization.k8s.io/v1'),
  old('certificates.k8s.io/v1beta1', 'CertificateSigningRequest', 19, 22, 'certificates.k8s.io/v1'),
  old('coordination.k8s.io/v1beta1', 'Lease', 19, 22, 'coordination.k8s.io/v1'),
  old('extensions/v1beta1', 'Ingress', 14, 22, 'networking.k8s.io/v1'),
  old('networking.k8s.io/v1beta1', 'Ingress IngressClass', 19, 22, 'networking.k8s.io/v1'),
  old('rbac.authorization.k8s.io/v1alpha1', RBAC, 17, 22, 'rbac.authorization.k8s.io/v1'),
  old('rbac.authorization.k8s.io/v1beta1', RBAC, 17, 22, 'rbac.authorization.k8s.io/v1'),
  old('scheduling.k8s.io/v1beta1', 'PriorityClass', 14, 22, 'scheduling.k8s.io/v1'),
  old('storage.k8s.io/v1beta1', 'CSIDriver StorageClass VolumeAttachment', 19, 22, 'storage.k8s.io/v1'),
  old('storage.k8s.io/v1beta1', 'CSINode', 17, 22, 'storage.k8s.io/v1'),
  // 1.16
  old('extensions/v1beta1', 'DaemonSet Deployment ReplicaSet', 9, 16, 'apps/v1'),
  old('apps/v1beta1', 'Deployment StatefulSet ReplicaSet', 9, 16, 'apps/v1'),
  old('apps/v1beta2', 'DaemonSet Deployment StatefulSet ReplicaSet', 9, 16, 'apps/v1'),
  old('extensions/v1beta1', 'NetworkPolicy', 9, 16, 'networking.k8s.io/v1'),
  old('extensions/v1beta1', 'PodSecurityPolicy', 10, 16, 'policy/v1beta1'),
]

/** Components whose own version is the version of Kubernetes, whatever they append to it. */
export const NUMBERED_AS_KUBERNETES: ReadonlySet<string> = new Set([
  'kubernetes',
  'eks',
  'gke',
  'aks',
  'k3s',
  'rke2',
  'k0s',
])
