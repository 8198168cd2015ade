import type { CrdChangeKind, Fact, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import type { Comparison } from './comparison.ts'
import { type Crd, type CrdVersion, chartsOf, crdsOf } from './crd.ts'
import { equal, isList } from './data.ts'
import type { Change } from './schema/change.ts'
import { compareSchemas } from './schema/walk.ts'

/**
 * What happens to the CRDs. Nothing is said of a CRD that only one side has while a render is missing, or of any CRD
 * while a whole side is: the comparer of renders says that. A difference that no line here claims is `schema-changed`.
 */
export function compareCrds(input: Comparison): readonly Fact[] {
  if (chartsOf(input).every(({ before, after }) => !before.ok || !after.ok)) return []
  const { before, after, complete } = crdsOf(input)
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap(name => {
    const [old, next] = [before.get(name), after.get(name)]
    if (old && next) return changes(old, next)
    if (!complete) return []
    return old ? [fact('crd-removed', name, '', `${name} is removed`)] : [fact('crd-added', name, '', `${name} is new`)]
  })
}

function fact(kind: CrdChangeKind, crd: string, path: string, detail: string): Fact {
  return { kind, crd, path, detail }
}

function changes(old: Crd, next: Crd): Fact[] {
  return [
    ...scope(old, next),
    ...conversion(old, next),
    ...versions(old, next),
    ...storage(old, next),
    ...unknownFields(old, next),
    ...fields(old, next),
    ...leftover(old, next),
  ]
}

/** Facts about fields of one CRD; what is beyond is counted. */
const MOST_FIELDS = 300

/** The schemas of every version that stands on both sides. */
function fields(old: Crd, next: Crd): Fact[] {
  const crd = next.name
  if (old.deep || next.deep)
    return [fact('schema-changed', crd, 'spec', 'nested too deep, so its schemas were not compared')]
  const found = old.versions.flatMap(before => {
    const after = next.versions.find(({ name }) => name === before.name)
    return after ? [...compareSchemas(before.schema, after.schema, after.name), ...other(before, after)] : []
  })
  const told = found.slice(0, MOST_FIELDS).map(({ kind, path, detail }) => fact(kind, crd, path, detail))
  const left = found.length - told.length
  return left > 0 ? [...told, fact('schema-changed', crd, 'spec', `and ${left} more changes of fields`)] : told
}

/** What of a version nobody looks at; subresources and the like that are only added cost nothing. */
function other({ rest: from }: CrdVersion, { name, rest: to }: CrdVersion): readonly Change[] {
  const differ = Object.keys({ ...from, ...to }).filter(key => !same(from, to, key))
  return differ.map(key =>
    grows(from[key], to[key])
      ? { kind: 'schema-loosened', path: name, detail: `${key} are added` }
      : { kind: 'schema-changed', path: name, detail: `${key} changes` },
  )
}

/** Whether all that stood still stands, in a map or a list. */
function grows(from: Value | undefined, to: Value | undefined): boolean {
  if (from === undefined || from === null) return isMap(to) || isList(to)
  if (isMap(from) && isMap(to)) return Object.keys(from).every(key => same(from, to, key))
  return isList(from) && isList(to) && from.every(one => to.some(other => equal(one, other)))
}

function unknownFields(old: Crd, next: Crd): Fact[] {
  if (old.keepsUnknown === next.keepsUnknown) return []
  const path = 'spec.preserveUnknownFields'
  return [
    next.keepsUnknown
      ? fact('schema-loosened', next.name, path, 'fields that no schema names are kept')
      : fact('preserve-lost', next.name, path, 'fields that no schema names are dropped from now on'),
  ]
}

function scope(old: Crd, next: Crd): Fact[] {
  const says = `the scope changes: ${old.scope} -> ${next.scope}`
  return old.scope === next.scope ? [] : [fact('scope-changed', next.name, 'spec.scope', says)]
}

function conversion(old: Crd, next: Crd): Fact[] {
  const [a, b] = [old.conversion, next.conversion]
  const kind = alone(old, next) ? 'conversion-unused-changed' : 'conversion-changed'
  if (a.strategy !== b.strategy) {
    const says = `the conversion between versions changes: ${a.strategy} -> ${b.strategy}`
    return [fact(kind, next.name, 'spec.conversion.strategy', says)]
  }
  if (equal(a.rest, b.rest)) return []
  return [fact(kind, next.name, 'spec.conversion.webhook', 'the webhook that converts between versions changes')]
}

/** Whether there is but one version, the same on both sides, so that nothing is ever converted. */
function alone(old: Crd, next: Crd): boolean {
  const [from, to] = [old, next].map(crd => crd.versions.map(({ name }) => name))
  return from?.length === 1 && to?.length === 1 && from[0] === to[0]
}

function versions(old: Crd, next: Crd): Fact[] {
  const names = [...new Set([...old.versions, ...next.versions].map(({ name }) => name))]
  return names.flatMap(name => {
    const before = old.versions.find(version => version.name === name)
    const after = next.versions.find(version => version.name === name)
    if (before && after) return version(next.name, before, after)
    if (after) return [fact('version-added', next.name, name, `version ${name} is new (${how(after)})`)]
    return before ? removedVersion(next.name, before) : []
  })
}

/** The version that objects were stored as is for certain among `status.storedVersions`. */
function removedVersion(crd: string, version: CrdVersion): Fact[] {
  const { name, storage: stored } = version
  return [
    fact('version-removed', crd, name, `version ${name} is removed (it was ${how(version)})`),
    ...(stored ? [fact('stored-version-removed', crd, name, `objects are stored as ${name}, which is removed`)] : []),
  ]
}

function how({ served, storage }: CrdVersion): string {
  return `${served ? 'served' : 'not served'}, ${storage ? 'stored' : 'not stored'}`
}

function version(crd: string, old: CrdVersion, next: CrdVersion): Fact[] {
  const { name } = next
  return [
    ...(old.served && !next.served ? [fact('version-unserved', crd, name, `version ${name} is no longer served`)] : []),
    ...(!old.served && next.served ? [fact('version-added', crd, name, `version ${name} is served from now on`)] : []),
    ...(!old.deprecated && next.deprecated
      ? [fact('version-deprecated', crd, name, `version ${name} is deprecated`)]
      : []),
  ]
}

function storage(old: Crd, next: Crd): Fact[] {
  const [from, to] = [old, next].map(crd => crd.versions.find(version => version.storage)?.name ?? 'none')
  const says = `objects are stored as another version: ${from} -> ${to}`
  return from === to ? [] : [fact('storage-version-changed', next.name, to ?? '', says)]
}

function leftover(old: Crd, next: Crd): Fact[] {
  if (old.deep || next.deep) return []
  const keys = [...new Set([...Object.keys(old.rest), ...Object.keys(next.rest)])]
  const differ = keys.filter(key => !same(old.rest, next.rest, key)).map(key => `spec.${key}`)
  return differ.length === 0 ? [] : [fact('schema-changed', next.name, 'spec', `${differ.join(', ')} changes`)]
}

function same(a: ValueMap, b: ValueMap, key: string): boolean {
  return equal(a[key], b[key])
}
