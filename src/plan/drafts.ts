import type { ObjectMap } from '../knowledge/index.ts'
import type { FactOf, Path, Resource, ValueMap } from '../model.ts'
import { type Attempt, attemptsOf, text } from './attempts.ts'
import { withRenamedFields } from './renamed-fields.ts'

/** What a CRD says of one object. */
export type Verdict = Pick<FactOf<'resource'>, 'status' | 'why'>

/** What the CRDs of both sides say of objects that do not stand in the repository yet. */
export type Served = {
  /** What the new CRDs say of each, in the same order; `not-checked` where they say nothing. */
  readonly validate: (bodies: readonly ValueMap[]) => readonly Verdict[]
  /** What the old CRDs say of each as it stood. */
  readonly validateBefore: (bodies: readonly ValueMap[]) => readonly Verdict[]
  /** Versions of a kind that the new side serves and does not deprecate, the one to prefer first. */
  readonly versions: (group: string, kind: string) => readonly string[]
  /** Whether a side serves this version of a kind; null when its CRDs are not known. */
  readonly serves: (side: 'before' | 'after', apiVersion: string, kind: string) => boolean | null
  /** Names of the fields that the schema of an object's own version has at a path, on one side. */
  readonly fields: (side: 'before' | 'after', body: ValueMap, path: Path) => readonly string[]
  /** Fields that an object leaves out and that get another default under another version of its kind. */
  readonly otherDefaults: (body: ValueMap, apiVersion: string) => readonly string[]
}

/** How one resource gets across: the way that was chosen, and whether that is all there is to do. */
export type Draft = Attempt & {
  readonly resource: Resource
  readonly mechanical: boolean
  /** Whether the old version takes the result already, so that it may be merged ahead; null when that is not known. */
  readonly servedBefore: boolean | null
}

/** All that drafts are made from. `timely` are the maps whose version has come, of tools that move in this upgrade. */
export type Drafting = {
  readonly resources: readonly Resource[]
  readonly facts: readonly FactOf<'resource'>[]
  readonly maps: readonly ObjectMap[]
  readonly timely: ReadonlySet<ObjectMap>
  readonly environment: string | null
  readonly served: Served
}

/** A document of the repository. */
export function placeKey({
  file,
  document,
  kind,
  name,
}: Pick<Resource, 'file' | 'document' | 'kind' | 'name'>): string {
  return JSON.stringify([file, document, kind, name])
}

/**
 * Whether a map is offered: from the version on that its maintainers name, as soon as the new side serves what the old one did
 * not, or when the resource breaks. Never to what the new side is known not to serve.
 */
function isOffered(map: ObjectMap, suffers: boolean, { timely, served }: Drafting): boolean {
  const { apiVersion, kind } = map.to
  const now = served.serves('after', apiVersion, kind)
  if (now === false) return false
  const isNew = now === true && served.serves('before', apiVersion, kind) === false
  return suffers || isNew || timely.has(map)
}

type Trial = { readonly resource: Resource; readonly isBroken: boolean; readonly attempts: readonly Attempt[] }

function trials(drafting: Drafting): Trial[] {
  const { resources, facts, maps, served, environment } = drafting
  const found = new Map(facts.map(({ resource, status }) => [placeKey(resource), status]))
  const froms = new Set(maps.map(({ from }) => `${from.apiVersion} ${from.kind}`))
  return resources.flatMap(resource => {
    const status = found.get(placeKey(resource)) ?? null
    const isKnown = froms.has(`${resource.apiVersion} ${resource.kind}`)
    const elsewhere = environment !== null && resource.environment !== null && environment !== resource.environment
    if (elsewhere || (status === null && !isKnown)) return []
    const suffers = status === 'broken' || status === 'deprecated'
    const offered = maps.filter(map => isOffered(map, suffers, drafting))
    const attempts = attemptsOf(resource, status, offered, served.versions)
    return attempts.length === 0 ? [] : [{ resource, isBroken: status === 'broken', attempts }]
  })
}

/** Two problems of an object that are one and the same. */
function problemKeys({ why }: Verdict): ReadonlySet<string> {
  return new Set(why.map(({ kind, path }) => `${kind} ${path}`))
}

/** What is wrong with the outcome and was not wrong with the object as it stood. */
function newProblems(body: ValueMap, verdict: Verdict, before: Verdict | undefined): readonly string[] {
  if (verdict.status === 'valid') return []
  const known = before?.status === 'already-broken' ? problemKeys(before) : new Set()
  const fresh = verdict.why.filter(({ kind, path }) => !known.has(`${kind} ${path}`))
  if (fresh.length === 0 && verdict.status === 'already-broken') return []
  if (fresh.length === 0) return [`${text(body.apiVersion)} ${text(body.kind)} could not be checked against a CRD`]
  return fresh.map(({ path, detail }) => (path === '' || detail.includes(path) ? detail : `${path}: ${detail}`))
}

function nameOf({ metadata }: ValueMap): string {
  const { namespace, name } = (metadata ?? {}) as ValueMap
  return `${text(namespace)}/${text(name)}`
}

function identity(body: ValueMap): string {
  return [text(body.apiVersion).split('/')[0], text(body.kind), nameOf(body)].join(' ')
}

