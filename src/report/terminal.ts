import { type Detected, type Migration, type Outcome, type Problem, RISKS } from '../model.ts'
import { plain } from '../text/plain.ts'
import { because, plural } from './headline.ts'
import { togetherOf, togetherText } from './together.ts'

/** Columns as wide as their widest cell; the last one runs free. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map(row => row.map(plain))
  const widths = shown.reduce<number[]>((most, row) => row.map((text, i) => Math.max(most[i] ?? 0, text.length)), [])
  return shown.map(row =>
    row
      .map((text, i) => (i === row.length - 1 ? text : text.padEnd(widths[i] ?? 0)))
      .join('   ')
      .trimEnd(),
  )
}

/** A name as one word of a command that people copy into a shell. */
function word(name: string): string {
  const shown = plain(name)
  return /^[\w./@:+-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`
}

/** A problem as one line for people. */
export function place({ file, line, reason }: Problem): string {
  return plain(file === null ? reason : `${file}${line === null ? '' : `:${line}`} ${reason}`)
}

/** `windlass scan` for people: pins by environment and component. */
export function scanText({ pins, skipped }: Detected): string {
  const rows = pins
    .toSorted(
      (a, b) => (a.environment ?? '').localeCompare(b.environment ?? '') || a.component.localeCompare(b.component),
    )
    .map(({ component, environment, version, kind, source, place: at }) => [
      component,
      environment ?? '-',
      version,
      kind,
      source.url ?? `? ${source.type === 'unknown' ? source.reason : ''}`,
      `${at.file}:${at.line}:${at.column}`,
    ])
  return [
    ...(rows.length === 0
      ? ['No pins found.']
      : table([['component', 'environment', 'version', 'kind', 'source', 'place'], ...rows])),
    '',
    `${plural(pins.length, 'pin')} in ${plural(new Set(pins.map(({ place: { file } }) => file)).size, 'file')}`,
    ...(skipped.length === 0 ? [] : ['', 'Left out:', ...skipped.map(entry => `  ${place(entry)}`)]),
  ].join('\n')
}

function planRow(outcome: Outcome): string[][] {
  const { component, environment, from } = outcome
  const start = [component, environment ?? '-', from]
  if (outcome.kind === 'planned')
    return [[...start, outcome.plan.upgrade.to.version, outcome.plan.assessed.final, because(outcome.plan)]]
  if (outcome.kind === 'follows')
    return [[...start, outcome.to, 'together', `in the pull request of ${outcome.leader}`]]
  if (outcome.kind === 'held') return [[...start, outcome.to, 'held', outcome.reason]]
  return outcome.kind === 'declined' ? [[...start, '-', 'declined', outcome.reason]] : []
}

/** What moves along with an upgrade, a line for each place. */
function alongside(outcome: Outcome): readonly string[] {
  if (outcome.kind !== 'planned') return []
  const { component, environment } = outcome
  const name = environment === null ? component : `${component} in ${environment}`
  return togetherOf(outcome.plan.upgrade).map(one => plain(`${name} · Moves together: ${togetherText(one)}`))
}

/** The changes of the user's own files, one line each. */
export function migrationText(migrations: readonly Migration[]): readonly string[] {
  const lines = migrations.map(({ mechanical, what, file, line, why }) =>
    plain(`  ${mechanical ? 'made' : 'by hand'}  ${file}:${line} ${what}: ${why}`),
  )
  return lines.length === 0 ? [] : ['', 'Migrations:', ...lines]
}

/** What is planned first, the gravest on top; then what waits, then what is declined. */
function urgency(outcome: Outcome): number {
  if (outcome.kind === 'planned') return 1 + RISKS.indexOf(outcome.plan.assessed.final)
  if (outcome.kind === 'follows') return 0.5
  return outcome.kind === 'held' ? 0 : -1
}

/** `windlass plan` for people. */
export function planText(outcomes: readonly Outcome[], problems: readonly Problem[]): string {
  const sorted = outcomes.toSorted((a, b) => urgency(b) - urgency(a))
  const rows = sorted.flatMap(planRow)
  const current = outcomes.filter(({ kind }) => kind === 'current').length
  const first = sorted.find(({ kind }) => kind === 'planned')
  const component = word(first?.component ?? '')
  return [
    ...(rows.length === 0 ? [] : table([['component', 'environment', 'now', 'next', 'risk', 'because'], ...rows])),
    ...outcomes.flatMap(alongside),
    `${current} up to date${problems.length === 0 ? '' : ` · ${plural(problems.length, 'problem')}`}`,
    ...new Set(problems.map(problem => `  ${place(problem)}`)),
    ...(first === undefined
      ? []
      : ['', `Next: windlass plan --component ${component}    windlass upgrade --component ${component} --branch`]),
  ].join('\n')
}
