import { nanoseconds } from '../../text/go-duration.ts'
import { type CelFunction, type Functions, fail } from './function.ts'
import { type CelValue, special } from './values.ts'

/** A duration as CEL reads it. */
export function duration(text: string): CelValue {
  const ns = nanoseconds(text)
  return ns === null ? fail(`"${text}" is no duration`) : { cel: 'duration', ns: BigInt(Math.round(ns)) }
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/i

/** A point in time as CEL reads it (RFC 3339). */
export function timestamp(text: string): CelValue {
  const found = RFC3339.exec(text)
  const seconds = found ? Date.parse(`${found[1]}${found[3]}`) / 1000 : Number.NaN
  if (Number.isNaN(seconds)) return fail(`"${text}" is no time`)
  return { cel: 'timestamp', ns: BigInt(seconds) * 1_000_000_000n + BigInt((found?.[2] ?? '').padEnd(9, '0') || 0) }
}

function toDuration([value]: readonly CelValue[]): CelValue | undefined {
  if (typeof value === 'string') return duration(value)
  return special(value, 'duration') ?? undefined
}

function toTimestamp([value]: readonly CelValue[]): CelValue | undefined {
  if (typeof value === 'string') return timestamp(value)
  if (typeof value === 'bigint') return { cel: 'timestamp', ns: value * 1_000_000_000n }
  return special(value, 'timestamp') ?? undefined
}

const DATE_PARTS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: date => date.getUTCFullYear(),
  getMonth: date => date.getUTCMonth(),
  getDate: date => date.getUTCDate(),
  getDayOfMonth: date => date.getUTCDate() - 1,
  getDayOfWeek: date => date.getUTCDay(),
  getDayOfYear: date =>
    Math.round(
      (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) /
        86_400_000,
    ),
}

const CLOCK_PARTS: Readonly<Record<string, { readonly date: (date: Date) => number; readonly ns: bigint }>> = {
  getHours: { date: date => date.getUTCHours(), ns: 3_600_000_000_000n },
  getMinutes: { date: date => date.getUTCMinutes(), ns: 60_000_000_000n },
  getSeconds: { date: date => date.getUTCSeconds(), ns: 1_000_000_000n },
  getMilliseconds: { date: date => date.getUTCMilliseconds(), ns: 1_000_000n },
}

/** Parts of a time in UTC; with a time zone they are not for us. */
function datePart(part: (date: Date) => number): CelFunction {
  return args => {
    const time = special(args[0], 'timestamp')
    return time && args.length === 1 ? BigInt(part(new Date(Number(time.ns / 1_000_000n)))) : undefined
  }
}

function clockPart({ date, ns }: { readonly date: (date: Date) => number; readonly ns: bigint }): CelFunction {
  const ofTime = datePart(date)
  return (args, budget) => {
    const length = special(args[0], 'duration')
    return length ? length.ns / ns : ofTime(args, budget)
  }
}

/** Sums and differences of times; undefined when other values are meant. */
export function timeSum(a: CelValue | undefined, b: CelValue | undefined, sign: bigint): CelValue | undefined {
  const [time, span] = [special(a, 'timestamp'), special(b, 'duration')]
  const [length, other] = [special(a, 'duration'), special(b, 'timestamp')]
  if (time && span) return { cel: 'timestamp', ns: time.ns + sign * span.ns }
  if (length && span) return { cel: 'duration', ns: length.ns + sign * span.ns }
  if (length && other && sign === 1n) return { cel: 'timestamp', ns: length.ns + other.ns }
  return time && other && sign === -1n ? { cel: 'duration', ns: time.ns - other.ns } : undefined
}

/** Times and durations. */
export const TIMES: Functions = new Map<string, CelFunction>([
  ['duration', toDuration],
  ['timestamp', toTimestamp],
  ...Object.entries(DATE_PARTS).map(([name, part]) => [`.${name}`, datePart(part)] as const),
  ...Object.entries(CLOCK_PARTS).map(([name, part]) => [`.${name}`, clockPart(part)] as const),
])
