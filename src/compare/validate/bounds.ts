import type { Path, Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { child, isList, text } from '../data.ts'
import { formatRefuses, formatRefusesNumber } from './formats.ts'
import { type Findings, refuse, skip, work } from './issue.ts'
import { readPattern } from './pattern.ts'

/** Checks a value against the bounds that its schema sets for texts, numbers, lists and maps. */
export function checkBounds(value: Value, schema: ValueMap, path: Path, findings: Findings): void {
  if (typeof value === 'string') checkText(value, schema, path, findings)
  if (typeof value === 'number') checkNumber(value, schema, path, findings)
  if (isList(value)) checkSize(value.length, 'Items', 'items', schema, path, findings)
  if (isMap(value)) checkSize(Object.keys(value).length, 'Properties', 'keys', schema, path, findings)
}

function limit(schema: ValueMap, keyword: string): number | null {
  const value = child(schema, keyword)
  return typeof value === 'number' ? value : null
}

function checkSize(size: number, noun: string, said: string, schema: ValueMap, path: Path, findings: Findings): void {
  const [least, most] = [limit(schema, `min${noun}`), limit(schema, `max${noun}`)]
  if (least !== null && size < least)
    refuse(findings, `min${noun}`, path, `has ${size} ${said}, and must have at least ${least}`)
  if (most !== null && size > most)
    refuse(findings, `max${noun}`, path, `has ${size} ${said}, and may have at most ${most}`)
}

function checkText(value: string, schema: ValueMap, path: Path, findings: Findings): void {
  work(findings, value.length / 20)
  checkSize(Array.from(value).length, 'Length', 'characters', schema, path, findings)
  const format = text(child(schema, 'format'))
  if (formatRefuses(format, value)) refuse(findings, 'format', path, `is no ${format}`)
  const pattern = child(schema, 'pattern')
  if (typeof pattern === 'string') checkPattern(value, pattern, path, findings)
}

function checkPattern(value: string, source: string, path: Path, findings: Findings): void {
  const pattern = readPattern(source)
  const found = pattern.ok ? pattern.test(value) : null
  const reason = pattern.ok ? 'it would take too long' : pattern.reason
  if (found === null) skip(findings, 'pattern-not-checked', path, `the pattern ${source}`, reason)
  if (found === false) refuse(findings, 'pattern', path, `does not match ${source}`)
}

function checkNumber(value: number, schema: ValueMap, path: Path, findings: Findings): void {
  const [least, most, step] = [limit(schema, 'minimum'), limit(schema, 'maximum'), limit(schema, 'multipleOf')]
  const above = child(schema, 'exclusiveMinimum') === true
  const below = child(schema, 'exclusiveMaximum') === true
  if (least !== null && (value < least || (above && value === least)))
    refuse(findings, 'minimum', path, `${value} must be ${above ? 'more than' : 'at least'} ${least}`)
  if (most !== null && (value > most || (below && value === most)))
    refuse(findings, 'maximum', path, `${value} must be ${below ? 'less than' : 'at most'} ${most}`)
  if (step !== null && step > 0 && Math.abs(value / step - Math.round(value / step)) > 1e-9)
    refuse(findings, 'multipleOf', path, `${value} must be a multiple of ${step}`)
  const format = text(child(schema, 'format'))
  if (formatRefusesNumber(format, value)) refuse(findings, 'format', path, `${value} is no ${format}`)
}
