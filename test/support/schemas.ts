import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** What a document of `windlass <command> --json` does wrong by its published schema, a line each; empty when nothing. */
export function schemaErrors(command: 'scan' | 'plan' | 'compare' | 'review', document: unknown): readonly string[] {
  const schema = JSON.parse(readFileSync(new URL(`../../schemas/${command}.schema.json`, import.meta.url), 'utf8'))
  const check = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true }).compile(
    schema,
  )
  if (check(document)) return []
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}
