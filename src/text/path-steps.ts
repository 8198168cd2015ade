import type { Path, Value } from '../model.ts'
import { isMap } from './is-map.ts'

/** A step of a written path; `null` stands for every item of a list (`[]`). */
type Written = readonly (string | number | null)[]

/** Reads `a.b[0].c[]` into its steps. */
export function readPath(text: string): Written {
  return [...text.matchAll(/[^.[\]]+|\[(\d*)\]/g)].map(([all, index]) =>
    index === undefined ? all : index === '' ? null : Number(index),
  )
}

function child(value: Value | undefined, step: string | number): Value | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined
  return isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

/** What stands at a path, undefined when nothing does. */
export function valueAt(root: Value | undefined, path: Path): Value | undefined {
  return path.reduce(child, root)
}

/** Every place that a written path means in a value: one, or one for each item of the lists on its way. Missing places are left out. */
export function placesOf(root: Value, written: Written): Path[] {
  return written.reduce<Path[]>(
    (paths, step) =>
      paths.flatMap(path => {
        const here = valueAt(root, path)
        const steps = step === null ? (Array.isArray(here) ? [...here.keys()] : []) : [step]
        return steps.filter(each => child(here, each) !== undefined).map(each => [...path, each])
      }),
    [[]],
  )
}

/** A written path with its `[]` filled in from a place that was found, in order. */
export function filledIn(written: Written, place: Path): Path {
  const indexes = place.filter(step => typeof step === 'number')
  let next = 0
  return written.map(step => (step === null ? (indexes[next++] ?? 0) : step))
}
