import type { FactOf, Resource, Value } from '../model.ts'
import { sameDuration } from '../text/go-duration.ts'
import { isMap } from '../text/is-map.ts'
import type { Crd, CrdVersion } from './crd.ts'
import { equal } from './data.ts'
import { baseOf, type Namesakes, patchOf } from './patches.ts'
import { shown } from './schema/change.ts'
import { type Issue, type Validated, validate } from './validate/index.ts'

type Why = FactOf<'resource'>['why'][number]
type Side = { readonly crd: Crd; readonly version: CrdVersion }

/**
 * What a resource fails on now: `fresh` was fine before, `lasting` was not. `blind` could not be checked before either, and the schema
 * asks for the same there. `defaults` are values that somebody else fills in and that
 * are others from now on.
 */
export type Failures = {
  readonly fresh: readonly Why[]
  /** Whether the API server refuses or drops something of it for certain; else it only could not be checked. */
  readonly certain: boolean
  readonly lasting: readonly Why[]
  readonly blind: readonly Why[]
  readonly defaults: readonly Why[]
  /** Why it is no whole resource; null when it is one. */
  readonly patch: Why | null
}

/** Failures of what a patch does not say: they are its base's. */
const OF_THE_WHOLE = /^(?:required|min\w+|anyOf|oneOf|allOf|cel|cel-not-evaluated)$/

/** Validates a resource on both sides; without an old side everything is fresh. */
export function failures(resource: Resource, old: Side | null, next: Side, namesakes: Namesakes): Failures {
  const whole = validated(resource, next)
  const first = old && (same(old, next) ? whole : validated(resource, old))
  const patch = patchOf(resource, first?.issues ?? [], namesakes)
  const [now, before] = patch ? [ofPatch(whole), first && ofPatch(first)] : [whole, first]
  const known = new Set(before?.issues.filter(issue => first === whole || !isWhole(issue)).map(({ key }) => key))
  const why = whyOf(resource)
  const fresh = doubted(
    resource,
    now.issues.filter(({ key }) => !known.has(key)),
    namesakes,
  )
  return {
    fresh: fresh.map(why),
    certain: fresh.some(({ certain }) => certain),
    lasting: now.issues.filter(({ key, certain }) => certain && known.has(key)).map(why),
    blind: now.issues.filter(({ key, certain }) => !certain && known.has(key)).map(why),
    defaults: before && !patch ? changedDefaults(before, now) : [],
    patch,
  }
}

/** A field that is required anew is not missed for certain when a namesake gives it: this one may be a patch of that. */
function doubted(resource: Resource, issues: readonly Issue[], namesakes: Namesakes): readonly Issue[] {
  const base = baseOf(resource, issues, namesakes)
  if (!base) return issues
  const says = `must be given, unless this is a patch of ${base.file}:${base.line}, which gives it`
  return issues.map(issue => (issue.kind === 'required' ? { ...issue, detail: says, certain: false } : issue))
}

function ofPatch({ issues, defaults }: Validated): Validated {
  return { issues: issues.filter(({ kind, at }) => !OF_THE_WHOLE.test(kind) && at.at(-1) !== '$patch'), defaults }
}

/** Nothing, or not all, of a resource could be looked at: two such verdicts are never the same. */
function isWhole({ kind }: Issue): boolean {
  return kind === 'not-checked'
}

function same(old: Side, next: Side): boolean {
  return old.crd.keepsUnknown === next.crd.keepsUnknown && equal(old.version.schema, next.version.schema)
}

/** A failure with the line of the field; one of the whole resource has the resource's own. */
function whyOf(resource: Resource): (issue: Issue) => Why {
  return ({ kind, path, at, detail }) => {
    const line = at.length === 0 ? null : resource.lineOf(at)
    return { kind, path, detail: line === null ? detail : `${detail} (line ${line})` }
  }
}

const NOTHING: ReadonlyMap<string, Value> = new Map()

function validated({ body }: Resource, { crd, version }: Side): Validated {
  const { schema, name } = version
  if (crd.deep) return unknown(`the schema of ${crd.name} is nested too deep`)
  if (isMap(schema)) return validate(body, schema, crd)
  return crd.legacy ? { issues: [], defaults: NOTHING } : unknown(`version ${name} of ${crd.name} has no schema`)
}

function unknown(detail: string): Validated {
  return {
    issues: [{ kind: 'not-checked', path: '', at: [], detail, key: `not-checked ${detail}`, certain: false }],
    defaults: NOTHING,
  }
}

function changedDefaults(before: Validated, now: Validated): readonly Why[] {
  return [...before.defaults].flatMap(([path, from]): Why[] => {
    const to = now.defaults.get(path)
    if (to === undefined || equal(from, to) || sameDuration(from, to)) return []
    return [
      {
        kind: 'default-changed',
        path,
        detail: `is not given here, and is ${shown(to)} from now on instead of ${shown(from)}`,
      },
    ]
  })
}
