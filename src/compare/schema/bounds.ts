import type { Value, ValueMap } from '../../model.ts'
import { child, equal } from '../data.ts'
import { type Change, type Comparer, fromTo, type Pair } from './change.ts'

/** Whether the new value of a keyword lets less through than the old one; undefined is a keyword that is not there. */
type Tighter = (from: Value | undefined, to: Value | undefined) => boolean

const number = (value: Value | undefined): number | null => (typeof value === 'number' ? value : null)
const raised: Tighter = (from, to) =>
  number(to) !== null && (number(to) ?? 0) > (number(from) ?? Number.NEGATIVE_INFINITY)
const lowered: Tighter = (from, to) =>
  number(to) !== null && (number(to) ?? 0) < (number(from) ?? Number.POSITIVE_INFINITY)
const gained: Tighter = (_, to) => to !== undefined
const switchedOn: Tighter = (from, to) => to === true && from !== true

/** A longest, smallest… of nothing is no bound. */
const atLeast: Tighter = (from, to) => raised(from ?? 0, to)

const FORMATS_THAT_WIDEN: readonly (readonly [string, string])[] = [
  ['int32', 'int64'],
  ['float', 'double'],
]
const newFormat: Tighter = (from, to) =>
  to !== undefined && !FORMATS_THAT_WIDEN.some(([small, large]) => from === small && to === large)

const KEYWORDS: Readonly<Record<string, Tighter>> = {
  pattern: gained,
  format: newFormat,
  minimum: raised,
  maximum: lowered,
  exclusiveMinimum: switchedOn,
  exclusiveMaximum: switchedOn,
  multipleOf: gained,
  minLength: atLeast,
  maxLength: lowered,
  minItems: atLeast,
  maxItems: lowered,
  uniqueItems: switchedOn,
  minProperties: atLeast,
  maxProperties: lowered,
}

/** What a keyword says when it is not written. */
const SAME_AS_NONE: Readonly<Record<string, Value>> = {
  exclusiveMinimum: false,
  exclusiveMaximum: false,
  uniqueItems: false,
  minLength: 0,
  minItems: 0,
  minProperties: 0,
}

function written(schema: ValueMap, keyword: string): Value | undefined {
  const value = child(schema, keyword)
  return value === SAME_AS_NONE[keyword] ? undefined : value
}

function bound(keyword: string, tighter: Tighter): Comparer {
  const compare = ({ old, next, path }: Pair): readonly Change[] => {
    const [from, to] = [written(old, keyword), written(next, keyword)]
    if (equal(from, to)) return []
    return [
      { kind: tighter(from, to) ? 'validation-tightened' : 'schema-loosened', path, detail: fromTo(keyword, from, to) },
    ]
  }
  return { keywords: [keyword], compare }
}

/** Bounds of single values, a fact for each. */
export const BOUNDS: readonly Comparer[] = Object.entries(KEYWORDS).map(([keyword, tighter]) => bound(keyword, tighter))
