import type { AssessmentItem, Finding, Plan } from '../model.ts'
import { oneLine } from '../text/hidden.ts'
import { code, fence, neutralise } from '../text/markdown.ts'
import { plural } from './headline.ts'
import { refs } from './numbered.ts'
import { moreLines, within } from './within.ts'

/** Room in UTF-16 units of what a model read, and of the notes themselves. */
const ROOM = { items: 5_000, notes: 7_000, note: 2_000 } as const

/** The document repeats what the rules found; the table at the top says that already. */
function isOurs({ statement }: AssessmentItem, findings: readonly Finding[]): boolean {
  const start = statement.replace(/…$/, '')
  return findings.some(({ says }) => oneLine(says).startsWith(start))
}

function itemLine({ statement, cites }: AssessmentItem): string {
  const quote = cites[0] === undefined ? '' : `: “${neutralise(cites[0].quote, 200)}”`
  return `- ${neutralise(statement, 200)}${quote} ${refs(cites.map(({ e }) => e))}`
}

/** What a model read in the evidence; empty when none took part. Its words are a stranger's. */
export function modelSection({ assessed, findings }: Plan): readonly string[] {
  const { items, questions } = assessed.document
  const read = items.filter(item => !isOurs(item, findings))
  if (assessed.modelLevel === null || read.length + questions.length === 0) return []
  const about = read.filter(({ appliesToRepo }) => appliesToRepo !== 'no')
  const apart = read.filter(({ appliesToRepo }) => appliesToRepo === 'no')
  const asks = questions.map(question => `- It asks: ${neutralise(question, 200)}`)
  const folded = `<details><summary>${plural(apart.length, 'item')} that it says do not apply here</summary>`
  return [
    `### What ${code(assessed.assessor)} read in the evidence (a summary that nobody vouches for)`,
    ...within([...about.map(itemLine), ...asks], ROOM.items, moreLines),
    '',
    ...(apart.length === 0
      ? []
      : [folded, '', ...within(apart.map(itemLine), ROOM.items / 2, moreLines), '</details>', '']),
  ]
}

/** Release notes word for word, folded; as data, so that nothing in them acts. */
export function releaseNotes({ evidence }: Plan): readonly string[] {
  const notes = evidence.filter(({ kind }) => kind === 'note')
  if (notes.length === 0) return []
  const shown = notes.map(
    ({ id, origin, text }) => `\`${id}\` ${neutralise(origin, 200)}\n${fence(text, '', ROOM.note)}`,
  )
  return [
    `<details><summary>Release notes, word for word (${notes.length})</summary>`,
    '',
    ...within(shown, ROOM.notes, moreLines),
    '</details>',
    '',
  ]
}
