import type { Path, ValueMap } from '../model.ts'
import { readPath, valueAt } from '../text/path-steps.ts'
import { suggest } from '../text/suggest.ts'
import type { Attempt } from './attempts.ts'
import type { Served, Verdict } from './drafts.ts'
import { type Change, changed } from './object-change.ts'

function keysAt(body: ValueMap, path: Path): readonly string[] {
  const value = valueAt(body, path)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
}

/** Where a field went that the new CRD does not know: the one field beside it that is new, not set, and alike in name or missing. */
function renameOf(
  path: Path,
  { body }: Attempt,
  from: ValueMap,
  missing: ReadonlySet<string>,
  served: Served,
): Path | null {
  const [parent, name] = [path.slice(0, -1), path.at(-1)]
  if (typeof name !== 'string') return null
  const known = new Set([...served.fields('before', from, parent), ...keysAt(body, parent)])
  const fresh = served.fields('after', body, parent).filter(field => !known.has(field))
  const required = fresh.filter(field => missing.has(JSON.stringify([...parent, field])))
  const near = suggest(name, fresh)
  const found = near ?? (required.length === 1 ? required[0] : undefined)
  return found === undefined ? null : [...parent, found]
}

/**
 * The attempt with the fields that the new CRD does not know under the names that stand for them there: in the same place, by evidence
 * of both schemas. Null when one of them has no successor; whether the types fit is for the CRD to say.
 */
export function withRenamedFields(attempt: Attempt, from: ValueMap, { why }: Verdict, served: Served): Attempt | null {
  const places = (kind: string) =>
    why.filter(each => each.kind === kind).map(({ path }) => readPath(path).map(step => step ?? 0))
  const missing = new Set(places('required').map(path => JSON.stringify(path)))
  const unknown = places('unknown-field')
  const moves = unknown.flatMap((path): Change[] => {
    const to = renameOf(path, attempt, from, missing, served)
    return to ? [{ kind: 'move', path, to }] : []
  })
  const body = moves.length === 0 || moves.length < unknown.length ? null : changed(attempt.body, moves)
  if (!body) return null
  const names = moves.map(
    move => `\`${move.path.join('.')}\` is \`${move.kind === 'move' ? move.to.join('.') : ''}\` there`,
  )
  const says = [...(attempt.why === '' ? [] : [attempt.why]), ...names].join('; ')
  return { ...attempt, body, changes: [...attempt.changes, ...moves], why: says }
}
