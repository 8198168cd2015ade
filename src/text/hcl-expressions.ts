import { isNext, MAX_DEPTH, peek, type Reader, skipNewlines, textOf, unquoted } from './hcl-reader.ts'
import type { HclToken } from './hcl-tokens.ts'

/**
 * An expression, as far as a reader of versions cares. `text` and the offsets of strings are without the quotes.
 * `template`: a string with something filled in. `other`: a call or an operation, with the expressions inside it.
 */
export type Expression =
  | {
      readonly type: 'string' | 'number' | 'template'
      readonly text: string
      readonly start: number
      readonly end: number
    }
  | { readonly type: 'reference'; readonly path: readonly string[] }
  | { readonly type: 'object'; readonly attributes: readonly Attribute[] }
  | { readonly type: 'other'; readonly parts: readonly Expression[] }

/** `name = value`; `start` is the offset of the name. */
export type Attribute = { readonly name: string; readonly value: Expression; readonly start: number }

const NOTHING: Expression = { type: 'other', parts: [] }
const CLOSES = new Set(['}', ')', ']'])

const ONLY_TEMPLATE = /^\$\{\s*((?:var|local)(?:\.[\p{ID_Start}_][\p{ID_Continue}-]*)+)\s*\}$/u

function stringTerm(reader: Reader, token: HclToken): Expression {
  const text = unquoted(reader, token)
  const range = { text, start: token.start + 1, end: token.end - 1 }
  if (token.plain) return { type: 'string', ...range }
  const only = ONLY_TEMPLATE.exec(text)?.[1]
  return only === undefined ? { type: 'template', ...range } : { type: 'reference', path: only.split('.') }
}

/** `var.name`, `local.versions["name"]`. */
function reference(reader: Reader, first: string): Expression {
  const path = [first]
  for (;;) {
    const [next, after] = [peek(reader, 1), peek(reader, 2)]
    if (isNext(reader, '.') && (next?.kind === 'word' || next?.kind === 'number')) {
      path.push(textOf(reader, next))
      reader.at += 2
    } else if (isNext(reader, '[') && next?.kind === 'string' && next.plain && textOf(reader, after) === ']') {
      path.push(unquoted(reader, next))
      reader.at += 3
    } else return { type: 'reference', path }
  }
}

/** Everything up to the closing mark, separated by commas; line ends mean nothing here. */
function inside(reader: Reader, close: string): Expression {
  const parts: Expression[] = []
  while (peek(reader) && !isNext(reader, close)) {
    const before = reader.at
    skipNewlines(reader)
    if (isNext(reader, ',')) reader.at++
    else if (!isNext(reader, close)) parts.push(expression(reader, false))
    if (reader.at === before) reader.at++
  }
  reader.at++
  return { type: 'other', parts }
}

function keyOf(reader: Reader): string | null {
  const token = peek(reader)
  if (token?.kind === 'string') return token.plain ? unquoted(reader, token) : null
  return token?.kind === 'word' ? textOf(reader, token) : null
}

/** Whether `name =` (or, in an object, `name :`) stands next, and not the comparison `name == …`. */
function isAssignment(reader: Reader, inObject: boolean): boolean {
  if (inObject && isNext(reader, ':', 1)) return true
  return isNext(reader, '=', 1) && !(isNext(reader, '=', 2) && peek(reader, 2)?.start === peek(reader, 1)?.end)
}

/** The attribute that stands next, null when something else does. */
export function attribute(reader: Reader, inObject: boolean): Attribute | null {
  const name = keyOf(reader)
  const start = peek(reader)?.start
  if (name === null || start === undefined || !isAssignment(reader, inObject)) return null
  reader.at += 2
  return { name, value: expression(reader, true), start }
}

function object(reader: Reader): Expression {
  const attributes: Attribute[] = []
  while (peek(reader) && !isNext(reader, '}')) {
    const before = reader.at
    const found = attribute(reader, true)
    if (found) attributes.push(found)
    else if (peek(reader)?.kind === 'newline' || isNext(reader, ',')) reader.at++
    else expression(reader, true)
    if (reader.at === before) reader.at++
  }
  reader.at++
  return { type: 'object', attributes }
}

function term(reader: Reader): Expression | null {
  const token = peek(reader)
  if (!token) return null
  reader.at++
  if (token.kind === 'string') return stringTerm(reader, token)
  if (token.kind === 'number')
    return { type: 'number', text: textOf(reader, token), start: token.start, end: token.end }
  if (token.kind === 'word') {
    if (!isNext(reader, '(')) return reference(reader, textOf(reader, token))
    reader.at++
    return inside(reader, ')')
  }
  const mark = textOf(reader, token)
  return mark === '{' ? object(reader) : mark === '(' ? inside(reader, ')') : mark === '[' ? inside(reader, ']') : null
}

/** One expression, up to a comma, a closing mark or (where `lines` count) the end of the line. Always moves on. */
function expression(reader: Reader, lines: boolean): Expression {
  const parts: Expression[] = []
  let terms = 0
  reader.depth++
  for (let token = peek(reader); token; token = peek(reader)) {
    if (token.kind === 'newline' ? lines : isNext(reader, ',') || CLOSES.has(textOf(reader, token))) break
    if (token.kind === 'newline' || reader.depth > MAX_DEPTH) {
      reader.at++
      continue
    }
    const found = term(reader)
    if (found) parts.push(found)
    terms++
  }
  reader.depth--
  const [first] = parts
  return first && terms === 1 ? first : parts.length === 0 ? NOTHING : { type: 'other', parts }
}
