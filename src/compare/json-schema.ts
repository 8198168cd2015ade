import type { Path, Value, ValueMap } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { child, equal, isList, text } from './data.ts'

/** Where a value does not fit its schema: `keyword` is the word of the schema that refuses it. */
export type Misfit = { readonly path: Path; readonly keyword: string; readonly says: string }

/** What does not fit, and which words of the schema were left out, in words. Nothing left out and no misfit: it fits. */
export type Fit = { readonly misfits: readonly Misfit[]; readonly unread: readonly string[] }

/** Bounds of one check: schemas come from strangers, and references make any size out of a small text. */
const MOST = { steps: 100_000, depth: 80, misfits: 200, unread: 10 } as const

/** One check: the root that references start at, and what it has found and cost so far. */
type Check = { readonly root: Value; readonly unread: Set<string>; readonly budget: { steps: number } }

/** A part of the value and of the schema, and how deep both are. */
type Spot = { readonly schema: Value | undefined; readonly value: Value; readonly path: Path; readonly depth: number }

/**
 * Holds a value against a JSON schema, as far as drafts 4 to 2020-12 agree on it: types, enums, bounds, objects, lists,
 * combinations, conditions and references within the file. `pattern` and `format` are left out and said (a stranger's
 * pattern can take for ever here), and so are references to other files. Takes bounded time whatever it is given.
 */
export function holdAgainst(schema: Value, value: Value): Fit {
  const check: Check = { root: schema, unread: new Set(), budget: { steps: MOST.steps } }
  const misfits = misfitsOf(check, { schema, value, path: [], depth: 0 }).slice(0, MOST.misfits)
  if (check.budget.steps <= 0) check.unread.add('the schema asks for more steps than are taken')
  return { misfits, unread: [...check.unread].slice(0, MOST.unread) }
}

function misfitsOf(check: Check, spot: Spot): readonly Misfit[] {
  const { schema, path, depth } = spot
  if (check.budget.steps-- <= 0) return []
  if (schema === true || schema === undefined || schema === null) return []
  if (schema === false) return [{ path, keyword: 'false', says: 'is not allowed' }]
  if (!isMap(schema)) return leaveOut(check, 'a part of it is neither a map nor a boolean')
  if (depth > MOST.depth) return leaveOut(check, `it is more than ${MOST.depth} levels deep, or refers to itself`)
  return RULES.flatMap(rule => rule(check, { ...spot, schema, depth: depth + 1 }))
}

function leaveOut(check: Check, what: string): readonly Misfit[] {
  check.unread.add(what)
  return []
}

/** Everything that some words of a schema say about a value. */
type Rule = (check: Check, spot: Spot & { readonly schema: ValueMap }) => readonly Misfit[]

const RULES: readonly Rule[] = [reference, type, choice, bounds, object, list, combination, condition, left]

function reference(check: Check, { schema, ...spot }: Parameters<Rule>[1]): readonly Misfit[] {
  const to = text(child(schema, '$ref'))
  if (to === '') return []
  const target = to === '#' ? check.root : to.startsWith('#/') ? pointed(check.root, to.slice(2)) : undefined
  if (target === undefined) return leaveOut(check, `it refers to ${to.slice(0, 120)}, which is not in the file`)
  return misfitsOf(check, { ...spot, schema: target })
}

