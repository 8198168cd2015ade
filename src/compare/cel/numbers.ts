import { type CelFunction, type Functions, fail } from './function.ts'
import { type CelValue, type Special, special } from './values.ts'

const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n]

/** An int of 64 bits; what does not fit stops the rule. */
export function int(value: bigint): bigint {
  return value < LEAST || value > MOST ? fail('integer overflow') : value
}

function uint(value: bigint): Special {
  return value < 0n || value >= 2n ** 64n ? fail('unsigned integer overflow') : { cel: 'uint', value }
}

type Sums = {
  readonly ints: (a: bigint, b: bigint) => bigint
  readonly doubles: ((a: number, b: number) => number) | null
}

/** Two ints, two uints or two doubles. */
export function arithmetic({ ints, doubles }: Sums): CelFunction {
  return ([a, b]) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return int(ints(a, b))
    if (typeof a === 'number' && typeof b === 'number' && doubles) return doubles(a, b)
    const [x, y] = [special(a, 'uint'), special(b, 'uint')]
    return x && y ? uint(ints(x.value, y.value)) : undefined
  }
}

const nonZero = (work: (a: bigint, b: bigint) => bigint) => (a: bigint, b: bigint) =>
  b === 0n ? fail('division by zero') : work(a, b)

function toInt([value]: readonly CelValue[]): CelValue | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number')
    return Number.isFinite(value) ? int(BigInt(Math.trunc(value))) : fail('integer overflow')
  if (typeof value === 'string')
    return /^[+-]?\d{1,20}$/.test(value) ? int(BigInt(value)) : fail(`"${value}" is no integer`)
  const time = special(value, 'timestamp') ?? special(value, 'duration')
  if (time) return time.ns / 1_000_000_000n
  const unsigned = special(value, 'uint')
  return unsigned ? int(unsigned.value) : undefined
}

function toUint(args: readonly CelValue[]): CelValue | undefined {
  const known = special(args[0], 'uint')
  if (known) return known
  const value = toInt(args)
  return typeof value === 'bigint' ? uint(value) : undefined
}

function toDouble([value]: readonly CelValue[]): CelValue | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  const unsigned = special(value, 'uint')
  if (unsigned) return Number(unsigned.value)
  if (typeof value !== 'string') return undefined
  const number = Number(value)
  return value.trim() === '' || Number.isNaN(number) ? fail(`"${value}" is no number`) : number
}

function negated([value]: readonly CelValue[]): CelValue | undefined {
  if (typeof value === 'bigint') return int(-value)
  return typeof value === 'number' ? -value : undefined
}

/** Arithmetic (sums stand with the other sums) and what makes numbers of other values. */
export const NUMBERS: Functions = new Map<string, CelFunction>([
  ['-_', negated],
  ['_*_', arithmetic({ ints: (a, b) => a * b, doubles: (a, b) => a * b })],
  ['_/_', arithmetic({ ints: nonZero((a, b) => a / b), doubles: (a, b) => a / b })],
  ['_%_', arithmetic({ ints: nonZero((a, b) => a % b), doubles: null })],
  ['int', toInt],
  ['uint', toUint],
  ['double', toDouble],
])
