import type { ObjectMap } from '../../knowledge/index.ts'
import type { FactOf, Resource, Value, ValueMap } from '../../model.ts'
import { type Change, changed } from './change.ts'
import { type Mapped, mapped } from './steps.ts'

/** What a CRD says of one object. */
export type Verdict = Pick<FactOf<'resource'>, 'status' | 'why'>

/** What the CRDs of both sides say. Answers are about the new side unless they say otherwise. */
export type Served = {
  /** Whether the new CRDs accept an object as it is. */
  readonly validate: (body: ValueMap) => Verdict
  /** Versions of a kind that are served and not deprecated, the one to prefer first. */
  readonly versions: (group: string, kind: string) => readonly string[]
  /** Whether the old side serves it already; null when that is not known. */
  readonly servedBefore: (apiVersion: string, kind: string) => boolean | null
}

/** How one resource gets across: the changes of its document, further objects, and whether that is all there is to do. */
export type Draft = {
  readonly resource: Resource
  readonly changes: readonly Change[]
  readonly created: readonly ValueMap[]
  readonly mechanical: boolean
  readonly why: string
  /** Where the rule stands; null when the CRDs themselves are the evidence. */
  readonly source: string | null
  /** What is left to a person here, and what a person should know. */
  readonly asks: readonly string[]
  readonly notes: readonly string[]
  /** Whether the old version takes the result already, so that it may be merged ahead; null when that is not known. */
  readonly servedBefore: boolean | null
  /** The object as it becomes, and objects without which it does not work. */
  readonly body: ValueMap
  readonly refers: Mapped['refers']
}

type Attempt = Pick<Draft, 'changes' | 'created' | 'why' | 'source' | 'asks' | 'notes' | 'body' | 'refers'>

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** How many maps may follow one another: v1alpha1 to v1beta1 to v1. */
const LONGEST_CHAIN = 3

/** The object through every map that is about it, one after the other. With `keep`, no field is dropped. */
function byMaps(body: ValueMap, maps: readonly ObjectMap[], keep: boolean): Attempt | null {
  let [now, used] = [body, new Set<ObjectMap>()]
  const changes: Change[] = []
  const rest = { created: [] as ValueMap[], asks: [] as string[], notes: [] as string[], sources: [] as string[] }
  let refers: Mapped['refers'] = []
  while (used.size < LONGEST_CHAIN) {
    const map = maps.find(
      each => !used.has(each) && each.from.apiVersion === now.apiVersion && each.from.kind === now.kind,
    )
    if (!map) break
    used = new Set([...used, map])
    const made = mapped(map, now, keep)
    const next = changed(now, made.changes)
    if (next === null) break
    if (made.changes.length === 0 && made.asks.length === 0) continue
    now = next
    changes.push(...made.changes)
    rest.created.push(...made.created)
    rest.asks.push(...made.asks)
    rest.notes.push(...made.notes)
    rest.sources.push(map.source)
    refers = made.refers
  }
  if (changes.length === 0 && rest.asks.length === 0) return null
  const { created, asks, notes, sources } = rest
  const why = moved(body, now)
  return { body: now, changes, created, asks, notes, why, refers, source: sources.join(' ') }
}

function moved(body: ValueMap, next: ValueMap): string {
  const [from, to] = [body, next].map(({ apiVersion, kind }) => `${text(apiVersion)} ${text(kind)}`)
  return from === to ? `fields of ${from} have moved` : `${from} becomes ${to}`
}

/** The object under another version of its own kind, unchanged otherwise. */
function byVersions(body: ValueMap, served: Served): Attempt[] {
  const [group, version] = text(body.apiVersion).split('/')
  if (group === undefined || version === undefined) return []
  return served
    .versions(group, text(body.kind))
    .filter(name => name !== version)
    .map(name => {
      const next = { ...body, apiVersion: `${group}/${name}` }
      const why = moved(body, next)
      const changes: readonly Change[] = [{ kind: 'set', path: ['apiVersion'], value: next.apiVersion }]
      return { body: next, changes, created: [], asks: [], notes: [], refers: [], why, source: null }
    })
}

function isAccepted(attempt: Attempt, served: Served): boolean {
  return [attempt.body, ...attempt.created].every(body => served.validate(body).status === 'valid')
}

function sameObject(a: ValueMap, b: ValueMap): boolean {
  const name = ({ metadata }: ValueMap) => (metadata ?? {}) as ValueMap
  const group = ({ apiVersion }: ValueMap) => text(apiVersion).split('/')[0]
  return (
    group(a) === group(b) &&
    a.kind === b.kind &&
    name(a).name === name(b).name &&
    (name(a).namespace ?? null) === (name(b).namespace ?? null)
  )
}

/** Objects that the migration would make and that stand in the repository already. */
function inTheWay(attempt: Attempt, resource: Resource, all: readonly Resource[]): string[] {
  return [attempt.body, ...attempt.created].flatMap(body =>
    all
      .filter(other => other !== resource && other.environment === resource.environment)
      .filter(other => other.kind === body.kind && sameObject(other.body, body) && !sameObject(resource.body, body))
      .map(other => `${other.kind}/${other.name} stands at ${other.file}:${other.line} already`),
  )
}

/** The first attempt that the new CRDs accept whole; else the first one, with what is wrong with it. */
function best(attempts: readonly Attempt[], served: Served): { attempt: Attempt; wrong: readonly string[] } | null {
  const accepted = attempts.find(attempt => isAccepted(attempt, served))
  if (accepted) return { attempt: accepted, wrong: [] }
  const [first] = attempts
  if (!first) return null
  const wrong = [first.body, ...first.created].flatMap(body => {
    const { status, why } = served.validate(body)
    if (status === 'valid') return []
    return why.length === 0
      ? [`${text(body.kind)}: could not be checked against the new CRD`]
      : why.map(({ path, detail }) => (path === '' || path === 'apiVersion' ? detail : `${path}: ${detail}`))
  })
  return { attempt: first, wrong: [...new Set(wrong)] }
}

/**
 * How one resource of the repository gets to the new version; null when it needs nothing. Maps are what the tool's maintainers
 * say; without one, another served version of the same kind that accepts the object unchanged is proof enough. A field is only
 * dropped where the new CRD refuses the object that still has it. `status` is what compare found, null when it found nothing.
 */
export function propose(
  resource: Resource,
  status: FactOf<'resource'>['status'] | null,
  { maps, served, all }: { maps: readonly ObjectMap[]; served: Served; all: readonly Resource[] },
): Draft | null {
  const suffers = status === 'broken' || status === 'deprecated'
  const mappedWays = [byMaps(resource.body, maps, true), byMaps(resource.body, maps, false)].flatMap(each => each ?? [])
  const attempts = mappedWays.length > 0 ? mappedWays : suffers ? byVersions(resource.body, served) : []
  const found = best(attempts, served)
  if (!found) return null
  const { attempt, wrong } = found
  if (attempt.source === null && wrong.length > 0) return null
  const asks = [...attempt.asks, ...wrong, ...inTheWay(attempt, resource, all)]
  const { changes, created, why, source, notes, body, refers } = attempt
  const servedBefore = served.servedBefore(text(body.apiVersion), text(body.kind))
  const mechanical = asks.length === 0 && changes.length > 0
  return { resource, changes, created, mechanical, why, source, asks, notes, servedBefore, body, refers }
}
