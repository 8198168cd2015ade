import type { Fact, FactOf, Note } from '../model.ts'
import { cut, oneLine } from '../text/hidden.ts'
import { type Section, sections } from '../text/sections.ts'
import type { Comparison } from './comparison.ts'

/** UTF-16 units of a quote, of a line that is read, and of a note. Longer lines are generated text. */
const LIMIT = { quote: 160, line: 2_000, note: 1_000_000 } as const

/** What maintainers call a change that asks something of their users: a heading, a phrase, or the mark of Conventional Commits 1.0.0 (`feat(x)!:`). */
const BREAKING =
  /\bbreaking[ -](?:api[ -])?(?:changes?|upgrade|release)\b|^BREAKING\b|^[-*+\s]*\w{1,20}(?:\([^()]{0,60}\))?!:/i
/** The same words where they say that there is none, or that another project has one. */
const NOT_BREAKING =
  /\b(?:no|non|not|without|any|avoid(?:s|ed)?|possible)\b[^.:]{0,30}\bbreaking|\bbreaking[^.:]{0,30}\b(?:policy|fix(?:ed|es)?)\b/i
/** A default that is not what it was. A note about a fix of a default says that it is now as it was meant. */
const DEFAULT =
  /\bdefaults?\b[^.]{0,80}\b(?:changed|changes|has been updated|was previously|is now|are now|no longer)\b|\b(?:changed?|set|new)\b[^.]{0,40}\bdefault\b|\b(?:enabled?|disabled?|enables|disables)\b[^.]{0,60}\bby default\b/i
const NOT_DEFAULT =
  /^[-*+\s]*(?:fix(?:e[sd])?|docs?|test|chore|ci|build|refactor)\b|\b(?:plan(?:s|ned)? to|in (?:the|a) future|opt-in)\b/i

/**
 * What the maintainers themselves announce about the versions that are crossed: breaking changes, and defaults that move. Notes are
 * words of strangers: they raise a question, they never answer one, and none of them means that something is safe.
 */
export function compareNotes({ notes }: Comparison): readonly Fact[] {
  return notes.flatMap(note => {
    const all = sections(note.text.slice(0, LIMIT.note))
    return [...breaking(note, all), ...defaults(note, all)]
  })
}

type NoteFact = FactOf<'note'>

function announced(note: Note, says: NoteFact['says'], lines: readonly string[], count: number): NoteFact[] {
  const [first] = lines
  if (first === undefined) return []
  const quote = cut(oneLine(first.replace(/^[\s#*+>-]+/, '').replace(/[*:\s]+$/, '')), LIMIT.quote)
  return [{ kind: 'note', says, origin: note.origin, version: note.version, count, quote }]
}

function isBreaking(line: string): boolean {
  return line.length <= LIMIT.line && BREAKING.test(line) && !NOT_BREAKING.test(line)
}

function breaking(note: Note, all: readonly Section[]): NoteFact[] {
  const headings = all.flatMap((section, i) => (isBreaking(section.heading) ? [{ line: section.heading, i }] : []))
  const lines = all.flatMap(({ lines }) => lines.filter(isBreaking))
  const counted = headings.reduce((sum, { i }) => sum + entries(all, i), 0)
  return announced(note, 'breaking', [...headings.map(({ line }) => line), ...lines], counted + lines.length)
}

/** How many changes stand below a heading: its own headings, else the items of its list; at least the one that it announces. */
function entries(all: readonly Section[], at: number): number {
  const level = all[at]?.level ?? 0
  const end = all.findIndex(({ level: other }, i) => i > at && other <= level)
  const below = all.slice(at + 1, end < 0 ? all.length : end)
  const nearest = Math.min(...below.map(({ level }) => level))
  const items = all[at]?.lines.filter(line => /^(?:[-*+]|\d+\.)\s/.test(line)).length ?? 0
  return Math.max(1, below.length > 0 ? below.filter(({ level }) => level === nearest).length : items)
}

function defaults(note: Note, all: readonly Section[]): NoteFact[] {
  const lines = all
    .flatMap(({ heading, lines }) => [heading, ...lines])
    .filter(line => line.length <= LIMIT.line && DEFAULT.test(line) && !NOT_DEFAULT.test(line))
  return announced(note, 'default-changed', lines, lines.length)
}
