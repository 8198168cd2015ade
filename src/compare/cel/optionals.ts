import { type CelFunction, type Functions, fail } from './function.ts'
import { type CelValue, isCelList, isCelMap, special } from './values.ts'

const some = (value: CelValue | undefined): CelValue => ({ cel: 'optional', value })

/** Whether a value is the zero of its type. */
function isZero(value: CelValue | undefined): boolean {
  if (value === undefined || value === null) return true
  if (isCelList(value)) return value.length === 0
  if (isCelMap(value)) return value.size === 0
  return value === false || value === 0n || value === 0 || value === '' || special(value, 'duration')?.ns === 0n
}

function ofOptional(
  work: (value: CelValue | undefined, rest: readonly CelValue[]) => CelValue | undefined,
): CelFunction {
  return ([target, ...rest]) => {
    const optional = special(target, 'optional')
    return optional ? work(optional.value, rest) : undefined
  }
}

/** Optional values. */
export const OPTIONALS: Functions = new Map<string, CelFunction>([
  ['optional.none', () => some(undefined)],
  ['optional.of', ([value]) => (value === undefined ? undefined : some(value))],
  ['optional.ofNonZeroValue', ([value]) => some(isZero(value) ? undefined : value)],
  ['.hasValue', ofOptional(value => value !== undefined)],
  ['.value', ofOptional(value => value ?? (value === null ? null : fail('an optional value that is not there')))],
  ['.or', ofOptional((value, [other]) => (value === undefined ? other : some(value)))],
  ['.orValue', ofOptional((value, [other]) => (value === undefined ? other : value))],
])
