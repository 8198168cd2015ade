import { evaluate, type Scope } from './evaluate.ts'
import { unknownName } from './names.ts'
import { type Expr, parseRule } from './parse.ts'
import { type Budget, CelFailure, type CelValue, OutOfBudget } from './values.ts'

export { toCel } from './convert.ts'
export type { CelValue } from './values.ts'

/** A rule that was read and whose names are all known, or why it cannot be evaluated. */
export type Plan = { readonly ok: true; readonly expr: Expr } | { readonly ok: false; readonly reason: string }

/** What a rule says of a value. `unknown`: it could not be found out, which is never taken for passed. */
export type Answer =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly reason: string | null }
  | { readonly kind: 'unknown'; readonly reason: string }

const MOST_KEPT = 2000
const kept = new Map<string, Plan>()

const NAMES: ReadonlySet<string> = new Set(['self', 'oldSelf'])

/** Reads a rule, once. */
export function planRule(rule: string): Plan {
  const known = kept.get(rule)
  if (known) return known
  if (kept.size >= MOST_KEPT) kept.clear()
  const plan = read(rule)
  kept.set(rule, plan)
  return plan
}

function read(rule: string): Plan {
  try {
    const expr = parseRule(rule)
    const unknown = unknownName(expr, NAMES)
    return unknown === null ? { ok: true, expr } : { ok: false, reason: `${unknown} is not known` }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'it cannot be read' }
  }
}

/** Whether a rule looks at the object as it was before: such a rule only runs when an object is changed. */
export function isTransition(rule: string): boolean {
  return /\boldSelf\b/.test(rule)
}

/**
 * Evaluates a rule on a value (made by `toCel`), as for an object that is made new: `oldSelf` is an optional value without content.
 * Never throws; `budget` is used up by the work.
 */
export function runRule({ expr }: Plan & { readonly ok: true }, self: CelValue, budget: Budget): Answer {
  try {
    const old: Scope = { name: 'oldSelf', value: { cel: 'optional', value: undefined }, grows: false, outer: null }
    const scope: Scope = { name: 'self', value: self, grows: false, outer: old }
    const result = evaluate(expr, scope, { budget, depth: 0 })
    if (typeof result === 'boolean') return result ? { kind: 'passed' } : { kind: 'refused', reason: null }
    return { kind: 'unknown', reason: 'it is neither true nor false' }
  } catch (error) {
    if (error instanceof CelFailure && error.certain) return { kind: 'refused', reason: error.message }
    if (error instanceof CelFailure || error instanceof OutOfBudget) return { kind: 'unknown', reason: error.message }
    if (error instanceof RangeError) return { kind: 'unknown', reason: 'it needs too much room' }
    throw error
  }
}
