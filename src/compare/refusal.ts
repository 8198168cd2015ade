import type { Value } from '../model.ts'
import { at, child, isMap, text } from './data.ts'

/** A chain of references longer than this is a circle. */
const MOST_REFERENCES = 20

/**
 * The shortest part of a key path that a `values.schema.json` refuses as unknown, null when it refuses none. Only what
 * is certain: `additionalProperties: false` and local references; combined schemas are left to helm's own validation.
 */
export function refusedBy(schema: Value, path: readonly string[]): readonly string[] | null {
  let node: Value | undefined = schema
  for (const [depth, key] of path.entries()) {
    node = resolve(schema, node)
    if (
      !isMap(node) ||
      ['allOf', 'anyOf', 'oneOf', 'patternProperties', '$ref'].some(word => child(node, word) !== undefined)
    )
      return null
    const known = child(node.properties, key)
    if (known === undefined && node.additionalProperties === false) return path.slice(0, depth + 1)
    node = known ?? node.additionalProperties
  }
  return null
}

function resolve(schema: Value, node: Value | undefined): Value | undefined {
  let here = node
  for (let n = 0; n < MOST_REFERENCES; n++) {
    const reference = text(child(here, '$ref'))
    if (!reference.startsWith('#/')) return here
    const keys = reference
      .slice(2)
      .split('/')
      .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    here = at(schema, keys)
  }
  return undefined
}
