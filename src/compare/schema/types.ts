import type { ValueMap } from '../../model.ts'
import { child, equal, text } from '../data.ts'
import { type Change, type Comparer, type Pair, shown } from './change.ts'

/** What a schema takes: an OpenAPI type, `int-or-string`, or `any` when it says nothing; whatever else it says as it stands. */
export function typeOf(schema: ValueMap): string {
  if (child(schema, 'x-kubernetes-int-or-string') === true) return 'int-or-string'
  const type = child(schema, 'type')
  return type === undefined || type === '' ? 'any' : text(type) || shown(type)
}

/** Whether fields that the schema does not name are kept. */
export function preserves(schema: ValueMap): boolean {
  return child(schema, 'x-kubernetes-preserve-unknown-fields') === true
}

/** Types that take every value of the first and more. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  integer: ['number', 'int-or-string'],
  string: ['int-or-string'],
}

function compareType({ old, next, path }: Pair): readonly Change[] {
  const [from, to] = [typeOf(old), typeOf(next)]
  if (from === to) return []
  const detail = `type ${from} -> ${to}`
  if (to === 'any') return [{ kind: 'schema-loosened', path, detail }]
  return [{ kind: WIDER[from]?.includes(to) ? 'field-type-widened' : 'field-type-changed', path, detail }]
}

function compareNullable({ old, next, path }: Pair): readonly Change[] {
  const [from, to] = [child(old, 'nullable') === true, child(next, 'nullable') === true]
  if (from === to) return []
  return [
    from
      ? { kind: 'field-type-changed', path, detail: 'null is no longer allowed' }
      : { kind: 'schema-loosened', path, detail: 'null is allowed' },
  ]
}

function comparePreserve({ old, next, path }: Pair): readonly Change[] {
  if (preserves(old) === preserves(next)) return []
  return [
    preserves(old)
      ? { kind: 'preserve-lost', path, detail: 'fields that the schema does not name are dropped from now on' }
      : { kind: 'schema-loosened', path, detail: 'fields that the schema does not name are kept' },
  ]
}

function compareEmbedded({ old, next, path }: Pair): readonly Change[] {
  const [from, to] = [old, next].map(schema => child(schema, 'x-kubernetes-embedded-resource') === true)
  if (from === to) return []
  return [
    to
      ? { kind: 'validation-tightened', path, detail: 'must be a whole resource, with apiVersion, kind and metadata' }
      : { kind: 'schema-loosened', path, detail: 'need no longer be a whole resource' },
  ]
}

const LIST_KEYWORDS = ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type']

function compareListType({ old, next, path }: Pair): readonly Change[] {
  const differ = LIST_KEYWORDS.filter(keyword => !equal(child(old, keyword), child(next, keyword)))
  if (differ.length === 0) return []
  const said = differ.map(keyword => keyword.replace('x-kubernetes-', '')).join(', ')
  return [{ kind: 'list-type-changed', path, detail: `${said}: server-side apply merges it in another way` }]
}

/** What a field may hold at all. */
export const TYPES: readonly Comparer[] = [
  { keywords: ['type', 'x-kubernetes-int-or-string'], compare: compareType },
  { keywords: ['nullable'], compare: compareNullable },
  { keywords: ['x-kubernetes-preserve-unknown-fields'], compare: comparePreserve },
  { keywords: ['x-kubernetes-embedded-resource'], compare: compareEmbedded },
  { keywords: LIST_KEYWORDS, compare: compareListType },
]
