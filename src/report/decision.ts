import type { Evidence, Plan } from '../model.ts'
import { cell, code, neutralise } from '../text/markdown.ts'
import { isRendered } from './cluster.ts'
import { plural } from './headline.ts'
import { moreLines, within } from './within.ts'

/** Room of the list of evidence in UTF-16 units, and the longest of its lines before it is escaped: two digests and an address fit. */
const ROOM = 7_000
const LINE = 600

function assessor({ assessed }: Plan): string {
  const { assessor, fallback, floor, final, modelLevel } = assessed
  if (modelLevel !== null && final !== floor)
    return `The rules say ${floor}; ${code(assessor)} raised it to ${final}, with quotes that stand in the evidence.`
  if (modelLevel !== null) return `The rules say ${floor}; ${code(assessor)} found no reason to raise it.`
  return fallback === null ? `The rules say ${floor}.` : `The rules say ${floor}; ${neutralise(fallback, 300)}.`
}

/** The sentences that say who decided, and from what. */
export function decided(plan: Plan): string {
  const { dropped, fallback } = plan.assessed
  const commit = code(plan.commit.slice(0, 12))
  const left = `${plural(dropped.length, 'claim')} of the model could not be proved and ${dropped.length === 1 ? 'was' : 'were'} left out.`
  return [
    assessor(plan),
    ...(dropped.length === 0 || fallback !== null ? [] : [left]),
    isRendered(plan) ? `Both versions were rendered with your values at ${commit}.` : `Compared at ${commit}.`,
  ].join(' ')
}

/** Notes stand word for word elsewhere, so here they are only named. */
function line({ id, kind, origin, text }: Evidence): string {
  return kind === 'note'
    ? `- \`${id}\` ${cell(origin, LINE)}: see the release notes`
    : `- \`${id}\` ${cell(text, LINE)}`
}

/** The records of evidence, folded; when room is short, those that the text above cites come first. */
export function evidenceList({ evidence }: Plan, above: string): readonly string[] {
  if (evidence.length === 0) return []
  const cited = new Set([...above.matchAll(/`(E\d{1,7})`/g)].map(([, id]) => id))
  const ordered = [...evidence.filter(({ id }) => cited.has(id)), ...evidence.filter(({ id }) => !cited.has(id))]
  const all = evidence.map(line)
  const fits = all.join('\n').length < ROOM
  return [
    `<details><summary>Evidence E1 … E${evidence.length}</summary>`,
    '',
    ...(fits ? all : within(ordered.map(line), ROOM, n => `- ${moreLines(n)}`)),
    '</details>',
    '',
  ]
}
