/** A value that CEL knows and JSON does not; `cel` says which. */
export type Special =
  | { readonly cel: 'type'; readonly name: string }
  | { readonly cel: 'uint'; readonly value: bigint }
  | { readonly cel: 'duration' | 'timestamp'; readonly ns: bigint }
  | { readonly cel: 'quantity'; readonly digits: bigint; readonly exponent: number }
  | { readonly cel: 'ip'; readonly bits: 32 | 128; readonly value: bigint; readonly text: string }
  | { readonly cel: 'cidr'; readonly bits: 32 | 128; readonly value: bigint; readonly length: number }
  | { readonly cel: 'url'; readonly parts: UrlParts }
  | { readonly cel: 'format'; readonly name: string }
  | { readonly cel: 'optional'; readonly value: CelValue | undefined }

export type UrlParts = { readonly scheme: string; readonly host: string; readonly path: string; readonly query: string }

/** Integers are bigint and doubles number. A list of Kubernetes that is a set or a map of items says so in `LISTS`. */
export type CelValue = null | boolean | bigint | number | string | Uint8Array | readonly CelValue[] | CelMap | Special
export type CelMap = ReadonlyMap<CelValue, CelValue>

/** What kind of list Kubernetes takes a list for, and the fields that tell items apart (escaped). */
export const LISTS = new WeakMap<
  readonly CelValue[],
  { readonly type: 'set' | 'map'; readonly keys: readonly string[] }
>()

/**
 * Why a rule gives no answer. `certain`: the API server would stop at the same place (a key that is not there, a division by zero),
 * so the object is refused; else it is we who do not know how to go on.
 */
export class CelFailure extends Error {
  readonly certain: boolean
  constructor(message: string, certain: boolean) {
    super(message)
    this.certain = certain
  }
}

/** The rule has used up what it may cost. */
export class OutOfBudget extends Error {}

/** Work that rules may do before it is stopped: every step of an evaluation takes one, long values more. */
export type Budget = { left: number }

export function spend(budget: Budget, amount: number): void {
  budget.left -= amount
  if (budget.left < 0) throw new OutOfBudget('it would take too long')
}

export function isCelList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value)
}

export function isCelMap(value: CelValue): value is CelMap {
  return value instanceof Map
}

/** Whether a value is one that JSON does not know. */
export function isSpecial(value: CelValue): value is Special {
  return typeof value === 'object' && value !== null && 'cel' in value
}

/** A value of one special kind, null when it is another. */
export function special<K extends Special['cel']>(
  value: CelValue | undefined,
  kind: K,
): (Special & { readonly cel: K }) | null {
  return value !== undefined && isSpecial(value) && value.cel === kind ? (value as Special & { readonly cel: K }) : null
}

const SPECIAL_TYPES: Readonly<Record<Special['cel'], string>> = {
  type: 'type',
  uint: 'uint',
  duration: 'google.protobuf.Duration',
  timestamp: 'google.protobuf.Timestamp',
  quantity: 'kubernetes.Quantity',
  ip: 'net.IP',
  cidr: 'net.CIDR',
  url: 'kubernetes.URL',
  format: 'kubernetes.NamedFormat',
  optional: 'optional_type',
}

/** The name of a value's type, as `type()` gives it. */
export function typeName(value: CelValue): string {
  if (value === null) return 'null_type'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'string') return 'string'
  if (value instanceof Uint8Array) return 'bytes'
  if (isCelList(value)) return 'list'
  return isCelMap(value) ? 'map' : SPECIAL_TYPES[value.cel]
}

/** An int, uint or double as something that JavaScript can compare, else null. */
export function numeric(value: CelValue): bigint | number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return value
  return special(value, 'uint')?.value ?? null
}
