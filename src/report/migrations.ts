import type { Migration, Plan } from '../model.ts'
import { cell, code, fence } from '../text/markdown.ts'
import { plural } from './headline.ts'
import { moreRows, within } from './within.ts'

/** Room in UTF-16 units: of the table, and of all examples together. */
const ROOM = { table: 5_000, examples: 8_000 } as const

/** Longest text of one cell. */
const CELL = 240

/** When a migration may be merged, seen from the version that runs now. */
function timing({ servedBefore }: Migration): string {
  if (servedBefore === true) return 'works with the old version too: may be merged ahead'
  return servedBefore === false ? 'only with the new version' : ''
}

function how(migration: Migration): string {
  const { why, source, notes } = migration
  const says = [cell(why, CELL), ...notes.map(note => cell(note, CELL)), timing(migration)].filter(text => text !== '')
  return source === null ? says.join('; ') : `${says.join('; ')} (${code(source, CELL)})`
}

function row(migration: Migration): string {
  const { what, file, line } = migration
  return `| ${cell(what, 120)} | ${code(`${file}:${line}`, 300)} | ${how(migration)} |`
}

/** What the new shape looks like where a person has to write it. */
function example({ what, file, line, after }: Migration): string {
  const summary = `<details><summary>${cell(what, 120)} (${cell(`${file}:${line}`, 300)}): an example</summary>`
  return [summary, '', fence(after, 'yaml'), '</details>', ''].join('\n')
}

/** The user's own files that change in this pull request, and those that a person must change, with examples of the new shape. */
export function migrationTable({ migrations }: Pick<Plan, 'migrations'>): readonly string[] {
  const made = migrations.filter(({ mechanical }) => mechanical)
  const open = migrations.filter(({ mechanical }) => !mechanical)
  const done =
    made.length === 0
      ? []
      : [
          `### Migrated in this pull request (${plural(made.length, 'change')})`,
          '| what | file | how |',
          '|---|---|---|',
          ...within(made.map(row), ROOM.table, moreRows),
          '',
        ]
  const examples = within(open.filter(({ after }) => after !== '').map(example), ROOM.examples, n => `… and ${n} more`)
  return examples.length === 0 ? done : [...done, '### To migrate by hand', ...examples, '']
}
