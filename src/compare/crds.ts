import type { CrdChangeKind, Fact, ValueMap } from '../model.ts'
import type { Comparison } from './comparison.ts'
import { type Crd, type CrdVersion, chartsOf, crdsOf } from './crd.ts'
import { equal } from './data.ts'

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
    ...leftover(old, next),
  ]
}

function scope(old: Crd, next: Crd): Fact[] {
  const says = `the scope changes: ${old.scope} -> ${next.scope}`
  return old.scope === next.scope ? [] : [fact('scope-changed', next.name, 'spec.scope', says)]
}

function conversion(old: Crd, next: Crd): Fact[] {
  const [a, b] = [old.conversion, next.conversion]
  if (a.strategy !== b.strategy) {
    const says = `the conversion between versions changes: ${a.strategy} -> ${b.strategy}`
    return [fact('conversion-changed', next.name, 'spec.conversion.strategy', says)]
  }
  if (equal(a.rest, b.rest)) return []
  return [
    fact(
      'conversion-changed',
      next.name,
      'spec.conversion.webhook',
      'the webhook that converts between versions changes',
    ),
  ]
}

function versions(old: Crd, next: Crd): Fact[] {
  const names = [...new Set([...old.versions, ...next.versions].map(({ name }) => name))]
  return names.flatMap(name => {
    const before = old.versions.find(version => version.name === name)
    const after = next.versions.find(version => version.name === name)
    if (before && after) return version(next.name, before, after)
    if (after) return [fact('version-added', next.name, name, `version ${name} is new (${how(after)})`)]
    return before
      ? [fact('version-removed', next.name, name, `version ${name} is removed (it was ${how(before)})`)]
      : []
  })
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
    ...(sameContent(old, next) ? [] : [fact('schema-changed', crd, name, `the schema of version ${name} changes`)]),
  ]
}

/** Whether a version means the same on both sides: what it validates, and what nobody else looks at. */
export function sameContent(old: CrdVersion, next: CrdVersion): boolean {
  return equal(old.schema, next.schema) && equal(old.rest, next.rest)
}

function storage(old: Crd, next: Crd): Fact[] {
  const [from, to] = [old, next].map(crd => crd.versions.find(version => version.storage)?.name ?? 'none')
  const says = `objects are stored as another version: ${from} -> ${to}`
  return from === to ? [] : [fact('storage-version-changed', next.name, to ?? '', says)]
}

function leftover(old: Crd, next: Crd): Fact[] {
  const keys = [...new Set([...Object.keys(old.rest), ...Object.keys(next.rest)])]
  const differ = keys.filter(key => !same(old.rest, next.rest, key)).map(key => `spec.${key}`)
  return differ.length === 0 ? [] : [fact('schema-changed', next.name, 'spec', `${differ.join(', ')} changes`)]
}

function same(a: ValueMap, b: ValueMap, key: string): boolean {
  return equal(a[key], b[key])
}
