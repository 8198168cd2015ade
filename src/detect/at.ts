import type { Path, Value, ValueMap } from '../model.ts'

/** The value at a path, undefined when nothing is there. Own keys only. */
export function at(value: Value | undefined, path: Path): Value | undefined {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = (here as ValueMap)[step]
  }
  return here
}

/** A text that is not empty, else null. */
export function textAt(value: Value | undefined, path: Path): string | null {
  const found = at(value, path)
  return typeof found === 'string' && found !== '' ? found : null
}

/** A scalar as text: people write versions and names that YAML takes for numbers. */
export function scalarAt(value: Value | undefined, path: Path): string | null {
  const found = at(value, path)
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : textAt(value, path)
}

/** The items of a list, none when there is no list. */
export function listAt(value: Value | undefined, path: Path): readonly Value[] {
  const found = at(value, path)
  return Array.isArray(found) ? (found as readonly Value[]) : []
}
