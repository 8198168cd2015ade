import type { Edit, LeftOut, Migration } from '../model.ts'
import { cell, code, fence } from '../text/markdown.ts'
import { plural } from './headline.ts'
import { first, sentence } from './summary.ts'
import { moreRows, within } from './within.ts'

/** Room in UTF-16 units: of the table, and of all examples together. */
const ROOM = { table: 6_000, examples: 9_000 } as const

/** Longest text of one cell. */
const CELL = 240

/** One thing that is left out as plain words: what it is about, where, and what we would do. */
export type LeftOutWords = {
  readonly what: string
  readonly file: string | null
  readonly line: number | null
  readonly says: string
}

const INSTEAD = 'this pull request changes it in a way of its own, see that it comes to the same'

function editWords({ place: { file, line }, from, to }: Edit, instead: string | null): LeftOutWords {
  const says =
    instead === null
      ? `stays as it is; it becomes ${to}`
      : `this pull request writes ${instead || 'nothing'}, and the registry has ${to} for this version`
  return { what: from, file, line, says }
}

function migrationWords({ what, file, line, why }: Migration, instead: boolean): LeftOutWords {
  return { what, file, line, says: instead ? `${INSTEAD}: ${why}` : why }
}

/** The same for people and for scripts. */
export function leftOutWords(left: LeftOut): LeftOutWords {
  switch (left.kind) {
    case 'migration':
      return migrationWords(left.migration, left.instead)
    case 'edit':
      return editWords(left.edit, left.instead)
    case 'place': {
      const { component, version, file, line, why } = left
      return { what: component, file, line, says: `stays at ${version}; it moves along because ${why}` }
    }
    case 'first':
      return { what: 'first', file: null, line: null, says: left.says }
  }
}

function row(left: LeftOut): string {
  const { what, file, line, says: all } = leftOutWords(left)
  const says = left.kind === 'migration' && !left.instead ? first(all) : all
  const where = file === null ? '' : code(`${file}:${line}`, 300)
  return `| ${code(what, 120)} | ${where} | ${cell(says, CELL)} |`
}

/** A document as we would leave it, for people to copy. */
function example({ what, file, line, after }: Migration): string {
  const summary = `<details><summary>${cell(what, 120)} (${cell(`${file}:${line}`, 300)}), as Windlass would write it</summary>`
  return [summary, '', fence(after, 'yaml'), '</details>', ''].join('\n')
}

/** Documents that several migrations change are shown once, as they are in the end. */
function examples(all: readonly LeftOut[]): readonly string[] {
  const migrations = all.flatMap(left => (left.kind === 'migration' ? [left.migration] : []))
  const last = new Map(migrations.map(one => [`${one.file}\0${one.document}`, one]))
  return within([...last.values()].map(example), ROOM.examples, n => `… and ${n} more`)
}

/** What comes before this step, as a list: it is no change that could be made in the same pull request. */
function firsts(all: readonly LeftOut[]): readonly string[] {
  const lines = all.flatMap(left =>
    left.kind === 'first' ? [`- Not yet, as Windlass sees it: ${sentence(left.says)}`] : [],
  )
  return lines.length === 0 ? [] : [...lines, '']
}

/** What our own pull request would do and this one does not; `withExamples`: with the documents as we would write them. */
export function leftOutTable(all: readonly LeftOut[], withExamples: boolean): readonly string[] {
  const changes = all.filter(({ kind }) => kind !== 'first')
  if (changes.length === 0) return firsts(all)
  return [
    ...firsts(all),
    `### Windlass would also change (${plural(changes.length, 'place')})`,
    '| what | where | why |',
    '|---|---|---|',
    ...within(changes.map(row), ROOM.table, moreRows),
    '',
    ...(withExamples ? examples(changes) : []),
  ]
}
