import type { FactOf, Resource, Value } from '../model.ts'
import { sameDuration } from '../text/go-duration.ts'
import type { Crd, CrdVersion } from './crd.ts'
import { equal, isMap } from './data.ts'
import { shown } from './schema/change.ts'
import { type Issue, type Validated, validate } from './validate/index.ts'

type Why = FactOf<'resource'>['why'][number]
type Side = { readonly crd: Crd; readonly version: CrdVersion }

/**
 * What a resource fails on now: `fresh` was fine before, `lasting` was not. `defaults` are values that somebody else fills in and that
 * are others from now on.
 */
export type Failures = {
  readonly fresh: readonly Why[]
  readonly lasting: readonly Why[]
  readonly defaults: readonly Why[]
}

const UNCHECKED = new Set(['not-checked', 'cel-not-evaluated', 'pattern-not-checked', '$ref'])

/** Whether a reason only says that something could not be checked. */
export function unchecked(kind: string): boolean {
  return UNCHECKED.has(kind)
}

/** Validates a resource on both sides; without an old side everything is fresh. */
export function failures(resource: Resource, old: Side | null, next: Side): Failures {
  const now = validated(resource, next)
  const before = old && (same(old, next) ? now : validated(resource, old))
  const known = new Set(before?.issues.map(({ key }) => key))
  return {
    fresh: now.issues.filter(({ key }) => !known.has(key)).map(why),
    lasting: now.issues.filter(({ key, certain }) => certain && known.has(key)).map(why),
    defaults: before ? changedDefaults(before, now) : [],
  }
}

function same(old: Side, next: Side): boolean {
  return old.crd.keepsUnknown === next.crd.keepsUnknown && equal(old.version.schema, next.version.schema)
}

function why({ kind, path, detail }: Issue): Why {
  return { kind, path, detail }
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
    issues: [{ kind: 'not-checked', path: '', detail, key: `not-checked ${detail}`, certain: false }],
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
