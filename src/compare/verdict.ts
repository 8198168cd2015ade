import type { FactOf, Resource } from '../model.ts'
import type { Crd, CrdVersion } from './crd.ts'
import { failures } from './failures.ts'
import type { Namesakes } from './patches.ts'

export type Verdict = Pick<FactOf<'resource'>, 'status' | 'why'>
type Why = Verdict['why'][number]

/**
 * The CRDs that a resource belongs to on each side; `renamed` is the new CRD of the old name when its kind is another now;
 * `complete` as in `Crds`.
 */
export type Owners = {
  readonly before: Crd | null
  readonly after: Crd | null
  readonly renamed: Crd | null
  readonly beforeKnown: boolean
  readonly complete: boolean
  readonly namesakes: Namesakes
}

/** What becomes of one resource, written in a version of its group. */
export function verdict(resource: Resource, version: string, owners: Owners): Verdict {
  const { before, after } = owners
  const [old, next] = [before, after].map(crd => crd?.versions.find(({ name }) => name === version))
  if (!after) return before ? crdGone(version, before, old, owners) : unowned(resource)
  if (!next?.served) return versionGone(version, before, old, after, next)
  if (!before || !old?.served) return appeared(resource, version, after, next, owners)
  return stillServed(resource, { crd: before, version: old }, { crd: after, version: next }, owners.namesakes)
}

function one(status: Verdict['status'], kind: string, path: string, detail: string): Verdict {
  return { status, why: [{ kind, path, detail }] }
}

function unowned({ kind }: Resource): Verdict {
  return one('not-checked', 'no-crd', '', `no CRD of this chart is about the kind ${kind}, before or after`)
}

function crdGone(
  version: string,
  { name, kind }: Crd,
  old: CrdVersion | undefined,
  { renamed, complete }: Owners,
): Verdict {
  if (!complete) return one('not-checked', 'not-checked', '', `${name} was not found in what could be rendered`)
  if (!old?.served)
    return one(
      'already-broken',
      'version-unserved',
      version,
      `version ${version} of ${name} was not served before either`,
    )
  if (renamed)
    return one(
      'broken',
      'kind-renamed',
      '',
      `${name} is about the kind ${renamed.kind} from now on, and no longer about ${kind}`,
    )
  return one('broken', 'crd-removed', '', `${name} is removed, and with it every resource of this kind`)
}

function versionGone(
  version: string,
  before: Crd | null,
  old: CrdVersion | undefined,
  after: Crd,
  next: CrdVersion | undefined,
): Verdict {
  const state = next ? 'no longer served' : 'removed'
  const detail = `version ${version} of ${after.name} is ${state}; ${servedBy(after)}`
  if (before && !old?.served)
    return one('already-broken', 'version-unserved', version, `${detail}; it was not served before either`)
  return one('broken', next ? 'version-unserved' : 'version-removed', version, detail)
}

function servedBy({ versions }: Crd): string {
  const served = versions.filter(version => version.served).map(({ name }) => name)
  return served.length === 0
    ? 'no version is served'
    : `served ${served.length === 1 ? 'is' : 'are'} ${served.join(', ')}`
}

/** One side of a version that stands on both. */
type Side = { readonly crd: Crd; readonly version: CrdVersion }

/** The version is served now, and was not before or nothing is known of that: whatever fails is not for certain this upgrade's doing. */
function appeared(
  resource: Resource,
  version: string,
  crd: Crd,
  next: CrdVersion,
  { before, beforeKnown, namesakes }: Owners,
): Verdict {
  const since = before
    ? `version ${version} of ${crd.name} was not served before`
    : beforeKnown
      ? `${crd.name} is new here`
      : `the old ${crd.name} is not known`
  const { fresh, patch } = failures(resource, null, { crd, version: next }, namesakes)
  if (fresh.length === 0 && patch) return { status: 'not-checked', why: [patch] }
  if (fresh.length === 0) return deprecation(next, null, 'valid', [])
  return {
    status: before ? 'already-broken' : 'not-checked',
    why: [...fresh, { kind: 'not-checked', path: version, detail: since }],
  }
}

function stillServed(resource: Resource, old: Side, next: Side, namesakes: Namesakes): Verdict {
  const { fresh, certain, lasting, blind, defaults, patch } = failures(resource, old, next, namesakes)
  if (certain) return { status: 'broken', why: [...fresh, ...ratcheting(fresh)] }
  if (fresh.length > 0) return { status: 'not-checked', why: fresh }
  if (lasting.length > 0) return { status: 'already-broken', why: lasting }
  if (blind.length > 0) {
    const { why } = deprecation(next.version, old.version, 'valid', [])
    return { status: 'not-checked', why: [...why, ...blind, AS_BEFORE] }
  }
  return deprecation(next.version, old.version, patch ? 'not-checked' : 'valid', patch ? [patch] : defaults)
}

const AS_BEFORE: Why = { kind: 'as-before', path: '', detail: 'it could not be checked before either' }

function deprecation(
  next: CrdVersion,
  old: CrdVersion | null,
  status: Verdict['status'],
  why: readonly Why[],
): Verdict {
  const { name } = next
  if (!next.deprecated) return { status, why }
  const before = old?.deprecated
  const said: Why = before
    ? { kind: 'deprecated-before', path: name, detail: `version ${name} was deprecated before` }
    : { kind: 'version-deprecated', path: name, detail: `version ${name} is deprecated` }
  return { status: 'deprecated', why: [said, ...why] }
}

/** Failures that the API server tolerates, since Kubernetes 1.30, on an update that leaves the value as it is. */
const RATCHETED =
  /^(?:enum|type|pattern|format|required|cel|minimum|maximum|multipleOf|(?:min|max)(?:Length|Items|Properties))$/

function ratcheting(why: readonly Why[]): readonly Why[] {
  if (!why.every(({ kind }) => RATCHETED.test(kind))) return []
  const detail =
    'an object that is stored already keeps such a value from Kubernetes 1.30 on as long as the value is not touched; a new or changed one is refused'
  return [{ kind: 'ratcheting', path: '', detail }]
}
