import { readPattern } from '../validate/pattern.ts'
import { type CelFunction, type Functions, fail, ofString, ofStrings } from './function.ts'
import { type Budget, CelFailure, type CelValue, isCelList, spend } from './values.ts'

function pattern(source: string) {
  const found = readPattern(source)
  if (!found.ok) throw new CelFailure(`the pattern ${source} cannot be tried: ${found.reason}`, false)
  return found
}

function tried<T>(result: T | null, budget: Budget, text: string): T {
  spend(budget, text.length)
  if (result === null) throw new CelFailure('a pattern would take too long on it', false)
  return result
}

const matches = ofStrings((text, source, budget) => tried(pattern(source).test(text), budget, text))
const find = ofStrings((text, source, budget) => tried(pattern(source).findAll(text, 1), budget, text)[0] ?? '')

const findAll: CelFunction = ([text, source, most], budget) => {
  if (typeof text !== 'string' || typeof source !== 'string') return undefined
  if (most !== undefined && typeof most !== 'bigint') return undefined
  return tried(pattern(source).findAll(text, most === undefined ? -1 : Number(most)), budget, text)
}

/** A position in a text of code points; what lies outside stops the rule. */
function place(at: CelValue | undefined, length: number): number {
  if (typeof at !== 'bigint') throw new CelFailure('a position that is no integer', false)
  return at < 0n || at > BigInt(length) ? fail(`index out of range: ${at}`) : Number(at)
}

const charAt: CelFunction = ([text, at], budget) => {
  if (typeof text !== 'string') return undefined
  const chars = points(text, budget)
  return chars[place(at, chars.length)] ?? ''
}

function points(text: string, budget: Budget): string[] {
  spend(budget, text.length)
  return Array.from(text)
}

/** The position of a text in code points. */
function indexIn(last: boolean): CelFunction {
  return ([text, part, from], budget) => {
    if (typeof text !== 'string' || typeof part !== 'string') return undefined
    const chars = points(text, budget)
    const start = from === undefined ? (last ? chars.length : 0) : place(from, chars.length)
    const unit = chars.slice(0, start).join('').length
    const found = last ? text.lastIndexOf(part, unit) : text.indexOf(part, unit)
    return BigInt(found < 0 ? -1 : Array.from(text.slice(0, found)).length)
  }
}

const substring: CelFunction = ([text, from, to], budget) => {
  if (typeof text !== 'string') return undefined
  const chars = points(text, budget)
  const [start, end] = [place(from, chars.length), to === undefined ? chars.length : place(to, chars.length)]
  return start > end ? fail('a text that ends before it begins') : chars.slice(start, end).join('')
}

/** A count that may be left out, or negative, for all. */
function count(value: CelValue | undefined): number {
  return typeof value === 'bigint' && value >= 0n ? Number(value) : Number.POSITIVE_INFINITY
}

const split: CelFunction = ([text, separator, most], budget) => {
  if (typeof text !== 'string' || typeof separator !== 'string') return undefined
  spend(budget, text.length)
  const [parts, limit] = [separator === '' ? Array.from(text) : text.split(separator), count(most)]
  if (limit === 0) return []
  return parts.length <= limit ? parts : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)]
}

const replace: CelFunction = ([text, from, to, most], budget) => {
  if (typeof text !== 'string' || typeof from !== 'string' || typeof to !== 'string') return undefined
  const parts = from === '' ? ['', ...Array.from(text), ''] : text.split(from)
  spend(budget, text.length + parts.length * to.length)
  const limit = Math.min(count(most), parts.length - 1)
  return (
    parts.slice(0, limit + 1).join(to) +
    parts
      .slice(limit + 1)
      .map(part => from + part)
      .join('')
  )
}

const join: CelFunction = ([list, separator = ''], budget) => {
  if (list === undefined || !isCelList(list) || typeof separator !== 'string') return undefined
  if (!list.every(part => typeof part === 'string')) return undefined
  spend(
    budget,
    list.reduce((sum, part) => sum + part.length + separator.length, 0),
  )
  return list.join(separator)
}

const ascii = (from: RegExp, change: (letter: string) => string) =>
  ofString((text, budget) => {
    spend(budget, text.length)
    return text.replace(from, change)
  })

/** Texts: the standard ones, the strings extension and Kubernetes' regular expressions. */
export const STRINGS: Functions = new Map<string, CelFunction>([
  ['.contains', ofStrings((text, part) => text.includes(part))],
  ['.startsWith', ofStrings((text, part) => text.startsWith(part))],
  ['.endsWith', ofStrings((text, part) => text.endsWith(part))],
  ['.matches', matches],
  ['matches', matches],
  ['.find', find],
  ['.findAll', findAll],
  ['.charAt', charAt],
  ['.indexOf', indexIn(false)],
  ['.lastIndexOf', indexIn(true)],
  ['.substring', substring],
  ['.split', split],
  ['.replace', replace],
  ['.join', join],
  ['.trim', ofString(text => text.trim())],
  ['.lowerAscii', ascii(/[A-Z]/g, letter => letter.toLowerCase())],
  ['.upperAscii', ascii(/[a-z]/g, letter => letter.toUpperCase())],
])
