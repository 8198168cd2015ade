import type { FieldChange, ObjectId, Risk } from '../model.ts'

/** Fields that the API server refuses to change, by kind: what the update checks of kubernetes/kubernetes (validation.go of each API group) say. */
const IMMUTABLE: Readonly<Record<string, RegExp>> = {
  Deployment: /^spec\.selector\b/,
  ReplicaSet: /^spec\.selector\b/,
  DaemonSet: /^spec\.selector\b/,
  StatefulSet: /^spec\.(?:selector|volumeClaimTemplates|serviceName|podManagementPolicy)\b/,
  Job: /^spec\.(?:selector|template|completionMode)\b/,
  Service: /^spec\.clusterIPs?\b/,
  PersistentVolumeClaim: /^spec\.(?:storageClassName|accessModes|volumeName|volumeMode|selector|dataSource)\b/,
  StorageClass: /^(?:provisioner|parameters|reclaimPolicy|volumeBindingMode)\b/,
  RoleBinding: /^roleRef\b/,
  ClusterRoleBinding: /^roleRef\b/,
  IngressClass: /^spec\.controller$/,
}

/** A field that cannot change in place: the sync fails until someone deletes the object. */
export function immutable(
  { kind }: ObjectId,
  { path }: FieldChange,
): { rule: string; severity: Risk; says: string } | null {
  if (!Object.hasOwn(IMMUTABLE, kind) || !IMMUTABLE[kind]?.test(path)) return null
  return {
    rule: 'immutable-field',
    severity: 'high',
    says: `${path} changes, which the API server refuses: the object must be deleted and made anew`,
  }
}
