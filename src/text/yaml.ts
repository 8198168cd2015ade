import { FAILSAFE_SCHEMA, load, Type, YAMLException } from 'js-yaml'
import type { Value } from '../model.ts'
import { plainValue } from './yaml-scalars.ts'

/** One YAML document as data, or why it is not read; `line` is 1-based in the text that was given. */
export type YamlRead =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string; readonly line: number }

/** Larger files are not read: 5 MiB, in UTF-16 units. Kubernetes itself takes 3 MiB a request. */
export const MAX_YAML_SIZE = 5 * 1024 * 1024
const MAX_DEPTH = 100
const MAX_ALIASES = 1000
/** How many nodes a document with aliases may come to when they are written out. */
const MAX_EXPANDED = 100_000

/** Tags that we do not know (`!Find`, `!!binary`) are kept as what they stand on: the file is not ours to refuse. */
const FOREIGN = ['!', 'tag:yaml.org,2002:'].flatMap(tag =>
  (['scalar', 'sequence', 'mapping'] as const).map(
    kind => new Type(tag, { kind, multi: true, construct: data => data }),
  ),
)
const PLAIN = new Type('tag:yaml.org,2002:plain', {
  kind: 'scalar',
  resolve: (text: string | null) => text === null || typeof plainValue(text) !== 'string',
  construct: (text: string | null) => (text === null ? null : plainValue(text)),
})
const MERGE = new Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text: string | null) => text === '<<' })
/** How the field reads YAML; see `readYaml`. */
export const YAML_SCHEMA = FAILSAFE_SCHEMA.extend({ implicit: [PLAIN, MERGE], explicit: FOREIGN })

/** Without any of these, no value can be a bomb or nested too deep: every level takes a column or a bracket. */
const MAY_BE_TOO_MUCH = /&|__proto__|[[{][\s[{]{16}|^[ \t-]{80}/m

const ALIAS = /(?:^|[\s[{,])\*[A-Za-z_][\w-]*/g

/** The line on which the budget of aliases is spent, null when it is not. Shell globs in text need an anchor to count. */
function tooManyAliases(text: string): number | null {
  if (!text.includes('&')) return null
  let count = 0
  for (const found of text.matchAll(ALIAS)) {
    if (++count > MAX_ALIASES) return text.slice(0, found.index + found[0].length).split('\n').length
  }
  return null
}

type Measure = { readonly size: number; readonly height: number }
class Refused extends Error {}

/** Size and height of a value with its aliases written out, in one visit for each node; throws Refused. */
function measure(value: unknown, seen: Map<object, Measure | null>): Measure {
  if (typeof value !== 'object' || value === null) return { size: 1, height: 0 }
  const known = seen.get(value)
  if (known === null) throw new Refused('an alias contains itself')
  if (known) return known
  seen.set(value, null)
  if (Object.hasOwn(value, '__proto__')) throw new Refused('the key __proto__ is not accepted')
  let [size, height] = [1, 0]
  for (const child of Object.values(value)) {
    const below = measure(child, seen)
    size += below.size
    height = Math.max(height, below.height + 1)
  }
  if (height > MAX_DEPTH) throw new Refused(`nested deeper than ${MAX_DEPTH} levels`)
  const whole = { size, height }
  seen.set(value, whole)
  return whole
}

function refuseBombs(value: unknown, text: string): void {
  const { size } = measure(value, new Map())
  if (size > MAX_EXPANDED && text.includes('&') && size > text.length)
    throw new Refused(`its aliases come to ${size} values, more than ${MAX_EXPANDED}`)
}

/** The reader counts lines as it goes on; what it sees before it begins (a null byte) it only gives the position of. */
function lineOf({ mark }: YAMLException, text: string): number {
  if (mark === undefined) return 1
  return mark.line > 0 ? mark.line + 1 : text.slice(0, mark.position).split('\n').length
}

function explain(
  thrown: unknown,
  text: string,
): { readonly ok: false; readonly reason: string; readonly line: number } {
  if (thrown instanceof YAMLException)
    return { ok: false, reason: `not valid YAML: ${thrown.reason}`, line: lineOf(thrown, text) }
  if (thrown instanceof Refused) return { ok: false, reason: `not read: ${thrown.message}`, line: 1 }
  if (thrown instanceof RangeError)
    return { ok: false, reason: `not read: nested deeper than ${MAX_DEPTH} levels`, line: 1 }
  throw thrown
}

/**
 * Reads one YAML document (see `splitDocuments`) as plain data, with the meaning Kubernetes gives it. Of equal keys the
 * last wins. Never throws on any text: syntax errors, alias bombs, cycles, `__proto__` and depth come back as values.
 */
export function readYaml(text: string): YamlRead {
  if (text.length > MAX_YAML_SIZE) return { ok: false, reason: 'not read: larger than 5 MiB', line: 1 }
  const spent = tooManyAliases(text)
  if (spent !== null) return { ok: false, reason: `not read: more than ${MAX_ALIASES} aliases`, line: spent }
  try {
    const value = load(text, { schema: YAML_SCHEMA, json: true }) ?? null
    if (MAY_BE_TOO_MUCH.test(text)) refuseBombs(value, text)
    return { ok: true, value: value as Value }
  } catch (thrown) {
    return explain(thrown, text)
  }
}
