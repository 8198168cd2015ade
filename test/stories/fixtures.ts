/** A GitOps repository as small as a story needs it: one Flux release, one Argo CD application and a custom resource, all in dev. */

export const BEACON = `# The status page of the platform.
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: demo, namespace: flux-system }
spec:
  url: https://charts.windlass-demo.example
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: beacon
  namespace: beacon
spec:
  chart:
    spec:
      chart: beacon
      version: "3.2.0"   # keep in step with the wiki
      sourceRef: { kind: HelmRepository, name: demo, namespace: flux-system }
`

export const VAULTSYNC = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: vaultsync
  namespace: argocd
spec:
  source:
    repoURL: https://charts.windlass-demo.example
    chart: vaultsync
    targetRevision: 1.8.2
    helm:
      valuesObject:
        controller:
          syncPeriod: 15m
  destination: { namespace: vaultsync, server: https://kubernetes.default.svc }
`

export const POLICY_RESOURCE = `apiVersion: vaultsync.example.com/v1alpha1
kind: SyncPolicy
metadata:
  name: team-a
  namespace: team-a
spec:
  source: kv/team-a
`

export const LIMITS = 'prHourlyLimit: 0\nprConcurrentLimit: 0\n'

/** Both components, with the custom resource that the newer vaultsync does not serve any more. */
export function bothComponents(): Map<string, string> {
  return new Map([
    ['.github/windlass.yaml', LIMITS],
    ['clusters/dev/beacon.yaml', BEACON],
    ['clusters/dev/vaultsync.yaml', VAULTSYNC],
    ['clusters/dev/policies.yaml', POLICY_RESOURCE],
  ])
}

/** Only the harmless one. */
export function onlyBeacon(): Map<string, string> {
  return new Map([['clusters/dev/beacon.yaml', BEACON]])
}

/** The charts that exist when a story begins. */
export const CHARTS = ['beacon-3.2.0', 'beacon-3.2.1', 'vaultsync-1.8.2', 'vaultsync-2.0.0'] as const
