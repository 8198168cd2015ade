import type { Signal } from '../model.ts'

/** The object of a GitOps engine that a signal, or a pattern for one, is about; `name` may be a pattern then. */
export type Named = { readonly kind: 'Kustomization' | 'HelmRelease' | 'Application'; readonly name: string }

const KINDS: Readonly<Record<string, Named['kind']>> = { kustomization: 'Kustomization', helmrelease: 'HelmRelease' }

/** Argo CD: the label that its documentation gives (`continuous-delivery/<application>`), and what people write instead. */
const ARGO = /^(?:argo-?cd|continuous-delivery)\/(?:[^/]+\/)*([^/]+)$/i

/**
 * Reads what a name is about: `Kustomization/<namespace>/<name>` of Flux's events, `kustomization/<name>/<provider>` of its commit statuses,
 * either behind words of a `commitStatusExpr`, `continuous-delivery/<application>` of Argo CD. Null when it says none of these.
 */
export function named(text: string): Named | null {
  const segments = text.split('/')
  const at = segments.findIndex(segment => Object.hasOwn(KINDS, segment.toLowerCase()))
  const kind = KINDS[segments[at]?.toLowerCase() ?? '']
  if (kind === undefined) {
    const application = ARGO.exec(text)?.[1]
    return application === undefined ? null : { kind: 'Application', name: application }
  }
  const isEvent = at === 0 && segments.length === 3 && segments[0] === kind
  const name = segments[isEvent ? 2 : at + 1]
  return name === undefined || name === '' ? null : { kind, name }
}

/** What Flux writes into the description of a status of success: the words of the reason (notification-controller, formatNameAndDescription). */
const FLUX_WORDS = /^(?:reconciliation|install|upgrade) succeeded$/

/** Whether a commit status comes from Flux, by its context or by its description. */
export function isFluxStatus({ via, name, says }: Signal): boolean {
  if (via !== 'status') return false
  const kind = named(name)?.kind
  return kind === 'Kustomization' || kind === 'HelmRelease' || FLUX_WORDS.test(says)
}

/** Whether a signal is one of a GitOps engine or was sent to us on purpose, so that it counts although the policy names nothing. */
export function reportsHealth(signal: Signal): boolean {
  return signal.via === 'flux' || signal.via === 'generic' || signal.via === 'deployment' || isEngineStatus(signal)
}

function isEngineStatus(signal: Signal): boolean {
  return isFluxStatus(signal) || ((signal.via === 'status' || signal.via === 'check') && named(signal.name) !== null)
}
