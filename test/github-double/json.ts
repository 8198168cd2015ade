/** A JSON object of which only the key names are trusted. */
export type Json = { readonly [key: string]: unknown }

/** Whether a value is a plain JSON object: not null, not an array. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Follows a JSON pointer such as `#/components/schemas/label`; undefined when a step is missing. */
export function at(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (node, step) => (typeof node === 'object' && node !== null ? Reflect.get(node, step) : undefined),
      document,
    )
}

/** One step of a JSON pointer, escaped as RFC 6901 says. */
export function step(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
