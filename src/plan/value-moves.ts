import type { Tool } from '../knowledge/index.ts'
import type { FactOf, Install, Migration, Path, Value, ValueMap, ValuesLayer } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { isMap } from '../text/is-map.ts'
import { lineIndex } from '../text/lines.ts'
import { locate } from '../text/located.ts'
import { readYaml } from '../text/yaml.ts'
import { embeddedIn, rewriteEmbedded } from './embedded.ts'
import { type Change, changed } from './object-change.ts'
import { type Rewritten, rewriteDocument } from './rewrite-document.ts'

/** A value of the user that has a new name: where it stands, and the key that takes its place. */
export type ValueMove = {
  readonly file: string
  readonly line: number
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly why: string
  /** Where the rule stands; null when the chart itself is the evidence. */
  readonly source: string | null
  /** What speaks against it; empty when the new chart was rendered with it and takes it. */
  readonly problems: readonly string[]
}

/** Every path in a document that ends with a key path. Maps are walked to a depth that values files never have. */
function endingWith(value: Value, key: readonly string[], path: Path = []): Path[] {
  if (path.length > 40) return []
  const here: Path[] =
    path.length >= key.length && key.every((step, i) => path[path.length - key.length + i] === step) ? [path] : []
  const entries: (readonly [string | number, Value])[] = Array.isArray(value)
    ? [...value.entries()]
    : isMap(value)
      ? Object.entries(value)
      : []
  return [...here, ...entries.flatMap(([step, child]) => endingWith(child, key, [...path, step]))]
}

/** The document and path of a key: the one on its line, else the only one of the file; null when it stands nowhere as a plain key (text within text). */
function findKey(text: string, { line, from }: ValueMove): { readonly document: number; readonly path: Path } | null {
  const lineAt = lineIndex(text)
  const found = splitDocuments(text).flatMap((chunk, document) => {
    const read = readYaml(chunk.text)
    const located = locate(chunk, lineAt)
    const paths = read.ok ? endingWith(read.value, from) : []
    return paths.map(path => ({ document, path, line: located.line(path) }))
  })
  return found.find(each => each.line === line) ?? (found.length === 1 ? (found[0] ?? null) : null)
}

type Found = NonNullable<ReturnType<typeof findKey>>

function changeTo(path: Path, { from, to }: ValueMove): readonly Change[] {
  return [{ kind: 'move', path, to: [...path.slice(0, path.length - from.length), ...to] }]
}

function movedIn(text: string, { document, path }: Found, move: ValueMove): Rewritten | null {
  return rewriteDocument(text, document, { prefix: [], changes: changeTo(path, move), created: [] })
}

/** The same in a text within the file (`values: |`): the one that has the key on its line, or the only one that has it. */
function movedWithin(text: string, move: ValueMove): Rewritten | null {
  const found = embeddedIn(text).flatMap(inside => {
    const place = findKey(inside.text, { ...move, line: move.line - inside.line + 1 })
    return place ? [{ inside, place }] : []
  })
  const [only] = found
  return only && found.length === 1 ? rewriteEmbedded(text, only.inside, changeTo(only.place.path, move)) : null
}

/** The move in the text of its file as that stands now; where the key is was read in the `original`. What cannot be moved in place is said. */
export function moveValue(
  text: string,
  original: string,
  move: ValueMove,
): { readonly file: string | null; readonly migration: Migration } {
  const { file, line, from, to, why, source, problems } = move
  const place = findKey(original, move)
  const done = place ? movedIn(text, place, move) : movedWithin(text, move)
  const mechanical = done !== null && problems.length === 0
  const example = to.reduceRight((inner, key, i) => `${'  '.repeat(i)}${key}:${inner === '' ? ' …' : `\n${inner}`}`, '')
  return {
    file: mechanical ? done.file : null,
    migration: {
      file,
      document: place?.document ?? 0,
      line,
      what: from.join('.'),
      mechanical,
      why,
      source,
      todo: [...problems, ...(done === null ? [`write \`${to.join('.')}\` instead of \`${from.join('.')}\``] : [])],
      notes: [],
      servedBefore: null,
      before: done?.before ?? '',
      after: done?.after ?? example,
    },
  }
}

type ValueFact = FactOf<'value'>

/** What maintainers say of a key or of a map that it stands in; `to` is null where they say that it has no successor. */
function named(
  { key }: ValueFact,
  renames: Tool['values'],
): { readonly to: string | null; readonly source: string } | null {
  const found = renames.find(({ from }) => key === from || key.startsWith(`${from}.`))
  return found ? { to: found.to && found.to + key.slice(found.from.length), source: found.source } : null
}

/**
 * The moves for keys that the comparison of values found to be gone, or to be on their way out: to where the maintainers say,
 * else to what the comparison proved to be the new name.
 */
export function movesOf(facts: readonly ValueFact[], renames: Tool['values']): readonly ValueMove[] {
  return facts.flatMap(fact => {
    const { status, key, to, file, line, detail } = fact
    const says = status === 'default-changed' || status === 'type-changed' ? null : named(fact, renames)
    const next = says ? says.to : status === 'renamed' ? to : null
    if (next === null) return []
    return [
      {
        file,
        line,
        from: key.split('.'),
        to: next.split('.'),
        why: `renamed to ${next}: ${detail}`,
        source: says?.source ?? null,
        problems: [],
      },
    ]
  })
}

/** The installs as they are after the moves: only layers that stand in a file can be changed. */
export function renamedInstalls(installs: readonly Install[], moves: readonly ValueMove[]): readonly Install[] {
  return installs.map(install => ({ ...install, values: install.values.map(layer => renamed(layer, moves)) }))
}

function renamed(layer: ValuesLayer, moves: readonly ValueMove[]): ValuesLayer {
  if (layer.kind !== 'values') return layer
  const own = moves.filter(({ file }) => file === layer.file)
  const tree = own.reduce<ValueMap>(
    (now, { from, to }) => changed(now, [{ kind: 'move', path: from, to }]) ?? now,
    layer.tree,
  )
  const { file, lines } = layer
  return { kind: 'values', file, tree, lines }
}
