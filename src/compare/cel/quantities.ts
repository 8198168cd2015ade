import { compareQuantities } from './equal.ts'
import { type CelFunction, type Functions, fail, ofString } from './function.ts'
import { int } from './numbers.ts'
import { type CelValue, type Special, special } from './values.ts'

type Quantity = Special & { readonly cel: 'quantity' }

const QUANTITY =
  /^([+-]?)(?:(\d{1,100})(?:\.(\d{0,100}))?|\.(\d{1,100}))(?:([numkMGTPE])|([KMGTPE])i|[eE]([+-]?\d{1,3}))?$/

const POWERS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const BINARY = 'KMGTPE'

/** A Kubernetes quantity (`resource.Quantity`): `1.5Gi`, `200m`, `1e3`. Null when the text is none. */
function read(text: string): Quantity | null {
  const found = QUANTITY.exec(text)
  if (!found) return null
  const [, sign, whole = '', fraction = '', bare = '', decimal, binary, scientific] = found
  const places = fraction + bare
  const factor = binary === undefined ? 1n : 1024n ** BigInt(BINARY.indexOf(binary) + 1)
  const digits = BigInt(`${whole}${places}`) * factor * (sign === '-' ? -1n : 1n)
  const exponent = decimal === undefined ? Number(scientific ?? 0) : (POWERS[decimal] ?? 0)
  return { cel: 'quantity', digits, exponent: exponent - places.length }
}

/** The int that a quantity is, null when it has a fraction or is too large. */
function whole({ digits, exponent }: Quantity): bigint | null {
  const value = exponent >= 0 ? digits * 10n ** BigInt(exponent) : digits / 10n ** BigInt(-exponent)
  const exact = exponent >= 0 || digits % 10n ** BigInt(-exponent) === 0n
  return exact && value >= -(2n ** 63n) && value < 2n ** 63n ? value : null
}

function sum(a: Quantity, b: Quantity, sign: bigint): Quantity {
  const exponent = Math.min(a.exponent, b.exponent)
  const scaled = (one: Quantity) => one.digits * 10n ** BigInt(one.exponent - exponent)
  return { cel: 'quantity', digits: scaled(a) + sign * scaled(b), exponent }
}

function operand(value: CelValue | undefined): Quantity | null {
  return typeof value === 'bigint' ? { cel: 'quantity', digits: value, exponent: 0 } : special(value, 'quantity')
}

function unary(work: (quantity: Quantity) => CelValue): CelFunction {
  return ([value]) => {
    const quantity = special(value, 'quantity')
    return quantity ? work(quantity) : undefined
  }
}

function binary(work: (a: Quantity, b: Quantity) => CelValue): CelFunction {
  return ([a, b]) => {
    const [x, y] = [special(a, 'quantity'), operand(b)]
    return x && y ? work(x, y) : undefined
  }
}

/** Kubernetes' quantity library. */
export const QUANTITIES: Functions = new Map<string, CelFunction>([
  ['isQuantity', ofString(text => read(text) !== null)],
  ['quantity', ofString(text => read(text) ?? fail(`"${text}" is no quantity`))],
  ['.isInteger', unary(quantity => whole(quantity) !== null)],
  ['.asInteger', unary(quantity => whole(quantity) ?? fail('a quantity that is no integer'))],
  ['.asApproximateFloat', unary(({ digits, exponent }) => Number(`${digits}e${exponent}`))],
  ['.sign', unary(({ digits }) => (digits > 0n ? 1n : digits < 0n ? -1n : 0n))],
  ['.add', binary((a, b) => sum(a, b, 1n))],
  ['.sub', binary((a, b) => sum(a, b, -1n))],
  ['.isLessThan', binary((a, b) => compareQuantities(a, b) < 0)],
  ['.isGreaterThan', binary((a, b) => compareQuantities(a, b) > 0)],
  ['.compareTo', binary((a, b) => int(BigInt(compareQuantities(a, b))))],
])
