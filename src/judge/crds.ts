import type { CrdChangeKind, Finding, Risk } from '../model.ts'
import { type FactOf, finding, list, type Numbered } from './finding.ts'

type Meaning = { readonly severity: Risk; readonly why: string }

/** What each change of a CRD costs when no resource of the repository is hit: those are judged by themselves. */
const MEANING: Readonly<Record<Exclude<CrdChangeKind, 'crd-added' | 'version-added'>, Meaning>> = {
  'crd-removed': {
    severity: 'medium',
    why: 'resources of this kind that do not stand in this repository are deleted with it',
  },
  'version-removed': {
    severity: 'medium',
    why: 'the API server refuses the new CRD as long as the version is among its status.storedVersions',
  },
  'version-unserved': { severity: 'medium', why: 'clients that still ask for it get an error' },
  'version-deprecated': { severity: 'low', why: 'a later release will remove it' },
  'storage-version-changed': {
    severity: 'high',
    why: 'objects that are written from now on cannot be read by the old release, so going back is not a revert',
  },
  'scope-changed': {
    severity: 'high',
    why: 'the scope of a CRD cannot be changed in place, so the API server refuses it',
  },
  'conversion-changed': {
    severity: 'high',
    why: 'objects of other versions can only be read while the conversion works; a webhook must be up first',
  },
  'schema-changed': { severity: 'medium', why: 'it was not analysed field by field' },
}

/** One change of a CRD; additions cost nothing. */
export function crdChanged({ id, fact }: Numbered<FactOf<CrdChangeKind>>): Finding[] {
  if (fact.kind === 'crd-added' || fact.kind === 'version-added') return []
  const { severity, why } = MEANING[fact.kind]
  const detail = fact.detail.includes(fact.crd) ? fact.detail : `${fact.crd}: ${fact.detail}`
  const mild = fact.kind === 'conversion-changed' && fact.path !== 'spec.conversion.strategy'
  return [finding(fact.kind, mild ? 'medium' : severity, `${detail}; ${why}`, [id])]
}

/** Changed CRDs that stay behind: the new controller works with the old ones, or the sync fails. */
export function notDelivered({ id, fact }: Numbered<FactOf<'crds-not-delivered'>>): Finding[] {
  const { cause, crds, engine, file, line, detail } = fact
  const names = list(crds)
  const says = {
    skipped: `${engine} does not apply the crds/ folder of the chart on upgrades, so ${names} stays as it is`,
    unknown: `whether ${names} is applied with the new version is not known`,
    vendored: `${names} stands in this repository (${file}:${line}) in another form than the new version brings`,
    'other-chart': `${names} comes with a chart of its own, and ${detail} (${file}:${line})`,
    'too-large': `${names} (${detail}) is too large for a client-side apply, so the sync fails`,
    'too-large-before': `${names} (${detail}) is too large for a client-side apply, as it was before`,
  }[cause]
  const severity = cause === 'unknown' || cause === 'too-large-before' ? 'medium' : 'high'
  return [{ rule: 'crds-not-delivered', severity, says, file, line, evidence: [id] }]
}
