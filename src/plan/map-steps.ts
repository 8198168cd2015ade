import type { MapStep, ObjectMap } from '../knowledge/index.ts'
import type { Value, ValueMap } from '../model.ts'
import { filledIn, placesOf, readPath, valueAt } from '../text/path-steps.ts'
import { type Change, changed } from './object-change.ts'

/** What a map makes of one object: the changes, what only a person can do, what people should know, and further objects. */
export type Mapped = {
  readonly changes: readonly Change[]
  readonly asks: readonly string[]
  readonly notes: readonly string[]
  readonly created: readonly ValueMap[]
  /** Objects without which the new one does not work. */
  readonly refers: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[]
}

type Condition = { readonly path: string; readonly is: unknown } | { readonly has: string } | undefined

function holds(body: ValueMap, condition: Condition): boolean {
  if (condition === undefined) return true
  if ('has' in condition) return placesOf(body, readPath(condition.has)).length > 0
  const [place] = placesOf(body, readPath(condition.path))
  return place !== undefined && JSON.stringify(valueAt(body, place)) === JSON.stringify(condition.is)
}

/** How a value reads in its new place; undefined when it has none there. */
function translated(
  value: Value,
  { values, text }: { values?: Record<string, unknown>; text?: string },
): Value | undefined {
  if (text !== undefined) return text.replaceAll('{}', String(value))
  const key = String(value)
  if (values === undefined || !Object.hasOwn(values, key)) return value
  return values[key] === null ? undefined : (values[key] as Value)
}

/** The changes of one step on a body as the steps before have left it. */
function changesOf(step: Exclude<MapStep, { ask: string } | { note: string }>, body: ValueMap): Change[] {
  if ('set' in step) {
    const path = readPath(step.set).map(each => each ?? 0)
    return holds(body, step.if) && valueAt(body, path) === undefined
      ? [{ kind: 'add', path, value: step.value as Value }]
      : []
  }
  if ('drop' in step)
    return placesOf(body, readPath(step.drop))
      .map((path): Change => ({ kind: 'remove', path }))
      .toReversed()
  if ('prefix' in step)
    return placesOf(body, readPath(step.prefix)).flatMap((path): Change[] => {
      const text = valueAt(body, path)
      const fits = typeof text === 'string' && !new RegExp(step.unless).test(text)
      return fits ? [{ kind: 'set', path, value: step.with + text }] : []
    })
  if (!holds(body, step.if)) return []
  return placesOf(body, readPath(step.move)).flatMap((path): Change[] => {
    const value = valueAt(body, path) as Value
    const next = translated(value, step)
    const to = filledIn(readPath(step.to), path)
    if (next === undefined) return [{ kind: 'remove', path }]
    const set: Change[] = next === value ? [] : [{ kind: 'set', path, value: next }]
    return JSON.stringify(to) === JSON.stringify(path) ? set : [...set, { kind: 'move', path, to }]
  })
}

/** `${spec.a}` filled in; undefined when a path is not there. A text that is one path becomes the value itself. */
function filled(template: Value, body: ValueMap): Value | undefined {
  if (typeof template === 'string') {
    const whole = /^\$\{([^}]+)\}$/.exec(template)?.[1]
    if (whole !== undefined)
      return valueAt(
        body,
        readPath(whole).map(each => each ?? 0),
      )
    return template
  }
  if (Array.isArray(template)) {
    const items = template.map(item => filled(item, body))
    return items.includes(undefined) ? undefined : (items as Value[])
  }
  if (typeof template !== 'object' || template === null) return template
  const entries = Object.entries(template).map(([key, value]) => [key, filled(value as Value, body)] as const)
  return entries.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(entries) as ValueMap)
}

/** The further objects that templates make of a body. Fields of `metadata` are left out where the body has nothing for them; a template that lacks another is left out whole. */
export function createdFrom(templates: ObjectMap['create'], body: ValueMap): ValueMap[] {
  return templates.flatMap(({ if: condition, object }) => {
    if (!holds(body, condition)) return []
    const { metadata, ...rest } = object as ValueMap
    const known = Object.entries((metadata ?? {}) as ValueMap).flatMap(([key, value]) => {
      const text = filled(value, body)
      return text === undefined ? [] : [[key, text] as const]
    })
    const made = filled(rest, body)
    if (made === undefined) return []
    const { apiVersion, kind, ...others } = made as ValueMap
    return [{ apiVersion, kind, metadata: Object.fromEntries(known), ...others } as ValueMap]
  })
}

function head(body: ValueMap, { to }: ObjectMap): Change[] {
  const changes: Change[] = []
  if (body.apiVersion !== to.apiVersion) changes.push({ kind: 'set', path: ['apiVersion'], value: to.apiVersion })
  if (body.kind !== to.kind) changes.push({ kind: 'set', path: ['kind'], value: to.kind })
  return changes
}

/** What a map makes of an object of its `from`. With `keep`, steps that drop a field are left out. */
export function mapped(map: ObjectMap, body: ValueMap, keep: boolean): Mapped {
  const changes = head(body, map)
  const asks: string[] = []
  const notes: string[] = []
  let now = changed(body, changes) ?? body
  for (const step of map.steps) {
    if ('note' in step) {
      notes.push(step.note)
      continue
    }
    if ('ask' in step) {
      const pattern = new RegExp(step.matching ?? '')
      const asked = placesOf(now, readPath(step.ask)).some(place => {
        const value = valueAt(now, place)
        return typeof value !== 'string' || pattern.test(value)
      })
      if (asked) asks.push(step.say)
      continue
    }
    if ('drop' in step && keep) continue
    const more = changesOf(step, now)
    const next = changed(now, more)
    if (next === null) {
      asks.push(`\`${'move' in step ? step.move : 'set' in step ? step.set : ''}\` could not be carried over`)
      continue
    }
    changes.push(...more)
    now = next
  }
  const refers = map.refers.flatMap(({ apiVersion, kind, name }) => {
    const value = valueAt(
      now,
      readPath(name).map(each => each ?? 0),
    )
    return typeof value === 'string' ? [{ apiVersion, kind, name: value }] : []
  })
  return { changes, asks, notes, created: createdFrom(map.create, body), refers }
}
