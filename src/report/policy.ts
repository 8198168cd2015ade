import type { Check, Problem } from '../model.ts'
import { code } from '../text/markdown.ts'
import { plural } from './headline.ts'
import { sentence } from './summary.ts'
import { within } from './within.ts'

/** Room of the list in UTF-16 units. */
const ROOM = 20_000

function line({ file, line, column, reason }: Problem & { readonly column: number | null }): string {
  const place = [file, line, column].filter(part => part !== null).join(':')
  return `- ${code(place, 300)} ${sentence(reason)}`
}

/** The check run on a commit whose policy cannot be read: every error with its place. Red, because nothing happens until it is mended. */
export function policyCheck(problems: readonly (Problem & { readonly column: number | null })[]): Check {
  return {
    title: `The policy cannot be read: ${plural(problems.length, 'error')}`,
    summary: [
      'This policy is not applied, and until it can be read nothing is opened, updated or closed here. Comments are not answered either.',
      '',
      ...within(problems.map(line), ROOM, n => `- and ${n} more`),
      '',
      '`windlass config validate` says the same before you push.',
    ].join('\n'),
    conclusion: 'failure',
  }
}
