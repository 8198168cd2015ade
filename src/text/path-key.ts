import type { Path } from '../model.ts'

/** A key path as one string, unambiguous for keys that contain dots: the JSON text of the path. */
export function pathKey(path: Path): string {
  return JSON.stringify(path)
}
