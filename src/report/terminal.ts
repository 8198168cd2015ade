import type { Detected, Outcome, Problem } from '../model.ts'
import { because, plural } from './headline.ts'

/** Control characters of strangers' text would steer the reader's terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
}

/** Columns as wide as their widest cell; the last one runs free. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((text, i) => Math.max(most[i] ?? 0, text.length)), [])
  return rows.map(row =>
    plain(row.map((text, i) => (i === row.length - 1 ? text : text.padEnd(widths[i] ?? 0))).join('   ')).trimEnd(),
  )
}

function place({ file, line, reason }: Problem): string {
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
  if (outcome.kind === 'held') return [[...start, outcome.to, 'held', outcome.reason]]
  return outcome.kind === 'declined' ? [[...start, '-', 'declined', outcome.reason]] : []
}

/** `windlass plan` for people. */
export function planText(outcomes: readonly Outcome[], problems: readonly Problem[]): string {
  const rows = outcomes.flatMap(planRow)
  const current = outcomes.filter(({ kind }) => kind === 'current').length
  const first = outcomes.find(({ kind }) => kind === 'planned')
  const { component } = first ?? { component: '' }
  return [
    ...(rows.length === 0 ? [] : table([['component', 'environment', 'now', 'next', 'risk', 'because'], ...rows])),
    `${current} up to date${problems.length === 0 ? '' : ` · ${plural(problems.length, 'problem')}`}`,
    ...problems.map(problem => `  ${place(problem)}`),
    ...(first === undefined
      ? []
      : ['', `Next: windlass plan --component ${component}    windlass upgrade --component ${component} --branch`]),
  ].join('\n')
}
