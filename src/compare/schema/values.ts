import type { Value, ValueMap } from '../../model.ts'
import { sameDuration } from '../../text/go-duration.ts'
import { isMap } from '../../text/is-map.ts'
import { child, equal, isList, text } from '../data.ts'
import { type Change, type Comparer, fromTo, type Pair, shown } from './change.ts'

function compareEnum({ old, next, path }: Pair): readonly Change[] {
  const [from, to] = [child(old, 'enum'), child(next, 'enum')]
  if (equal(from, to)) return []
  if (!isList(to)) return [{ kind: 'schema-loosened', path, detail: fromTo('enum', from, to) }]
  if (!isList(from)) return [{ kind: 'enum-narrowed', path, detail: `only ${shown(to)} from now on` }]
  const lost = from.filter(value => !to.some(other => equal(value, other)))
  const won = to.filter(value => !from.some(other => equal(value, other)))
  if (lost.length > 0)
    return [{ kind: 'enum-narrowed', path, detail: `${lost.map(shown).join(', ')} is no longer allowed` }]
  return won.length > 0 ? [{ kind: 'schema-loosened', path, detail: `${won.map(shown).join(', ')} is allowed` }] : []
}

function compareDefault({ old, next, path }: Pair): readonly Change[] {
  const [from, to] = [child(old, 'default'), child(next, 'default')]
  if (equal(from, to)) return []
  const kind = sameDuration(from, to) ? 'field-default-rewritten' : 'field-default-changed'
  return [{ kind, path, detail: fromTo('default', from, to) }]
}

/** A CEL rule as it counts: its text, and whether it also runs when an object is made. Messages are words. */
function rules(schema: ValueMap): ReadonlyMap<string, string> {
  const list = child(schema, 'x-kubernetes-validations')
  const entries = (isList(list) ? list : []).map(one => {
    const rule = text(child(one, 'rule')).trim()
    return [`${child(one, 'optionalOldSelf') === true}${rule}`, rule] as const
  })
  return new Map(entries)
}

function compareRules({ old, next, path }: Pair): readonly Change[] {
  const [from, to] = [rules(old), rules(next)]
  const won = [...to].filter(([key]) => !from.has(key)).map(([, rule]) => `CEL ${rule}`)
  const lost = [...from].filter(([key]) => !to.has(key)).map(([, rule]) => `no longer: CEL ${rule}`)
  return [
    ...won.map((detail): Change => ({ kind: 'validation-tightened', path, detail })),
    ...lost.map((detail): Change => ({ kind: 'schema-loosened', path, detail })),
  ]
}

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }]

/** The alternatives of a schema; those that only spell out int-or-string are that type's own. */
function alternatives(schema: ValueMap, keyword: string): Value | undefined {
  const value = child(schema, keyword)
  const spelled = child(schema, 'x-kubernetes-int-or-string') === true && keyword === 'anyOf'
  return spelled && equal(value, INT_OR_STRING) ? undefined : value
}

/** Whether every part of the second list stands in the first. */
function within(all: Value | undefined, some: Value | undefined): boolean {
  return isList(all) && isList(some) && some.every(part => all.some(other => equal(part, other)))
}

/** Combinations are one fact: fewer demands (`allOf`) or more ways to meet one (`anyOf`) loosen, all else may refuse more. */
function combination(keyword: string): Comparer {
  const compare = ({ old, next, path }: Pair): readonly Change[] => {
    const [from, to] = [alternatives(old, keyword), alternatives(next, keyword)]
    if (equal(from, to)) return []
    const looser =
      to === undefined || (keyword === 'allOf' && within(from, to)) || (keyword === 'anyOf' && within(to, from))
    return [{ kind: looser ? 'schema-loosened' : 'validation-tightened', path, detail: fromTo(keyword, from, to) }]
  }
  return { keywords: [keyword], compare }
}

/** Names that a schema asks for, those that it fills in itself left out. */
function demanded(schema: ValueMap): readonly string[] {
  const required = child(schema, 'required')
  return (isList(required) ? required : []).flatMap(name => (typeof name === 'string' ? [name] : []))
}

function fieldOf(schema: ValueMap, name: string): Value | undefined {
  return child(child(schema, 'properties'), name)
}

function compareRequired({ old, next, path }: Pair): readonly Change[] {
  const [from, to] = [demanded(old), demanded(next)]
  const filled = (name: string) => child(fieldOf(next, name), 'default') !== undefined
  const gone = (name: string) => isMap(fieldOf(old, name)) && !isMap(fieldOf(next, name))
  return [
    ...to
      .filter(name => !from.includes(name) && !filled(name))
      .map(
        (name): Change => ({
          kind: 'field-required-added',
          path: `${path}.${name}`,
          detail: 'must be given from now on',
        }),
      ),
    ...from
      .filter(name => !to.includes(name) && !gone(name))
      .map(
        (name): Change => ({ kind: 'required-removed', path: `${path}.${name}`, detail: 'need not be given any more' }),
      ),
  ]
}

/** Which values a field may have, and what it is when nobody says. */
export const VALUES: readonly Comparer[] = [
  { keywords: ['required'], compare: compareRequired },
  { keywords: ['enum'], compare: compareEnum },
  { keywords: ['default'], compare: compareDefault },
  { keywords: ['x-kubernetes-validations'], compare: compareRules },
  ...['allOf', 'anyOf', 'oneOf', 'not'].map(combination),
]
