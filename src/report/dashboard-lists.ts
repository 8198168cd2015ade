import { type Outcome, type Problem, type Proposal, RISKS } from '../model.ts'
import { cell, code } from '../text/markdown.ts'
import { andMore, list, moment, move, named, pull, refusal, type Section, version } from './dashboard-lines.ts'
import { type DashboardView, open, type Refused } from './dashboard-view.ts'
import { plural } from './headline.ts'
import { sentence } from './summary.ts'

/** Room of each section in UTF-16 units; what was detected takes what the others leave. */
const ROOM = { open: 5_000, refused: 3_500, problems: 4_000 } as const

function openLine({ number, memory, labels, head }: Proposal): string {
  if (memory.kind === 'onboarding') return `- ${pull(number)} adds a policy file`
  const risk = RISKS.find(level => labels.includes(`risk/${level}`))
  const last = memory.replans.at(-1)
  const notes = [
    ...(memory.kind === 'rollback' ? ['takes it back'] : []),
    ...(risk === undefined ? [] : [risk]),
    ...(last?.head === head ? [`CI was red: ${cell(last.cause, 200)}`] : []),
  ]
  return `- ${[`${pull(number)} ${move(memory)}`, ...notes].join(' · ')}`
}

/** The pull requests that are open. */
export function openSection(view: DashboardView): Section {
  return list('Open', open(view).map(openLine), ROOM.open)
}

function refusedLine({ component, environment, number, what, version, by, at }: Refused, can: boolean): string {
  const who = by === null ? `${pull(number)} was closed` : `${code(by, 100)} ignored it in ${pull(number)}`
  const undo = can ? 'tick its box above' : `comment \`/windlass unignore\` on ${pull(number)}`
  return `- ${named(component, environment)} ${refusal(what, version)}: ${who}, ${moment(at)}; to undo, ${undo}`
}

/** What people refused, and how to undo it. */
export function refusedSection({ refused, mayTick }: DashboardView): Section {
  const can = mayTick.has('unignore')
  return list(
    'Refused',
    refused.map(one => refusedLine(one, can)),
    ROOM.refused,
  )
}

function problemLine({ file, line, reason }: Problem): string {
  const place = file === null ? '' : `${code(line === null ? file : `${file}:${line}`, 300)} `
  return `- ${place}${sentence(reason)}`
}

/** What could not be read or looked up, and what the policy says in vain. */
export function problemSection({ problems, remarks }: DashboardView): Section {
  return list('Problems', [...new Set([...problems, ...remarks].map(problemLine))], ROOM.problems)
}

function stands(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'planned':
      return ` → ${version(outcome.plan.upgrade.to.version)}`
    case 'follows':
    case 'held':
      return ` → ${version(outcome.to)}`
    case 'current':
      return ''
    case 'declined':
      return ' (newer ones are refused)'
    case 'unknown':
      return ' (could not be looked up)'
  }
}

function detectedLine(group: readonly Outcome[]): string {
  const places = group.map(outcome => {
    const where = outcome.environment === null ? '' : `${cell(outcome.environment, 60)} `
    return `${where}${version(outcome.from)}${stands(outcome)}`
  })
  const most = 20
  const left = places.length - most
  const shown = [...places.slice(0, most), ...(left > 0 ? [`${left} more`] : [])]
  return `- **${cell(group[0]?.component ?? '', 100)}**: ${shown.join(', ')}`
}

/** Every component and where it stands, folded: the long list comes last. */
export function detectedSection({ outcomes }: DashboardView): Section {
  const groups = [...Map.groupBy(outcomes, ({ component }) => component).values()]
  const current = outcomes.filter(({ kind }) => kind === 'current').length
  return {
    head: [
      '### Detected',
      `<details><summary>${plural(groups.length, 'component')}, ${plural(outcomes.length, 'place')}, ${current} up to date</summary>`,
      '',
    ],
    lines: groups.map(detectedLine),
    tail: ['', '</details>', ''],
    room: Number.POSITIVE_INFINITY,
    more: andMore,
  }
}
