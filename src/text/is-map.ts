import type { Value, ValueMap } from '../model.ts'

/** Whether a value is a map; `Array.isArray` alone does not narrow readonly lists. */
export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
