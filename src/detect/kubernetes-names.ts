import { PUBLISHED_AT, VERSION_NAMES } from '../knowledge/kubernetes.ts'
import type { Source } from '../model.ts'

/** `1.30`, `v1.30.2`, `v1.30.2+k3s1`, `1.30.5-gke.1443001`. */
const KUBERNETES_VERSION = /^v?1\.\d{1,2}(?:\.\d+)?(?:[-+][0-9A-Za-z.+-]+)?$/

/** Whether a text can be a version of Kubernetes or of one of its distributions that count as it does. */
export function isKubernetesVersion(text: string): boolean {
  return KUBERNETES_VERSION.test(text)
}

/** `talosVersion` and `TALOS-VERSION` as `talos_version`. */
function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
}

/** What a variable of this name holds the version of, when its name says it; else null. */
export function kubernetesName(name: string): string | null {
  const plain = snakeCase(name)
  return VERSION_NAMES.find(known => known.name.test(plain))?.component ?? null
}

/** The versions of Kubernetes as a distribution publishes them. */
export function kubernetesSource(distribution: string): Source {
  const releases = Object.hasOwn(PUBLISHED_AT, distribution) ? PUBLISHED_AT[distribution] : undefined
  return releases === undefined
    ? { type: 'kubernetes', url: distribution, chart: null }
    : { type: 'github-releases', url: releases, chart: null }
}

/** Whether something is Kubernetes itself or a distribution of it. */
export function isKubernetesComponent(component: string): boolean {
  return VERSION_NAMES.some(known => known.component === component)
}
