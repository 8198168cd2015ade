import type { CrdChangeKind, Fact, Finding, Risk } from '../model.ts'
import { type FactOf, finding, list, type Numbered } from './finding.ts'

type CrdFact = Extract<Fact, { readonly crd: string }>
type Meaning = { readonly severity: Risk; readonly why: string }

const UNHIT = 'resources of this repository that it hits are named by themselves'

/** What each change of a CRD or of a version costs when no resource of the repository is hit: those are judged by themselves. */
const MEANING: Readonly<Partial<Record<CrdChangeKind, Meaning>>> = {
  'crd-removed': {
    severity: 'medium',
    why: 'resources of this kind that do not stand in this repository are deleted with it',
  },
  'version-removed': {
    severity: 'medium',
    why: 'the API server refuses the new CRD as long as the version is among its status.storedVersions',
  },
  'stored-version-removed': {
    severity: 'high',
    why: 'the API server refuses the new CRD until every object is stored anew and the version is taken out of its status.storedVersions',
  },
  'version-unserved': { severity: 'medium', why: 'clients that still ask for it get an error' },
  'version-deprecated': { severity: 'low', why: 'a later release will remove it' },
  'storage-version-changed': {
    severity: 'medium',
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
  'schema-changed': { severity: 'medium', why: 'what it means is not known' },
}

/** What a CRD does when its fields change so. */
const FIELDS: Readonly<Partial<Record<CrdChangeKind, string>>> = {
  'field-removed': 'loses fields',
  'preserve-lost': 'no longer keeps fields that its schema does not name',
  'field-type-changed': 'takes another type',
  'field-required-added': 'asks for more fields',
  'enum-narrowed': 'allows fewer values',
  'validation-tightened': 'checks more strictly',
  'field-default-changed': 'fills in another default',
}

/** What one change of a CRD or of a version means; additions cost nothing, and fields are told by `fieldsChanged`. */
export function crdChanged({ id, fact }: Numbered<CrdFact>, all: readonly Numbered[]): Finding[] {
  const meaning = meaningOf(fact, all)
  if (!meaning) return []
  const says = fact.kind === 'schema-changed' && fact.path !== 'spec' ? `${fact.path}: ${fact.detail}` : fact.detail
  const detail = says.includes(fact.crd) ? says : `${fact.crd}: ${says}`
  return [finding(fact.kind, meaning.severity, `${detail}; ${meaning.why}`, [id])]
}

/**
 * A webhook that only moves is less than another way to convert. A storage version that the old release knows as well is no risk
 * by itself: both can read it.
 */
function meaningOf({ kind, crd, path }: CrdFact, all: readonly Numbered[]): Meaning | undefined {
  const meaning = MEANING[kind]
  if (meaning && kind === 'conversion-changed' && path !== 'spec.conversion.strategy')
    return { ...meaning, severity: 'medium' }
  const isNew = all.some(({ fact }) => fact.kind === 'version-added' && fact.crd === crd && fact.path === path)
  return kind === 'storage-version-changed' && !isNew
    ? { severity: 'low', why: 'the old release knows that version as well, so it can still read them' }
    : meaning
}

/** Changes of fields, one finding for each kind and CRD. What only lets more through is none. */
export function fieldsChanged(all: readonly Numbered[]): Finding[] {
  const told = all.filter((one): one is Numbered<CrdFact> => 'crd' in one.fact && FIELDS[one.fact.kind] !== undefined)
  return [...Map.groupBy(told, ({ fact }) => `${fact.kind} ${fact.crd}`).values()].flatMap(group => {
    const fact = group[0]?.fact
    if (!fact) return []
    const paths = list([...new Set(group.map(one => one.fact.path))])
    const says = `${fact.crd} ${FIELDS[fact.kind]}: ${paths}; ${UNHIT}`
    return [
      finding(
        fact.kind,
        'low',
        says,
        group.map(({ id }) => id),
      ),
    ]
  })
}

/** Changed CRDs that stay behind: the new controller works with the old ones, or the sync fails. */
export function notDelivered(
  { id, fact }: Numbered<FactOf<'crds-not-delivered'>>,
  all: readonly Numbered[],
): Finding[] {
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
  const isMild = cause === 'unknown' || cause === 'too-large-before' || (cause !== 'too-large' && onlyGain(crds, all))
  return [{ rule: 'crds-not-delivered', severity: isMild ? 'medium' : 'high', says, file, line, evidence: [id] }]
}

/** Whether nothing is said of any of these CRDs: optional fields that are new are no fact, and objects as they stand need none of them. */
function onlyGain(crds: readonly string[], all: readonly Numbered[]): boolean {
  const told = new Set(all.flatMap(({ fact }) => ('crd' in fact ? [fact.crd] : [])))
  return crds.every(crd => !told.has(crd))
}
