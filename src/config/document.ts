import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Path, Problem, Value } from '../model.ts'
import { code } from '../text/markdown.ts'
import { pathKey } from '../text/path-key.ts'

/** A problem of the policy file; line and column are 1-based. */
export type PolicyProblem = Problem & { readonly column: number | null }

/** A YAML document as plain data, and where its keys and values stand. */
export type PolicyDocument = {
  readonly value: Value
  /** Where the key of a path stands (its value, in a list); of a path that does not exist, the nearest parent. */
  readonly at: (path: Path) => { readonly line: number; readonly column: number }
}

/** Far above any policy a person writes, far below what could hurt. Following one alias costs a walk of the document. */
const LIMITS = { characters: 65_536, nodes: 10_000, depth: 30, aliases: 100 } as const

type Place = { readonly line: number; readonly column: number }
type Reading = {
  readonly document: Document
  readonly places: Map<string, Place>
  readonly problems: PolicyProblem[]
  readonly placeOf: (node: Node | null, fallback: Place) => Place
  readonly complain: (place: Place, reason: string) => void
  nodes: number
  aliases: number
}

/** Reads a policy file as plain data with positions. Anything a stranger can write comes back as problems, never as an exception. */
export function readDocument(
  file: string,
  text: string,
): ({ ok: true } & PolicyDocument) | { ok: false; problems: PolicyProblem[] } {
  const failed = (reason: string) => ({ ok: false as const, problems: [{ file, line: 1, column: 1, reason }] })
  if (text.length > LIMITS.characters)
    return failed(`the file has ${text.length} characters; a policy may have ${LIMITS.characters} at most`)
  try {
    return compose(file, text)
  } catch (error) {
    // The composer recurses, so deep nesting ends in a RangeError, here or among the errors of the document.
    return failed(error instanceof RangeError ? TOO_DEEP : `not valid YAML: ${String(error)}`)
  }
}

function compose(file: string, text: string): ReturnType<typeof readDocument> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: false })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problems: PolicyProblem[] = [...document.errors, ...document.warnings]
    .slice(0, 20)
    .map(error => ({ file, ...place(error.pos[0]), reason: yamlError(error.code, error.message) }))
  if (problems.some(({ reason }) => reason === TOO_DEEP)) return { ok: false, problems: problems.slice(0, 1) }
  if (problems.length > 0) return { ok: false, problems }
  const reading: Reading = {
    document,
    problems,
    places: new Map(),
    placeOf: (node, fallback) => (node?.range ? place(node.range[0]) : fallback),
    complain: (at, reason) => problems.push({ file, ...at, reason }),
    nodes: 0,
    aliases: 0,
  }
  const value = plain(reading, document.contents, [], { line: 1, column: 1 })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value, at: path => nearest(reading.places, path) }
}

const TOO_DEEP = 'not valid YAML: nested too deeply'

function yamlError(kind: string, message: string): string {
  if (kind === 'MULTIPLE_DOCS') return 'more than one YAML document; a policy is one'
  return message.startsWith('Maximum call stack') ? TOO_DEEP : `not valid YAML: ${message}`
}

function nearest(places: ReadonlyMap<string, Place>, path: Path): Place {
  const place = places.get(pathKey(path))
  if (place) return place
  return path.length === 0 ? { line: 1, column: 1 } : nearest(places, path.slice(0, -1))
}

function plain(reading: Reading, node: unknown, path: Path, at: Place): Value {
  if (!reading.places.has(pathKey(path))) reading.places.set(pathKey(path), at)
  reading.nodes++
  if (isAlias(node)) reading.aliases++
  const excess = tooLarge(reading, path)
  if (excess !== null) {
    if (reading.problems.length === 0) reading.complain(at, excess)
    return null
  }
  if (isAlias(node)) return plain(reading, node.resolve(reading.document) ?? null, path, at)
  if (isSeq(node))
    return node.items.map((item, i) => plain(reading, item, [...path, i], reading.placeOf(item as Node, at)))
  if (isMap(node)) return Object.fromEntries(node.items.flatMap(pair => entry(reading, pair, path, at)))
  return isScalar(node) ? (node.value as Value) : null
}

function tooLarge(reading: Reading, path: Path): string | null {
  if (path.length > LIMITS.depth) return `more than ${LIMITS.depth} levels deep; a policy never is`
  if (reading.aliases > LIMITS.aliases) return `more than ${LIMITS.aliases} aliases are followed; write the values out`
  if (reading.nodes > LIMITS.nodes) return `more than ${LIMITS.nodes} entries; shorten the lists`
  return null
}

function entry(
  reading: Reading,
  pair: { key: unknown; value: unknown },
  path: Path,
  at: Place,
): readonly [string, Value][] {
  const place = reading.placeOf(pair.key as Node, at)
  const key = isScalar(pair.key) ? pair.key.value : null
  if (typeof key !== 'string') reading.complain(place, 'a key must be text')
  else if (key === '__proto__') reading.complain(place, `the key ${code(key)} is not allowed`)
  else return [[key, plain(reading, pair.value, [...path, key], place)]]
  return []
}