/** RFC 6901, as far as it leads through maps and lists. */
function pointed(root: Value, pointer: string): Value | undefined {
  return pointer.split('/').reduce<Value | undefined>((here, part) => {
    const key = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~')
    return isList(here) ? here[Number(key)] : child(here, key)
  }, root)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function typeOf(value: Value): string {
  if (value === null) return 'null'
  return isList(value) ? 'array' : typeof value
}

function type(_: Check, { schema, value, path }: Parameters<Rule>[1]): readonly Misfit[] {
  const asked = child(schema, 'type')
  const types = (isList(asked) ? asked : [asked]).filter(one => typeof one === 'string')
  const own = typeOf(value)
  const fits = types.some(one => one === own || (one === 'integer' && Number.isInteger(value)))
  return types.length === 0 || fits
    ? []
    : [{ path, keyword: 'type', says: `must be ${types.join(' or ')}, and is ${own === 'object' ? 'a map' : own}` }]
}

function choice(_: Check, { schema, value, path }: Parameters<Rule>[1]): readonly Misfit[] {
  const [listed, only] = [child(schema, 'enum'), child(schema, 'const')]
  const allowed = isList(listed) ? listed : only === undefined ? null : [only]
  if (allowed === null || allowed.some(one => equal(one, value))) return []
  const shown = allowed.slice(0, 8).map(one => JSON.stringify(one))
  return [{ path, keyword: 'enum', says: `must be one of ${shown.join(', ').slice(0, 200)}` }]
}

/** A bound of a schema, what it measures, and when the measure passes. */
const BOUNDS: readonly (readonly [word: string, measure: (value: Value) => number | null, isUpper: boolean])[] = [
  ['minimum', value => (typeof value === 'number' ? value : null), false],
  ['maximum', value => (typeof value === 'number' ? value : null), true],
  ['minLength', value => (typeof value === 'string' ? [...value].length : null), false],
  ['maxLength', value => (typeof value === 'string' ? [...value].length : null), true],
  ['minItems', value => (isList(value) ? value.length : null), false],
  ['maxItems', value => (isList(value) ? value.length : null), true],
  ['minProperties', value => (isMap(value) ? Object.keys(value).length : null), false],
  ['maxProperties', value => (isMap(value) ? Object.keys(value).length : null), true],
]

function bounds(_: Check, { schema, value, path }: Parameters<Rule>[1]): readonly Misfit[] {
  return BOUNDS.flatMap(([word, measure, isUpper]): Misfit[] => {
    const [bound, measured] = [child(schema, word), measure(value)]
    if (typeof bound !== 'number' || measured === null) return []
    return (isUpper ? measured <= bound : measured >= bound)
      ? []
      : [{ path, keyword: word, says: `breaks ${word} ${bound}` }]
  })
}

function object(check: Check, { schema, value, path, depth }: Parameters<Rule>[1]): readonly Misfit[] {
  if (!isMap(value)) return []
  const required = child(schema, 'required')
  const absent = (isList(required) ? required : []).filter(
    key => typeof key === 'string' && child(value, key) === undefined,
  )
  const [known, rest] = [child(schema, 'properties'), child(schema, 'additionalProperties')]
  const hasPatterns = isMap(child(schema, 'patternProperties'))
  return [
    ...absent.map(key => ({ path: [...path, String(key)], keyword: 'required', says: 'is asked for' })),
    ...Object.entries(value).flatMap(([key, inner]) => {
      const own = child(known, key)
      const below = { value: inner, path: [...path, key], depth }
      if (own !== undefined) return misfitsOf(check, { ...below, schema: own })
      if (hasPatterns || rest === undefined) return []
      if (rest === false) return [{ path: below.path, keyword: 'additionalProperties', says: 'is not a known key' }]
      return misfitsOf(check, { ...below, schema: rest })
    }),
  ]
}

function list(check: Check, { schema, value, path, depth }: Parameters<Rule>[1]): readonly Misfit[] {
  if (!isList(value)) return []
  const [items, first] = [child(schema, 'items'), child(schema, 'prefixItems')]
  const tuple = isList(first) ? first : isList(items) ? items : []
  const rest = isList(items) ? child(schema, 'additionalItems') : items
  return value.flatMap((item, i) =>
    misfitsOf(check, { schema: i < tuple.length ? tuple[i] : rest, value: item, path: [...path, i], depth }),
  )
}

/** `allOf` fails where its parts do; of `anyOf` and `oneOf` only the whole is told, or the one part that is meant. */
function combination(check: Check, { schema, ...spot }: Parameters<Rule>[1]): readonly Misfit[] {
  const parts = (word: string) => {
    const found = child(schema, word)
    return isList(found) ? found : []
  }
  const [any, one, not] = [parts('anyOf'), parts('oneOf'), child(schema, 'not')]
  const fitting = (all: readonly Value[]) =>
    all.filter(part => misfitsOf(check, { ...spot, schema: part }).length === 0)
  const found = parts('allOf').flatMap(part => misfitsOf(check, { ...spot, schema: part }))
  if (any.length > 0 && fitting(any).length === 0) found.push(...closest(check, any, spot, 'anyOf'))
  if (one.length > 0) {
    const fits = fitting(one).length
    if (fits === 0) found.push(...closest(check, one, spot, 'oneOf'))
    else if (fits > 1)
      found.push({ path: spot.path, keyword: 'oneOf', says: `fits ${fits} forms of which it may fit one` })
  }
  if (not !== undefined && misfitsOf(check, { ...spot, schema: not }).length === 0)
    found.push({ path: spot.path, keyword: 'not', says: 'is what the schema rules out' })
  return found
}

/** What keeps a value from the form that it is nearest to: the only one of its type. */
function closest(check: Check, parts: readonly Value[], spot: Omit<Spot, 'schema'>, keyword: string): Misfit[] {
  const tried = parts.map(part => misfitsOf(check, { ...spot, schema: part }))
  const deep = tried.filter(misfits => misfits.every(({ path }) => path.length > spot.path.length))
  const [only] = deep
  return deep.length === 1 && only
    ? [...only]
    : [{ path: spot.path, keyword, says: 'fits none of the forms it may have' }]
}

function condition(check: Check, { schema, ...spot }: Parameters<Rule>[1]): readonly Misfit[] {
  const asked = child(schema, 'if')
  if (asked === undefined) return []
  const holds = misfitsOf(check, { ...spot, schema: asked }).length === 0
  return misfitsOf(check, { ...spot, schema: child(schema, holds ? 'then' : 'else') })
}

/** Words that are not evaluated; only those that could refuse this value are said. */
const LEFT: Readonly<Record<string, (value: Value) => boolean>> = {
  pattern: value => typeof value === 'string',
  patternProperties: isMap,
  propertyNames: isMap,
  unevaluatedProperties: isMap,
  dependentSchemas: isMap,
  dependencies: isMap,
  $dynamicRef: () => true,
}

function left(check: Check, { schema, value, path }: Parameters<Rule>[1]): readonly Misfit[] {
  for (const [word, concerns] of Object.entries(LEFT))
    if (child(schema, word) !== undefined && concerns(value))
      check.unread.add(`${word} at ${path.join('.') || 'the root'}`)
  return []
}
