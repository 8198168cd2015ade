import { cut, oneLine, stripHidden } from './hidden.ts'

/** Longest untrusted text shown inline, in UTF-16 units before escaping. */
const INLINE = 1_000

/** The same in a cell of a table, which has to stay readable. */
const CELL = 400

/** Longest untrusted text shown in a fenced block, in UTF-16 units: four of them fit into one GitHub body. */
const BLOCK = 15_000

/**
 * GitHub looks for mentions, references and addresses in the rendered text, where an escape is already gone;
 * a zero-width space inside is what stops it (Renovate and release-please do the same).
 */
const BREAK = '&#8203;'

/** Text of strangers (upstream, models, manifests) as inline markdown that shows it and does nothing: one line, at most `max` units. */
export function neutralise(text: string, max: number = INLINE): string {
  return cut(oneLine(text), max)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\\/g, '&#92;')
    .replace(/\|/g, '&#124;')
    .replace(/[`*_[\]~$]/g, '\\$&')
    .replace(/@/g, `@${BREAK}`)
    .replace(/(?<!&)#/g, `#${BREAK}`)
    .replace(/(GH)-(?=\d)|(GHSA)-/gi, `$1$2-${BREAK}`)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/(www)\./gi, `$1${BREAK}.`)
    .replace(/^[-+=/:]/, '\\$&')
    .replace(/^(\d{1,9})([.)])/, '$1\\$2')
}

/**
 * Text of strangers as an inline code span: one line, at most `max` units, whatever backticks it holds. Fits a table too:
 * a span with a pipe is written as `<code>`, since markdown has no code with a pipe that reads the same in and out of tables.
 */
export function code(text: string, max: number = INLINE): string {
  const shown = breakMarkers(cut(oneLine(text), max)) || ' '
  if (shown.includes('|')) return `<code>${neutralise(text, max)}</code>`
  const ticks = '`'.repeat(longestRun(shown) + 1)
  const pad = /^`|`$/.test(shown) ? ' ' : ''
  return `${ticks}${pad}${shown}${pad}${ticks}`
}

/** Text of strangers for one cell of a table: as `neutralise`, which leaves neither pipes nor line ends, but short. */
export function cell(text: string, max: number = CELL): string {
  return neutralise(text, max)
}

/** Text of strangers as a fenced block, at most `max` units; what is cut is said in its last line. `lang` is a language word. */
export function fence(text: string, lang: string = '', max: number = BLOCK): string {
  const shown = commandsIndented(breakMarkers(cutLines(stripHidden(text), max)))
  const ticks = '`'.repeat(Math.max(3, longestRun(shown) + 1))
  return `${ticks}${/^[a-z0-9+-]{1,20}$/.test(lang) ? lang : ''}\n${shown.replace(/\n$/, '')}\n${ticks}`
}

/** Our hidden notes are found by their marker in the raw body, so a stranger's marker must not look like one. */
function breakMarkers(text: string): string {
  return text.replace(/<!-/g, '<\u200b!-')
}

/** Bots that read raw comments look for `/verb` at the start of a line, code block or not. */
function commandsIndented(text: string): string {
  return text.replace(/^\/(?=[a-z])/gim, ' /')
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(run => run.length))
}

function cutLines(text: string, max: number): string {
  if (text.length <= max) return text
  const kept = cut(text, max)
  const left = text.slice(kept.length).split('\n').length
  return `${kept}\n… cut here: ${left} more ${left === 1 ? 'line' : 'lines'}`
}
