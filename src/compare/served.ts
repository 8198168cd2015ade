import type { FactOf, Path, Resource, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import type { Comparison } from './comparison.ts'
import { type Crd, type CrdVersion, crdsOf } from './crd.ts'
import { child, equal, isList, text } from './data.ts'
import { compareResources } from './resources.ts'

type Verdict = Pick<FactOf<'resource'>, 'status' | 'why'>

/** What the CRDs of an upgrade say of objects that do not stand in the repository (yet). */
export type Served = {
  /** Served versions that the new side removes, stops serving or deprecates, and the version to use instead. */
  readonly replaced: readonly { readonly kind: string; readonly from: string; readonly to: string }[]
  /** API groups of the CRDs of both sides. */
  readonly groups: ReadonlySet<string>
  /** What the comparer of resources says of each object, in the same order; `not-checked` where no CRD is about it. */
  validate(bodies: readonly ValueMap[]): readonly Verdict[]
  /** The same with the old CRDs on both sides: what was wrong with an object all along. */
  validateBefore(bodies: readonly ValueMap[]): readonly Verdict[]
  /** Versions of a kind that the new side serves and does not deprecate: the stored one first, then as Kubernetes ranks them. */
  versions(group: string, kind: string): readonly string[]
  /** Whether a side serves this version of a kind; null when that side's CRDs are not all known. */
  serves(side: 'before' | 'after', apiVersion: string, kind: string): boolean | null
  /** Names of the fields that the schema of an object's own version has at a path, on one side. */
  fields(side: 'before' | 'after', body: ValueMap, path: Path): readonly string[]
  /** Fields that an object leaves out and that get another default under another version of its kind, as sentences. */
  otherDefaults(body: ValueMap, apiVersion: string): readonly string[]
}

function asResource(body: ValueMap, index: number): Resource {
  const { apiVersion, kind, metadata } = body
  const name = text(child(metadata, 'name'))
  const file = `object ${index}`
  return {
    apiVersion: text(apiVersion),
    kind: text(kind),
    namespace: null,
    name,
    file,
    document: 0,
    line: 1,
    environment: null,
    body,
    lineOf: () => null,
  }
}

function verdicts(input: Comparison, bodies: readonly ValueMap[]): readonly Verdict[] {
  if (bodies.length === 0) return []
  const facts = compareResources({ ...input, resources: bodies.map(asResource) })
  const found = new Map(facts.flatMap(fact => (fact.kind === 'resource' ? [[fact.resource.file, fact] as const] : [])))
  return bodies.map((_, i) => {
    const fact = found.get(`object ${i}`)
    return fact ? { status: fact.status, why: fact.why } : { status: 'not-checked', why: [] }
  })
}

/** `v2` before `v1`, `v1` before `v1beta2`, `v1beta2` before `v1alpha1` (kubernetes.io, "Version priority"). */
function rank(name: string): readonly number[] {
  const [, major = '0', stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name) ?? []
  const grade = stage === undefined ? 2 : stage === 'beta' ? 1 : 0
  return /^v\d/.test(name) ? [grade, Number(major), Number(minor)] : [-1, 0, 0]
}

function byRank(a: CrdVersion, b: CrdVersion): number {
  if (a.storage !== b.storage) return a.storage ? -1 : 1
  const [x, y] = [rank(a.name), rank(b.name)]
  return x.map((each, i) => (y[i] ?? 0) - each).find(difference => difference !== 0) ?? 0
}

function defaultsOf(schema: Value | undefined, value: Value | undefined, path: string): Map<string, Value> {
  const found = new Map<string, Value>()
  const properties = child(schema, 'properties')
  if (isList(value)) {
    const items = child(schema, 'items')
    for (const item of value) for (const [at, is] of defaultsOf(items, item, `${path}[]`)) found.set(at, is)
  }
  if (!isMap(value) || !isMap(properties)) return found
  for (const [key, inner] of Object.entries(properties)) {
    const at = path === '' ? key : `${path}.${key}`
    const set = Object.hasOwn(value, key) ? value[key] : undefined
    const own = child(inner, 'default')
    if (set === undefined && own !== undefined) found.set(at, own)
    if (set !== undefined) for (const [below, is] of defaultsOf(inner, set, at)) found.set(below, is)
  }
  return found
}

/** Answers about the CRDs of both sides; they are read once. */
export function servedBy(input: Comparison): Served {
  const { before, after, complete } = crdsOf(input)
  const sides = { before, after }
  const crd = (side: 'before' | 'after', group: string, kind: string): Crd | undefined =>
    [...sides[side].values()].find(each => each.group === group && each.kind === kind)
  const version = (side: 'before' | 'after', apiVersion: string, kind: string): CrdVersion | undefined => {
    const [group = '', name = ''] = apiVersion.split('/')
    return crd(side, group, kind)?.versions.find(each => each.name === name && each.served)
  }
  const preferred = (group: string, kind: string): readonly string[] =>
    (crd('after', group, kind)?.versions ?? [])
      .filter(each => each.served && !each.deprecated)
      .toSorted(byRank)
      .map(({ name }) => name)
  return {
    replaced: [...before.values()].flatMap(({ group, kind, versions }) => {
      const [to] = preferred(group, kind)
      const stays = new Set(preferred(group, kind))
      return versions
        .filter(each => to !== undefined && each.served && !stays.has(each.name))
        .map(({ name }) => ({ kind, from: `${group}/${name}`, to: `${group}/${to}` }))
    }),
    groups: new Set([...before.values(), ...after.values()].map(({ group }) => group)),
    validate: bodies => verdicts(input, bodies),
    validateBefore: bodies =>
      verdicts(
        { ...input, after: input.before, followers: input.followers.map(part => ({ ...part, after: part.before })) },
        bodies,
      ),
    versions: preferred,
    serves: (side, apiVersion, kind) => {
      if (version(side, apiVersion, kind)) return true
      return sides[side].size > 0 && complete ? false : null
    },
    fields: (side, body, path) => {
      const schema = version(side, text(body.apiVersion), text(body.kind))?.schema
      const at = path.reduce<Value | undefined>(
        (part, step) => (typeof step === 'number' ? child(part, 'items') : child(child(part, 'properties'), step)),
        schema,
      )
      const properties = child(at, 'properties')
      return isMap(properties) ? Object.keys(properties) : []
    },
    otherDefaults: (body, apiVersion) => {
      const kind = text(body.kind)
      const old = version('after', text(body.apiVersion), kind) ?? version('before', text(body.apiVersion), kind)
      const next = version('after', apiVersion, kind)
      const [was, is] = [defaultsOf(old?.schema, body, ''), defaultsOf(next?.schema, body, '')]
      return [...is].flatMap(([path, value]) => {
        const before = was.get(path)
        if (before === undefined || equal(before, value)) return []
        return [
          `\`${path}\` is not set, and its default is ${JSON.stringify(value)} instead of ${JSON.stringify(before)}`,
        ]
      })
    },
  }
}
