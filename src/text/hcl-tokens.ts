/**
 * One piece of HCL text, comments and line ends included; offsets in UTF-16 units. A string is `plain` when it holds
 * neither escapes nor templates, so that what stands between its quotes is what it means.
 */
export type HclToken = {
  readonly kind: 'word' | 'number' | 'string' | 'heredoc' | 'comment' | 'newline' | 'mark'
  readonly start: number
  readonly end: number
  readonly plain: boolean
}

const SPACE = /[ \t\r\f\v\uFEFF\u00A0]+/y
const SIMPLE: readonly (readonly [HclToken['kind'], RegExp])[] = [
  ['newline', /\n/y],
  ['comment', /#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['word', /[\p{ID_Start}_][\p{ID_Continue}-]*/uy],
  ['number', /\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y],
]
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t\r]*\n/uy

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** Where the line that closes a heredoc ends; the end of the text when none does. */
function heredocEnd(text: string, from: number, tag: string): number {
  for (let at = from; at < text.length; ) {
    const next = text.indexOf('\n', at)
    const lineEnd = next < 0 ? text.length : next
    if (text.slice(at, lineEnd).trim() === tag) return lineEnd
    at = lineEnd + 1
  }
  return text.length
}

/** Reads on from the opening quote. Templates hold expressions, which hold strings again; a line end outside them ends a broken string. */
function string(text: string, start: number): HclToken {
  const open = ['"']
  let plain = true
  let at = start + 1
  for (; at < text.length && open.length > 0; at++) {
    const inText = open.at(-1) === '"'
    const [here = '', next = ''] = [text[at], text[at + 1]]
    if (inText && here === '\n') return { kind: 'string', start, end: at, plain: false }
    if (here === '"') inText ? open.pop() : open.push('"')
    else if (inText && here === '\\') {
      plain = false
      at++
    } else if (inText && (here === '$' || here === '%') && next === '{') {
      plain = false
      if (text[at - 1] !== here) open.push('{')
      at++
    } else if (!inText && here === '{') open.push('{')
    else if (!inText && here === '}') open.pop()
  }
  return { kind: 'string', start, end: at, plain: plain && open.length === 0 }
}

function tokenAt(text: string, at: number): HclToken {
  if (text[at] === '"') return string(text, at)
  for (const [kind, pattern] of SIMPLE) {
    const found = matchAt(pattern, text, at)
    if (found) return { kind, start: at, end: at + found[0].length, plain: false }
  }
  const heredoc = text[at] === '<' ? matchAt(HEREDOC, text, at) : null
  const end = heredoc ? heredocEnd(text, at + heredoc[0].length, heredoc[1] ?? '') : at + 1
  return { kind: heredoc ? 'heredoc' : 'mark', start: at, end, plain: false }
}

/** Splits HCL (Terraform, tfvars) into its pieces (HCL native syntax specification, "Lexical Elements"). Takes any text. */
export function hclTokens(text: string): readonly HclToken[] {
  const tokens: HclToken[] = []
  for (let at = 0; at < text.length; ) {
    const space = matchAt(SPACE, text, at)
    if (space) at += space[0].length
    if (at >= text.length) break
    const token = tokenAt(text, at)
    tokens.push(token)
    at = token.end
  }
  return tokens
}
