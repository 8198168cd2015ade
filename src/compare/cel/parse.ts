import { createRequire } from 'node:module'
import type { parse } from '@bufbuild/cel'

/** An expression as the parser gives it; macros (`all`, `map`…) are unrolled. */
export type Expr = NonNullable<ReturnType<typeof parse>['expr']>

/** The field or index that marks an optional one (`a.?b`, `a[?b]`), which the parser does not read: no rule writes it itself. */
export const OPTIONAL = '__windlass_optional__'

const LONGEST_RULE = 20_000
const require = createRequire(import.meta.url)

/** Reads a rule; throws when it is no CEL. The library is loaded with the first rule. */
export function parseRule(rule: string): Expr {
  if (rule.length > LONGEST_RULE) throw new Error(`it is longer than ${LONGEST_RULE} characters`)
  if (rule.includes(OPTIONAL)) throw new Error('it has a name that is kept for other things')
  const library = require('@bufbuild/cel') as { parse: typeof parse }
  return library.parse(withMarks(rule)).expr
}

const STRING = /(?:[rR])?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y
const RAW_STRING = /[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')/y

/** `a.?b` becomes `a.MARK.b` and `a[?b]` becomes `a["MARK"][b]`, outside of strings and comments. */
function withMarks(rule: string): string {
  if (!/\.\s*\?|\[\s*\?/.test(rule)) return rule
  let marked = ''
  for (let at = 0; at < rule.length; ) {
    const token = string(rule, at) ?? comment(rule, at) ?? optional(rule, at) ?? { text: rule[at] ?? '', length: 1 }
    marked += token.text
    at += token.length
  }
  return marked
}

type Token = { readonly text: string; readonly length: number }

function string(rule: string, at: number): Token | null {
  if (!/[rR"']/.test(rule[at] ?? '')) return null
  for (const pattern of [RAW_STRING, STRING]) {
    pattern.lastIndex = at
    const found = pattern.exec(rule)
    if (found) return { text: found[0], length: found[0].length }
  }
  return null
}

function comment(rule: string, at: number): Token | null {
  if (!rule.startsWith('//', at)) return null
  const end = rule.indexOf('\n', at)
  const length = (end < 0 ? rule.length : end) - at
  return { text: '', length }
}

const MARK = /[.[]\s*\?/y

function optional(rule: string, at: number): Token | null {
  MARK.lastIndex = at
  const found = MARK.exec(rule)
  if (!found) return null
  return { text: rule[at] === '.' ? `.${OPTIONAL}.` : `["${OPTIONAL}"][`, length: found[0].length }
}
