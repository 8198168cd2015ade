import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { isObject, type Json } from './json.ts'

let loaded: { readonly ajv: Ajv; readonly definitions: Json } | null = null

/** Throws unless a payload is one GitHub could send for the event, by `@octokit/webhooks-schemas`. */
export function checkPayload(event: string, payload: Json): void {
  loaded ??= load()
  const { ajv, definitions } = loaded
  const name = [`${event}$${payload.action}`, `${event}$event`, `${event}_event`].find(one =>
    isObject(definitions[one]),
  )
  if (name === undefined)
    throw new Error(`delivering ${event}: GitHub has no event ${event} with action ${payload.action}`)
  const validate = ajv.compile({ $ref: `webhooks#/definitions/${name}` })
  if (validate(payload)) return
  const wrong = (validate.errors ?? []).map(
    error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  )
  throw new Error(`delivering ${event}: the payload is not one of GitHub's:\n${wrong.join('\n')}`)
}

function load() {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-schemas/schema.json')
  const schema = JSON.parse(readFileSync(file, 'utf8'))
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false })
  addFormats.default(ajv)
  ajv.addSchema(schema, 'webhooks')
  return { ajv, definitions: schema.definitions as Json }
}
