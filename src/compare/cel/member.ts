import { lookUp } from './equal.ts'
import { CelFailure, type CelValue, isCelList, isCelMap, numeric, special, typeName } from './values.ts'

/** What stands under a field or an index; undefined when nothing does. */
export function member(value: CelValue, key: CelValue): CelValue | undefined {
  const optional = special(value, 'optional')
  if (optional) return optional.value === undefined ? undefined : member(optional.value, key)
  if (isCelMap(value)) return lookUp(value, key)
  const index = numeric(key)
  if (isCelList(value) && index !== null) return value[Number(index)]
  throw new CelFailure(`a ${typeName(value)} has no ${typeof key === 'string' ? key : 'index'}`, false)
}

function demanded(value: CelValue | undefined, key: CelValue): CelValue {
  if (value !== undefined) return value
  throw new CelFailure(typeof key === 'string' ? `no such key: ${key}` : `no such index: ${String(numeric(key))}`, true)
}

/** A member as it is asked for: an optional one is an optional value, and what comes out of an optional stays one. */
export function reach(value: CelValue, key: CelValue, asOptional: boolean): CelValue {
  const found = member(value, key)
  return asOptional || special(value, 'optional') ? { cel: 'optional', value: found } : demanded(found, key)
}
