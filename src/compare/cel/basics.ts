import { lookUp, sameValue } from './equal.ts'
import { type CelFunction, type Functions, fail } from './function.ts'
import { arithmetic } from './numbers.ts'
import { timeSum } from './times.ts'
import {
  type Budget,
  CelFailure,
  type CelValue,
  isCelList,
  isCelMap,
  LISTS,
  numeric,
  special,
  spend,
  typeName,
} from './values.ts'

/** -1, 0 or 1 of two values that have an order, null when they have none together. */
export function compare(a: CelValue, b: CelValue, budget: Budget): number | null {
  spend(budget, 1)
  const [x, y] = [numeric(a), numeric(b)]
  if (x !== null && y !== null) return x < y ? -1 : x > y ? 1 : 0
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b, budget)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  for (const kind of ['duration', 'timestamp'] as const) {
    const [s, t] = [special(a, kind), special(b, kind)]
    if (s && t) return s.ns < t.ns ? -1 : s.ns > t.ns ? 1 : 0
  }
  return null
}

/** Texts have the order of their bytes, as in Go. */
function compareTexts(a: string, b: string, budget: Budget): number {
  spend(budget, Math.min(a.length, b.length))
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function ordered(holds: (order: number) => boolean): CelFunction {
  return ([a, b], budget) => {
    const order = a === undefined || b === undefined ? null : compare(a, b, budget)
    return order === null ? undefined : holds(order)
  }
}

const equals: CelFunction = ([a, b], budget) => a !== undefined && b !== undefined && sameValue(a, b, budget)

const isIn: CelFunction = ([item, range], budget) => {
  if (item === undefined || range === undefined) return undefined
  if (isCelMap(range)) return lookUp(range, item) !== undefined
  return isCelList(range) ? range.some(other => sameValue(item, other, budget)) : undefined
}

const size: CelFunction = ([value], budget) => {
  if (typeof value === 'string') {
    spend(budget, value.length)
    return BigInt(Array.from(value).length)
  }
  if (value instanceof Uint8Array) return BigInt(value.length)
  if (value === undefined) return undefined
  if (isCelList(value)) return BigInt(value.length)
  return isCelMap(value) ? BigInt(value.size) : undefined
}

const numbersAdded = arithmetic({ ints: (a, b) => a + b, doubles: (a, b) => a + b })
const numbersLess = arithmetic({ ints: (a, b) => a - b, doubles: (a, b) => a - b })

const add: CelFunction = (args, budget) => {
  const [a, b] = args
  if (typeof a === 'string' && typeof b === 'string') {
    spend(budget, a.length + b.length)
    return a + b
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b])
  if (a !== undefined && b !== undefined && isCelList(a) && isCelList(b)) return lists(a, b, budget)
  return timeSum(a, b, 1n) ?? numbersAdded(args, budget)
}

/** Lists are put together; a set stays a set, and later items of a map of items replace earlier ones. */
function lists(a: readonly CelValue[], b: readonly CelValue[], budget: Budget): CelValue {
  spend(budget, a.length + b.length)
  const kind = LISTS.get(a)
  if (!kind) return [...a, ...b]
  const same = (x: CelValue, y: CelValue) =>
    kind.type === 'set'
      ? sameValue(x, y, budget)
      : kind.keys.every(key => sameValue(keyed(x, key), keyed(y, key), budget))
  const kept = a.map(item => (kind.type === 'map' ? (b.find(other => same(item, other)) ?? item) : item))
  const joined = [...kept, ...b.filter(item => !a.some(other => same(item, other)))]
  LISTS.set(joined, kind)
  return joined
}

function keyed(item: CelValue, key: string): CelValue {
  return isCelMap(item) ? (item.get(key) ?? null) : null
}

const subtract: CelFunction = (args, budget) => timeSum(args[0], args[1], -1n) ?? numbersLess(args, budget)

const toText: CelFunction = ([value]) => {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (value instanceof Uint8Array) return utf8(value)
  return special(value, 'ip')?.text
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return fail('bytes that are no text')
  }
}

const toBool: CelFunction = ([value]) => {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return undefined
  if (['true', 'True', 'TRUE', 't', '1'].includes(value)) return true
  return ['false', 'False', 'FALSE', 'f', '0'].includes(value) ? false : fail(`"${value}" is neither true nor false`)
}

const toBytes: CelFunction = ([value]) => {
  if (typeof value === 'string') return Buffer.from(value)
  return value instanceof Uint8Array ? value : undefined
}

const type: CelFunction = ([value]) => (value === undefined ? undefined : { cel: 'type', name: typeName(value) })

const not: CelFunction = ([value]) => {
  if (typeof value === 'boolean') return !value
  throw new CelFailure('only true and false can be negated', false)
}

/** What works on values of many types. */
export const BASICS: Functions = new Map<string, CelFunction>([
  ['_==_', equals],
  ['_!=_', (args, budget) => equals(args, budget) === false],
  ['_<_', ordered(order => order < 0)],
  ['_<=_', ordered(order => order <= 0)],
  ['_>_', ordered(order => order > 0)],
  ['_>=_', ordered(order => order >= 0)],
  ['_+_', add],
  ['_-_', subtract],
  ['!_', not],
  ['@in', isIn],
  ['size', size],
  ['.size', size],
  ['string', toText],
  ['bool', toBool],
  ['bytes', toBytes],
  ['type', type],
  ['dyn', ([value]) => value],
])
