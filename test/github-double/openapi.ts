import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, type Operation } from './description.ts'
import { at, isObject, type Json, step } from './json.ts'
import { commonErrors, knownErrors } from './known-errors.ts'
import { unknownFields } from './unknown-fields.ts'

/** One departure from GitHub's description: which operation, where in it, and what is wrong. */
export type Violation = { readonly operation: string; readonly path: string; readonly message: string }

/** What a request carries, as far as the description speaks of it. `params` and `query` are coerced in place. */
export type Asked = {
  readonly params: Record<string, unknown>
  readonly query: Record<string, unknown>
  readonly body: unknown
}

/** What was answered; `type` is the content type without its parameters, null for an empty body. */
export type Answered = { readonly status: number; readonly type: string | null; readonly body: unknown }

const { document } = describe()
const strict = validator(false)
const coercing = validator(true)
const compiled = new Map<string, ValidateFunction>()

/** Holds a request to the description: path and query parameters (coerced to their types), body, unknown fields. */
export function requestViolations(operation: Operation, asked: Asked): Violation[] {
  return [
    ...parameterViolations(operation, 'path', asked.params),
    ...parameterViolations(operation, 'query', asked.query),
    ...bodyViolations(operation, asked.body),
  ]
}

/** Holds an answer to the description: its status, its content type, its body. */
export function answerViolations(operation: Operation, answered: Answered): Violation[] {
  const { status, type, body } = answered
  const found = resolved(`${pointerOf(operation)}/responses/${status}`)
  const content = found && at(document, `${found}/content`)
  const wrong = (message: string) => [
    { operation: operation.id, path: 'answer', message: `status ${status} ${message}` },
  ]
  if (!isObject(content)) {
    if (commonErrors.has(status)) return bodyAgainst(operation, '#/components/schemas/basic-error', body, 'error')
    if (!found) return wrong('is not described')
    return type === null ? [] : wrong('has no body')
  }
  if (type === null || !isObject(content[type])) return wrong(`is not described with the content type ${type}`)
  return bodyAgainst(operation, `${found}/content/${step(type)}/schema`, body, status < 400 ? 'answer' : 'error')
}

function parameterViolations(operation: Operation, place: 'path' | 'query', values: Json): Violation[] {
  const key = `${operation.id} ${place}`
  const validate = compiled.get(key) ?? coercing.compile(parameterSchema(operation, place))
  compiled.set(key, validate)
  return validate(values) ? [] : errorsOf(operation, validate, place)
}

function parameterSchema(operation: Operation, place: string): Json {
  const listed = Array.isArray(operation.node.parameters) ? operation.node.parameters : []
  const parameters = listed.flatMap((_, i) => {
    const pointer = resolved(`${pointerOf(operation)}/parameters/${i}`)
    const node = pointer && at(document, pointer)
    return isObject(node) && node.in === place
      ? [{ name: String(node.name), required: node.required === true, pointer }]
      : []
  })
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, pointer }) => [name, { $ref: `github${pointer}/schema` }])),
    required: parameters.filter(parameter => parameter.required).map(parameter => parameter.name),
    additionalProperties: false,
  }
}

function bodyViolations(operation: Operation, body: unknown): Violation[] {
  const pointer = resolved(`${pointerOf(operation)}/requestBody`)
  const node = pointer && at(document, pointer)
  // A DELETE with an empty object is what some clients send for "no body".
  const empty = body === undefined || (isObject(body) && Object.keys(body).length === 0)
  if (!isObject(node)) return empty ? [] : [{ operation: operation.id, path: 'body', message: 'must be empty' }]
  if (body === undefined && node.required !== true) return []
  return bodyAgainst(operation, `${pointer}/content/application~1json/schema`, body, 'body')
}

function bodyAgainst(operation: Operation, pointer: string, body: unknown, place: string): Violation[] {
  const validate = compiled.get(pointer) ?? strict.compile({ $ref: `github${pointer}` })
  compiled.set(pointer, validate)
  const wrong = validate(body) ? [] : errorsOf(operation, validate, place)
  const unknown = unknownFields(document, { $ref: pointer }, body).map(path => ({
    operation: operation.id,
    path: `${place}${path}`,
    message: 'is a field GitHub does not describe',
  }))
  return [...wrong, ...unknown].filter(violation => !isKnown(violation))
}

function errorsOf(operation: Operation, validate: ValidateFunction, place: string): Violation[] {
  return (validate.errors ?? []).map(({ instancePath, message = 'is not valid', params }) => ({
    operation: operation.id,
    path: `${place}${instancePath}`,
    message: 'additionalProperty' in params ? `${message} (${params.additionalProperty})` : message,
  }))
}

function isKnown({ operation, path, message }: Violation): boolean {
  return knownErrors.some(
    known => known.operation.test(operation) && known.path.test(path) && known.message.test(message),
  )
}

function pointerOf(operation: Operation): string {
  return `#/paths/${step(operation.path)}/${operation.method.toLowerCase()}`
}

/** Where a pointer ends after following one `$ref`; null when nothing is there. */
function resolved(pointer: string): string | null {
  const node = at(document, pointer)
  if (!isObject(node)) return null
  return typeof node.$ref === 'string' ? node.$ref : pointer
}

function validator(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, coerceTypes })
  addFormats.default(ajv)
  return ajv.addSchema(document, 'github')
}
