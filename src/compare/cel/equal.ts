import {
  type Budget,
  type CelMap,
  type CelValue,
  isCelList,
  isCelMap,
  isSpecial,
  LISTS,
  numeric,
  type Special,
  spend,
} from './values.ts'

/** Equality of CEL: numbers across their types, maps by keys, Kubernetes' sets and maps of items in any order. */
export function sameValue(a: CelValue, b: CelValue, budget: Budget): boolean {
  spend(budget, 1)
  const [x, y] = [numeric(a), numeric(b)]
  // biome-ignore lint/suspicious/noDoubleEquals: the only comparison of bigint and number that is exact
  if (x !== null || y !== null) return x !== null && y !== null && x == y
  if (a instanceof Uint8Array || b instanceof Uint8Array) return sameBytes(a, b)
  if (isCelList(a) && isCelList(b)) return sameList(a, b, budget)
  if (isCelMap(a) && isCelMap(b)) return sameMap(a, b, budget)
  if (a !== null && b !== null && isSpecial(a) && isSpecial(b)) return sameSpecial(a, b, budget)
  return a === b
}

function sameBytes(a: CelValue, b: CelValue): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
}

function sameList(a: readonly CelValue[], b: readonly CelValue[], budget: Budget): boolean {
  if (a.length !== b.length) return false
  if (LISTS.has(a) || LISTS.has(b)) return a.every(item => b.some(other => sameValue(item, other, budget)))
  return a.every((item, i) => sameValue(item, b[i] ?? null, budget))
}

function sameMap(a: CelMap, b: CelMap, budget: Budget): boolean {
  if (a.size !== b.size) return false
  return [...a].every(([key, value]) => {
    const other = lookUp(b, key)
    return other !== undefined && sameValue(value, other, budget)
  })
}

function sameSpecial(a: Special, b: Special, budget: Budget): boolean {
  if (a.cel !== b.cel) return false
  if (a.cel === 'quantity' && b.cel === 'quantity') return compareQuantities(a, b) === 0
  if (a.cel === 'ip' && b.cel === 'ip') return a.bits === b.bits && a.value === b.value
  if (a.cel === 'optional' && b.cel === 'optional') {
    if (a.value === undefined || b.value === undefined) return a.value === b.value
    return sameValue(a.value, b.value, budget)
  }
  return text(a) === text(b)
}

function text(value: Special): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
}

type Quantity = { readonly digits: bigint; readonly exponent: number }

/** -1, 0 or 1. Exponents are small: `quantity()` refuses others. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const least = Math.min(a.exponent, b.exponent)
  const [x, y] = [a, b].map(({ digits, exponent }) => digits * 10n ** BigInt(exponent - least))
  return (x ?? 0n) < (y ?? 0n) ? -1 : (x ?? 0n) > (y ?? 0n) ? 1 : 0
}

/** What a map has under a key: `1`, `1u` and `1.0` are one key. */
export function lookUp(map: CelMap, key: CelValue): CelValue | undefined {
  const found = map.get(key)
  if (found !== undefined) return found
  const number = numeric(key)
  if (number === null || (typeof number === 'number' && !Number.isInteger(number))) return undefined
  return map.get(BigInt(number))
}
