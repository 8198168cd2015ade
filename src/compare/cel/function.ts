import { type Budget, CelFailure, type CelValue } from './values.ts'

/** A function of CEL over its arguments (a method's target is the first); undefined when it is not for such values. */
export type CelFunction = (args: readonly CelValue[], budget: Budget) => CelValue | undefined

/** Functions by name; a method's begins with a dot. */
export type Functions = ReadonlyMap<string, CelFunction>

/** A function of one string. */
export function ofString(work: (text: string, budget: Budget) => CelValue | undefined): CelFunction {
  return ([text], budget) => (typeof text === 'string' ? work(text, budget) : undefined)
}

/** A function of two strings. */
export function ofStrings(work: (a: string, b: string, budget: Budget) => CelValue | undefined): CelFunction {
  return ([a, b], budget) => (typeof a === 'string' && typeof b === 'string' ? work(a, b, budget) : undefined)
}

/** Stops a rule where the API server would stop as well. */
export function fail(message: string): never {
  throw new CelFailure(message, true)
}
