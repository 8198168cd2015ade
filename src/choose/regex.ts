import { add, type Build, repeat, run, type State, Unsupported } from './machine.ts'

/**
 * Regular expressions without backtracking. Policy writes the pattern, strangers write the tags it is tried on, and
 * JavaScript's own engine can take exponential time over the two; this one takes (states x length of the tag) at most.
 */
export type Pattern =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly reason: string }

const LONGEST_PATTERN = 200

/** Reads a pattern: literals, `.`, classes, `\d \w \s`, groups, `|`, `* + ? {n,m}`, `^ $`. Anything else is refused by name. */
export function readPattern(source: string): Pattern {
  if (source.length > LONGEST_PATTERN) return { ok: false, reason: `longer than ${LONGEST_PATTERN} characters` }
  try {
    const states: State[] = [{ kind: 'match' }]
    const first = whole({ source, at: 0 })(states, 0)
    return { ok: true, test: text => run(states, first, text) }
  } catch (error) {
    if (error instanceof Unsupported) return { ok: false, reason: error.message }
    throw error
  }
}

const CLASSES: ReadonlyMap<string, (char: string) => boolean> = new Map([
  ['d', (char: string) => char >= '0' && char <= '9'],
  ['w', (char: string) => /^\w$/.test(char)],
  ['s', (char: string) => /^\s$/.test(char)],
])

/** A pattern and how far it is read. */
type Cursor = { readonly source: string; at: number }

function take(cursor: Cursor, char: string): boolean {
  if (cursor.source[cursor.at] !== char) return false
  cursor.at++
  return true
}

function takeMatch(cursor: Cursor, wanted: RegExp): RegExpExecArray | null {
  const found = wanted.exec(cursor.source.slice(cursor.at))
  cursor.at += found?.[0].length ?? 0
  return found
}

function whole(cursor: Cursor): Build {
  const build = choice(cursor)
  if (cursor.at < cursor.source.length) throw new Unsupported(`unexpected \`${cursor.source[cursor.at]}\``)
  return build
}

function choice(cursor: Cursor): Build {
  const first = sequence(cursor)
  const ways = [first]
  while (take(cursor, '|')) ways.push(sequence(cursor))
  if (ways.length === 1) return first
  return (states, next) => add(states, { kind: 'fork', next: ways.map(way => way(states, next)) })
}

function sequence(cursor: Cursor): Build {
  const parts: Build[] = []
  while (cursor.at < cursor.source.length && !'|)'.includes(cursor.source[cursor.at] ?? ''))
    parts.push(repeated(cursor))
  return (states, next) => parts.reduceRight((after, part) => part(states, after), next)
}

function repeated(cursor: Cursor): Build {
  const build = atom(cursor)
  const bounds = readBounds(cursor)
  if (!bounds) return build
  if (cursor.source[cursor.at] === '?') throw new Unsupported('lazy repetition `?` is not supported')
  return repeat(build, ...bounds)
}

function readBounds(cursor: Cursor): readonly [number, number] | null {
  if (take(cursor, '*')) return [0, Number.POSITIVE_INFINITY]
  if (take(cursor, '+')) return [1, Number.POSITIVE_INFINITY]
  if (take(cursor, '?')) return [0, 1]
  const braces = takeMatch(cursor, /^\{(\d{1,3})(,)?(\d{1,3})?\}/)
  if (!braces) return null
  const least = Number(braces[1])
  return [least, braces[3] ? Number(braces[3]) : braces[2] ? Number.POSITIVE_INFINITY : least]
}

function atom(cursor: Cursor): Build {
  if (take(cursor, '(')) return group(cursor)
  if (take(cursor, '^')) return (states, next) => add(states, { kind: 'start', next })
  if (take(cursor, '$')) return (states, next) => add(states, { kind: 'end', next })
  const fits = take(cursor, '[') ? set(cursor) : take(cursor, '.') ? () => true : single(cursor)
  return (states, next) => add(states, { kind: 'eat', fits, next })
}

function group(cursor: Cursor): Build {
  if (take(cursor, '?') && !take(cursor, ':')) throw new Unsupported('look-around and named groups are not supported')
  const build = choice(cursor)
  if (!take(cursor, ')')) throw new Unsupported('a `(` is not closed')
  return build
}

function set(cursor: Cursor): (char: string) => boolean {
  const negated = take(cursor, '^')
  const members: ((char: string) => boolean)[] = []
  while (!take(cursor, ']')) members.push(member(cursor))
  return char => members.some(fits => fits(char)) !== negated
}

function member(cursor: Cursor): (char: string) => boolean {
  if (cursor.at >= cursor.source.length) throw new Unsupported('a `[` is not closed')
  const range = takeMatch(cursor, /^([^\\\]])-([^\\\]])/)
  if (!range) return single(cursor, true)
  return char => char >= (range[1] ?? '') && char <= (range[2] ?? '')
}

function single(cursor: Cursor, inSet = false): (char: string) => boolean {
  const char = cursor.source[cursor.at++] ?? ''
  if (!inSet && '*+?{'.includes(char)) throw new Unsupported(`nothing to repeat before \`${char}\``)
  if (char !== '\\') return other => other === char
  const escaped = cursor.source[cursor.at++] ?? ''
  const known = CLASSES.get(escaped.toLowerCase())
  if (known) return escaped === escaped.toLowerCase() ? known : other => !known(other)
  if (escaped === '' || /[A-Za-z0-9]/.test(escaped)) throw new Unsupported(`\`\\${escaped}\` is not supported`)
  return other => other === escaped
}
