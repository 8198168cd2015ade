import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isObject, type Json } from './json.ts'

/** One operation of the description: where it is, and what it is called. */
export type Operation = { readonly id: string; readonly method: string; readonly path: string; readonly node: Json }

/** GitHub's own description of its REST API, fixed up so that ajv can read it. */
export type Description = { readonly document: Json; readonly operations: readonly Operation[] }

const METHODS = ['get', 'post', 'put', 'patch', 'delete']
const NOT_SCHEMAS = new Set(['example', 'examples', 'default', 'enum', 'description'])

let loaded: Description | null = null

/** Loads the official description (`@octokit/openapi`, 13 MB) once per process. */
export function describe(): Description {
  loaded ??= read()
  return loaded
}

function read(): Description {
  const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json')
  const { paths, components } = JSON.parse(readFileSync(file, 'utf8'))
  const { schemas, parameters, responses } = components
  const document: Json = { paths: fixUp(paths), components: fixUp({ schemas, parameters, responses }) }
  return { document, operations: operationsOf(document) }
}

/** OpenAPI 3.0 says `nullable`; JSON Schema has no such word, and ajv takes it only beside `type`. */
function fixUp(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(fixUp)
  if (!isObject(node)) return node
  const fixed: Json = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, NOT_SCHEMAS.has(key) && !isObject(value) ? value : fixUp(value)]),
  )
  if (fixed.nullable !== true) return fixed
  const { nullable: _, ...rest } = fixed
  return { anyOf: [rest, { type: 'null' }] }
}

function operationsOf(document: Json): Operation[] {
  return Object.entries(document.paths as Record<string, Json>).flatMap(([path, methods]) =>
    METHODS.flatMap(method => {
      const node = methods[method]
      return isObject(node) ? [{ id: String(node.operationId), method: method.toUpperCase(), path, node }] : []
    }),
  )
}
