import { stringify } from 'yaml'
import * as z from 'zod'
import type { Path, Value } from '../model.ts'
import { code } from '../text/markdown.ts'
import { suggest } from '../text/suggest.ts'
import type { PolicyDocument, PolicyProblem } from './document.ts'
import { policySchema } from './schema.ts'

/** The part of JSON Schema that the policy's schema uses. */
type Schema = {
  readonly type?: string
  readonly description?: string
  readonly examples?: readonly Value[]
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** The policy file's JSON Schema, for editors and for the sentences here. */
export function policyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(policySchema, { io: 'input' })
}

const ROOT = policyJsonSchema() as Schema

/** Every issue of the schema check as a sentence at its place: what is wrong, and what to write. */
export function explain(file: string, document: PolicyDocument, issues: readonly z.core.$ZodIssue[]): PolicyProblem[] {
  return issues
    .flatMap(issue => sentences(flat(issue, valueAt(document.value, pathOf(issue))), document.value))
    .map(({ path, reason }) => ({ file, ...document.at(path), reason }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

type Sentence = { readonly path: Path; readonly reason: string }

function sentences(issue: z.core.$ZodIssue, root: Value): Sentence[] {
  const path = pathOf(issue)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ path: [...path, key], reason: unknownKey(path, key) }))
  const value = valueAt(root, path)
  const name = code(nameOf(path))
  if (value === undefined) return [{ path, reason: `${name} is missing. ${example(path)}`.trim() }]
  if (issue.code === 'custom') return [{ path, reason: `${name} must be ${issue.message}.` }]
  const meant = typeof value === 'string' ? suggest(value, schemaAt(path)?.enum ?? []) : null
  const help = meant === null ? example(path) : `Did you mean ${code(meant)}?`
  return [{ path, reason: `${name} must be ${expected(issue)}${shown(path, value)}. ${help}`.trim() }]
}

/** Not the value of a union of one and many, but of the branch that was meant. */
function flat(issue: z.core.$ZodIssue, value: Value | undefined): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const branch = issue.errors[Array.isArray(value) ? 1 : 0]?.[0]
  return branch ? { ...branch, path: [...issue.path, ...branch.path] } : issue
}

const CREDENTIAL = /key|token|secret|password|credential|auth|url|endpoint|host/i

function unknownKey(path: Path, key: string): string {
  const start = `unknown key ${code(key)}.`
  if (path[0] === 'llm' && CREDENTIAL.test(key))
    return `${start} Keys and addresses of language models come from the server's environment (\`OPENAI_API_KEY\`, \`OPENAI_BASE_URL\`), never from a repository. Remove it; if it was a real key, revoke it, because Git keeps it.`
  const known = Object.keys(schemaAt(path)?.properties ?? {})
  const meant = suggest(key, known)
  return meant === null
    ? `${start} Known here: ${known.map(key => code(key)).join(', ')}.`
    : `${start} Did you mean ${code(meant)}?`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: '`true` or `false`',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a map of keys and values',
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.startsWith('Invalid input') ? (TYPES[issue.expected] ?? issue.expected) : issue.message
    case 'invalid_value':
      return `one of ${issue.values.map(value => code(String(value))).join(', ')}`
    case 'too_small':
      return isNumber(issue.origin) ? `${issue.minimum} or more` : 'longer: it is empty'
    case 'too_big':
      return isNumber(issue.origin) ? `${issue.maximum} or less` : `no longer than ${issue.maximum}`
    default:
      return issue.message
  }
}

function isNumber(origin: string): boolean {
  return origin === 'number' || origin === 'int'
}

/** What stands there, unless it is long or may be a secret. */
function shown(path: Path, value: Value): string {
  if (value === null) return ', but nothing stands there'
  if (path[0] === 'llm' || typeof value === 'object') return ''
  return String(value).length > 40 ? '' : `, not ${code(String(value))}`
}

function example(path: Path): string {
  const first = schemaAt(path)?.examples?.[0]
  if (first === undefined || typeof path.at(-1) !== 'string') return ''
  const written = stringify({ [String(path.at(-1))]: first }, { collectionStyle: 'flow', lineWidth: 0 }).trim()
  return `Write for example ${code(written.slice(1, -1).trim())}.`
}

function schemaAt(path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((schema, step) => {
    if (schema === undefined) return undefined
    if (typeof step === 'string')
      return Object.hasOwn(schema.properties ?? {}, step) ? schema.properties?.[step] : undefined
    return schema.items ?? schema.anyOf?.find(branch => branch.items)?.items
  }, ROOT)
}

function valueAt(root: Value, path: Path): Value | undefined {
  return path.reduce<Value | undefined>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Readonly<Record<string | number, Value>>)[step]
        : undefined,
    root,
  )
}

function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.map(step => (typeof step === 'symbol' ? String(step) : step))
}

function nameOf(path: Path): string {
  return (
    path
      .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('')
      .replace(/^\./, '') || 'the policy'
  )
}