/** Objects that the outcome would make and that stand in the repository already. */
function inTheWay({ resource, attempt }: Tried, standing: ReadonlyMap<string, Resource>): readonly string[] {
  const own = identity(resource.body)
  return [attempt.body, ...attempt.created].flatMap(body => {
    const other = standing.get(identity(body))
    if (!other || identity(body) === own) return []
    return [`${other.kind}/${other.name} stands at ${other.file}:${other.line} already`]
  })
}

/** Where no other version takes an object, its fields may have other names: in its own version, or in the one to prefer. */
function renamedTrials(all: readonly Trial[], { served }: Drafting): Trial[] {
  const bodies = all.flatMap(({ attempts }) => attempts.map(({ body }) => body))
  const verdicts = served.validate(bodies)
  let next = 0
  return all.map(trial => {
    const found = trial.attempts.flatMap(attempt => {
      const verdict = verdicts[next++]
      const renamed = verdict && withRenamedFields(attempt, trial.resource.body, verdict, served)
      return renamed ? [renamed] : []
    })
    return { ...trial, attempts: [...trial.attempts, ...found] }
  })
}

type Tried = { readonly resource: Resource; readonly attempt: Attempt; readonly problems: readonly string[] }

/** Every attempt with what is wrong with it; all objects are shown to the CRDs at once. */
function tried(all: readonly Trial[], served: Served): readonly (readonly Tried[])[] {
  const flat = all.flatMap(({ resource, attempts }) => attempts.map(attempt => ({ resource, attempt })))
  const bodies = flat.flatMap(({ attempt }) => [attempt.body, ...attempt.created])
  const verdicts = served.validate(bodies)
  const before = served.validateBefore(all.map(({ resource }) => resource.body))
  let next = 0
  return all.map(({ resource, attempts }, i) =>
    attempts.map(attempt => {
      const objects = [attempt.body, ...attempt.created]
      const problems = objects.flatMap((body, n) => {
        const verdict = verdicts[next++] ?? { status: 'not-checked', why: [] }
        return newProblems(body, verdict, n === 0 ? before[i] : undefined)
      })
      return { resource, attempt, problems: [...new Set(problems)] }
    }),
  )
}

/**
 * The first attempt that the new CRDs take; else one with what is wrong with it, where maintainers named a way or the object has to
 * go somewhere.
 */
function best(all: readonly Tried[], isBroken: boolean): Tried | null {
  const attempts = all.filter(({ attempt }) => attempt.changes.length > 0 || attempt.asks.length > 0)
  const accepted = attempts.find(({ problems }) => problems.length === 0)
  if (accepted) return accepted
  const mappedWay = attempts.findLast(({ attempt }) => attempt.sources.length > 0)
  return mappedWay ?? (isBroken ? (attempts[0] ?? null) : null)
}

/** A shared file feeds environments that still run the old version. */
function tooEarly({ resource }: Tried, environment: string | null, servedBefore: boolean | null): readonly string[] {
  if (resource.environment !== null || environment === null || servedBefore === true) return []
  return [
    'it is shared by several environments, and the old version does not know the result: change it when all have upgraded',
  ]
}

function draft(one: Tried, standing: ReadonlyMap<string, Resource>, { served, environment }: Drafting): Draft {
  const { resource, attempt, problems } = one
  const apiVersion = text(attempt.body.apiVersion)
  const servedBefore = served.serves('before', apiVersion, text(attempt.body.kind))
  const defaults = attempt.sources.length === 0 ? served.otherDefaults(resource.body, apiVersion) : []
  const asks = [
    ...attempt.asks,
    ...problems,
    ...defaults,
    ...inTheWay(one, standing),
    ...tooEarly(one, environment, servedBefore),
  ]
  return { ...attempt, resource, asks, mechanical: asks.length === 0, servedBefore }
}

/** An object without which another does not work has to be there, or to come along. */
function withReferences(drafts: readonly Draft[], resources: readonly Resource[]): readonly Draft[] {
  const there = new Set(resources.map(({ apiVersion, kind, name }) => `${apiVersion} ${kind} ${name}`))
  for (const { mechanical, body, created } of drafts)
    if (mechanical)
      for (const made of [body, ...created]) {
        const name = text(((made.metadata ?? {}) as ValueMap).name)
        there.add(`${text(made.apiVersion)} ${text(made.kind)} ${name}`)
      }
  return drafts.map(one => {
    const missing = one.refers.filter(({ apiVersion, kind, name }) => !there.has(`${apiVersion} ${kind} ${name}`))
    const asks = missing.map(
      ({ apiVersion, kind, name }) => `it needs ${kind}/${name} (${apiVersion}), which is not there yet`,
    )
    return asks.length === 0 ? one : { ...one, asks: [...one.asks, ...asks], mechanical: false }
  })
}

/** How each of the user's resources gets to the new version, in the order of the resources; those that need nothing are left out. */
export function draftsOf(drafting: Drafting): readonly Draft[] {
  const all = trials(drafting)
  if (all.length === 0) return []
  const standing = new Map(drafting.resources.map(resource => [identity(resource.body), resource]))
  const drafts = tried(renamedTrials(all, drafting), drafting.served).flatMap((attempts, i) => {
    const chosen = best(attempts, all[i]?.isBroken === true)
    return chosen ? [draft(chosen, standing, drafting)] : []
  })
  return withReferences(drafts, drafting.resources)
}
