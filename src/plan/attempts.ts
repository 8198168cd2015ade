import type { ObjectMap } from '../knowledge/index.ts'
import type { FactOf, Resource, Value, ValueMap } from '../model.ts'
import { type Mapped, mapped } from './map-steps.ts'
import { type Change, changed } from './object-change.ts'

/** A way to bring one object along: how it becomes, and what that leaves to a person. */
export type Attempt = Omit<Mapped, 'changes'> & {
  readonly changes: readonly Change[]
  readonly why: string
  /** Where the rules stand that were followed; none when the CRDs themselves are the evidence. */
  readonly sources: readonly string[]
  /** The object as it becomes. */
  readonly body: ValueMap
}

export function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** How many maps may follow one another: v1alpha1 to v1beta1 to v1. */
const LONGEST_CHAIN = 3

const NOTHING = { changes: [], asks: [], notes: [], created: [], refers: [] } as const

/** One more map after those before; what the last one refers to counts. */
function after(attempt: Attempt, made: Mapped, body: ValueMap, source: string): Attempt {
  return {
    ...attempt,
    body,
    changes: [...attempt.changes, ...made.changes],
    asks: [...attempt.asks, ...made.asks],
    notes: [...attempt.notes, ...made.notes],
    created: [...attempt.created, ...made.created],
    refers: made.refers,
    sources: [...new Set([...attempt.sources, source])],
  }
}

/** The object through every map that is about it, one after the other. With `keep`, no field is dropped. */
function byMaps(body: ValueMap, maps: readonly ObjectMap[], keep: boolean): Attempt[] {
  let attempt: Attempt = { ...NOTHING, body, why: '', sources: [] }
  const left = new Set(maps)
  for (let used = 0; used < LONGEST_CHAIN; used++) {
    const { body: now } = attempt
    const map = [...left].find(({ from }) => from.apiVersion === now.apiVersion && from.kind === now.kind)
    const made = map && mapped(map, now, keep)
    const next = made && changed(now, made.changes)
    if (!map || !made || !next) break
    left.delete(map)
    if (made.changes.length > 0 || made.asks.length > 0) attempt = after(attempt, made, next, map.source)
  }
  const { changes, asks } = attempt
  return changes.length === 0 && asks.length === 0 ? [] : [{ ...attempt, why: moved(body, attempt.body) }]
}

function moved(body: ValueMap, next: ValueMap): string {
  const [from, to] = [body, next].map(({ apiVersion, kind }) => `${text(apiVersion)} ${text(kind)}`)
  return from === to ? `fields of ${from} have new places` : `${from} becomes ${to}`
}

/** The object under another version of its own kind, unchanged otherwise. */
function byVersions(body: ValueMap, versionsOf: (group: string, kind: string) => readonly string[]): Attempt[] {
  const [group, version] = text(body.apiVersion).split('/')
  if (group === undefined || version === undefined) return []
  const others = versionsOf(group, text(body.kind)).filter(name => name !== version)
  return others.map(name => {
    const apiVersion = `${group}/${name}`
    const next = { ...body, apiVersion }
    const changes: readonly Change[] = [{ kind: 'set', path: ['apiVersion'], value: apiVersion }]
    return { ...NOTHING, body: next, changes, why: moved(body, next), sources: [] }
  })
}

/**
 * The ways in which a resource may get to the new version, the one to prefer first; none when it needs nothing. Maps are what the
 * tool's maintainers say; without one, another served version of the same kind may accept the object unchanged. `status` is what
 * compare found, null when it found nothing. An object that breaks in its own version stays in it: only its fields can change.
 */
export function attemptsOf(
  { body }: Resource,
  status: FactOf<'resource'>['status'] | null,
  maps: readonly ObjectMap[],
  versionsOf: (group: string, kind: string) => readonly string[],
): readonly Attempt[] {
  const ways = [...byMaps(body, maps, true), ...byMaps(body, maps, false)]
  if (ways.length > 0) return ways
  if (status !== 'broken' && status !== 'deprecated') return []
  const others = byVersions(body, versionsOf)
  return others.length > 0 || status === 'deprecated' ? others : [{ ...NOTHING, body, why: '', sources: [] }]
}
