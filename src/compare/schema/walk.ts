import type { Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { child, equal } from '../data.ts'
import { BOUNDS } from './bounds.ts'
import type { Change, Comparer, Pair } from './change.ts'
import { preserves, TYPES, typeOf } from './types.ts'
import { VALUES } from './values.ts'

const COMPARERS: readonly Comparer[] = [...TYPES, ...VALUES, ...BOUNDS]
const PLACES = new Map(COMPARERS.flatMap(({ keywords }, place) => keywords.map(keyword => [keyword, place])))
const CHILDREN = ['properties', 'items', 'additionalProperties']
const CLAIMED = new Set([...PLACES.keys(), ...CHILDREN])

/** Deeper than any schema that people write; what is below is compared as a whole. */
const DEEPEST = 100

/**
 * What differs between the schemas of one version, field by field; `path` is the version. A field that is new is no difference,
 * and one that goes away with its parent is told with its parent. Keywords that nobody claims are `schema-changed`, last.
 */
export function compareSchemas(old: Value, next: Value, path: string): readonly Change[] {
  if (isMap(old) && isMap(next)) return walk({ old, next, path }, 0)
  if (equal(old, next)) return []
  const detail = isMap(next) ? 'there is a schema from now on' : 'there is no schema any more'
  return [{ kind: isMap(next) ? 'validation-tightened' : 'schema-loosened', path, detail }]
}

function walk(pair: Pair, depth: number): readonly Change[] {
  const { old, next, path } = pair
  if (depth > DEEPEST)
    return equal(old, next)
      ? []
      : [{ kind: 'schema-changed', path, detail: 'nested too deep to be compared field by field' }]
  const own = concerned(pair).flatMap(({ compare }) => compare(pair))
  return [...joined(own), ...children(pair, depth + 1), ...leftover(pair)]
}

/** The comparers of the keywords that stand on one side at least, in their order. */
function concerned({ old, next }: Pair): readonly Comparer[] {
  const keywords = [...Object.keys(old), ...Object.keys(next)]
  const places = new Set(keywords.flatMap(keyword => PLACES.get(keyword) ?? []))
  return [...places].sort((a, b) => a - b).flatMap(place => COMPARERS[place] ?? [])
}

/** All that lets more through at a field is one fact. */
function joined(changes: readonly Change[]): readonly Change[] {
  const loose = changes.filter(({ kind }) => kind === 'schema-loosened')
  const [first] = loose
  if (!first || loose.length === 1) return changes
  const detail = loose.map(change => change.detail).join('; ')
  return [...changes.filter(({ kind }) => kind !== 'schema-loosened'), { ...first, detail }]
}

/** A type that becomes another takes its children with it, unless what it becomes still keeps them. */
function children(pair: Pair, depth: number): readonly Change[] {
  const { old, next } = pair
  if (typeOf(old) !== typeOf(next) && !preserves(next)) return []
  return [...properties(pair, depth), ...items(pair, depth), ...mapValues(pair, depth)]
}

function removed(path: string, parent: ValueMap): Change {
  const kept = preserves(parent) || values(parent) !== null
  return kept
    ? { kind: 'field-removed-but-preserved', path, detail: 'no longer in the schema, and still kept as it is' }
    : {
        kind: 'field-removed',
        path,
        detail: 'no longer in the schema: dropped, or refused where fields are checked strictly',
      }
}

function properties({ old, next, path }: Pair, depth: number): readonly Change[] {
  const [from, to] = [child(old, 'properties'), child(next, 'properties')]
  if (!isMap(from)) return []
  return Object.entries(from).flatMap(([name, field]) => {
    const other = child(to, name)
    if (!isMap(other)) return [removed(`${path}.${name}`, next)]
    return isMap(field) ? walk({ old: field, next: other, path: `${path}.${name}` }, depth) : []
  })
}

function items({ old, next, path }: Pair, depth: number): readonly Change[] {
  const [from, to] = [child(old, 'items'), child(next, 'items')]
  if (isMap(from) && isMap(to)) return walk({ old: from, next: to, path: `${path}[]` }, depth)
  if (isMap(from)) return [removed(`${path}[]`, next)]
  return isMap(to) && typeOf(old) === 'array'
    ? [{ kind: 'validation-tightened', path: `${path}[]`, detail: 'items have a schema from now on' }]
    : []
}

/** The schema of the values of a map whose keys are free; null when keys are not free. */
function values(schema: ValueMap): ValueMap | null {
  const value = child(schema, 'additionalProperties')
  if (value === true) return {}
  return isMap(value) ? value : null
}

function mapValues({ old, next, path }: Pair, depth: number): readonly Change[] {
  const [from, to] = [values(old), values(next)]
  if (from && to) return walk({ old: from, next: to, path: `${path}{}` }, depth)
  if (!from || preserves(next)) return []
  return [{ kind: 'preserve-lost', path, detail: 'keys of any name are no longer kept' }]
}

function leftover({ old, next, path }: Pair): readonly Change[] {
  const keywords = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(keyword => !CLAIMED.has(keyword))
  const differ = keywords.filter(keyword => !equal(child(old, keyword), child(next, keyword)))
  return differ.length === 0 ? [] : [{ kind: 'schema-changed', path, detail: `${differ.join(', ')} changes` }]
}
