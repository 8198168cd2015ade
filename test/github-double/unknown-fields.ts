import { at, isObject, type Json } from './json.ts'

/**
 * Paths of the fields a value has and its schema does not name. GitHub ignores such fields silently, so a
 * misspelt one would look like success; the description leaves `additionalProperties` open nearly everywhere.
 */
export function unknownFields(document: Json, schema: unknown, value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    const items = shapes(document, schema).flatMap(shape => (shape.items ? [shape.items] : []))
    return items.length === 0
      ? []
      : value.flatMap((item, i) => unknownFields(document, { anyOf: items }, item, `${path}/${i}`))
  }
  if (!isObject(value)) return []
  const known = propertiesOf(document, schema)
  if (known === null) return []
  return Object.entries(value).flatMap(([key, field]) => {
    const schemas = known.get(key)
    return schemas ? unknownFields(document, { anyOf: schemas }, field, `${path}/${key}`) : [`${path}/${key}`]
  })
}

/** The named properties over all variants of a schema; null when a variant takes any key, so that none is unknown. */
function propertiesOf(document: Json, schema: unknown): Map<string, unknown[]> | null {
  const known = new Map<string, unknown[]>()
  for (const shape of shapes(document, schema)) {
    if (isObject(shape.additionalProperties)) return null
    for (const [key, value] of Object.entries(isObject(shape.properties) ? shape.properties : {}))
      known.set(key, [...(known.get(key) ?? []), value])
  }
  return known.size === 0 ? null : known
}

function shapes(document: Json, schema: unknown): Json[] {
  if (!isObject(schema)) return []
  if (typeof schema.$ref === 'string') return shapes(document, at(document, schema.$ref))
  const variants = [schema.oneOf, schema.anyOf, schema.allOf].filter(Array.isArray).flat()
  return [schema, ...variants.flatMap(variant => shapes(document, variant))]
}
