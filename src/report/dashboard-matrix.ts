import type { Because, Health, Outcome, Proposal } from '../model.ts'
import { cell } from '../text/markdown.ts'
import { moment, pull, type Section, version } from './dashboard-lines.ts'
import { type DashboardView, open, type Waiting, waiting } from './dashboard-view.ts'

/** Room of the table in UTF-16 units. */
const ROOM = 6_000

/** A wider table does not fit on a screen. */
const COLUMNS = 8

const WAITS: Readonly<Record<Because, string>> = {
  age: 'too young',
  blocked: 'waits for what comes before',
  hop: 'waits for a version between',
  health: 'waits for health',
  soak: 'soaking',
  approval: 'waits for approval',
  window: 'waits for the window',
  schedule: 'waits for the schedule',
  limit: 'waits for room',
  ci: 'CI is red',
  foreign: 'its branch is not ours',
  person: 'on hold',
}

function healthWords(health: Health | undefined): string {
  switch (health?.kind) {
    case 'healthy':
      return `healthy since ${moment(health.since)}`
    case 'settling':
      return `settling until ${moment(health.until)}`
    case 'failed':
      return '**failed**'
    case 'waiting':
      return `health awaited until ${moment(health.until)}`
    case 'unknown':
      return 'health unknown'
    default:
      return 'done'
  }
}

function waitWords({ because, until }: Waiting): string {
  const time = until === null || because === 'limit' ? '' : moment(until)
  return `${WAITS[because]}${time === '' ? '' : ` until ${time}`}`
}

/** What the cells are made of, by branch, and the health by component and environment. */
type Look = {
  readonly open: ReadonlyMap<string, Proposal>
  readonly waits: ReadonlyMap<string, Waiting>
  readonly health: ReadonlyMap<string, Health>
}

function placeOf({ component, environment }: Pick<Outcome, 'component' | 'environment'>): string {
  return JSON.stringify([component, environment])
}

function lookOf(view: DashboardView): Look {
  return {
    open: new Map(open(view).map(one => [one.branch, one])),
    waits: new Map(waiting(view).map(one => [one.branch, one])),
    health: new Map([...view.watched.values()].flat().map(one => [placeOf(one), one.health])),
  }
}

/** What runs in one environment, and how far the next version is there. */
function state(look: Look, outcome: Outcome): string {
  const proposal = look.open.get(outcome.branch)
  if (proposal) return `→ ${version(proposal.memory.to)} ${pull(proposal.number)} open`
  const waits = look.waits.get(outcome.branch)
  if (waits) return waitWords(waits)
  if (outcome.kind === 'follows') return `→ ${version(outcome.to)} with ${cell(outcome.leader, 60)}`
  if (outcome.kind === 'declined') return 'refused'
  if (outcome.kind === 'unknown') return 'could not be looked up'
  return healthWords(look.health.get(placeOf(outcome)))
}

/** A component moves through the environments when they differ, or when one of them has something to do. */
function isMoving({ open, waits }: Look, group: readonly Outcome[]): boolean {
  if (new Set(group.map(({ environment }) => environment)).size < 2) return false
  const isBusy = ({ branch }: Outcome) => open.has(branch) || waits.has(branch)
  return new Set(group.map(({ from }) => from)).size > 1 || group.some(isBusy)
}

function row(look: Look, columns: readonly string[], group: readonly Outcome[]): string {
  const cells = columns.map(column => {
    const found = group.find(({ environment }) => environment === column)
    return found === undefined ? '' : `${version(found.from)} ${state(look, found)}`
  })
  return `| ${[cell(group[0]?.component ?? '', 100), ...cells].join(' | ')} |`
}

/** Where each component that is on its way stands: components down, environments across in the order of promotion. */
export function matrix(view: DashboardView): Section {
  const look = lookOf(view)
  const ranked = view.outcomes.filter(({ environment }) => view.environments.includes(environment ?? ''))
  const groups = Map.groupBy(ranked, ({ component, source }) => JSON.stringify([component, source.url, source.chart]))
  const moving = [...groups.values()].filter(group => isMoving(look, group))
  const used = view.environments.filter(name => moving.some(group => group.some(one => one.environment === name)))
  const columns = used.slice(0, COLUMNS)
  const left = used.length - columns.length
  return {
    head: [
      '### In promotion',
      ...(left === 0 ? [] : [`The first ${columns.length} of ${used.length} environments.`, '']),
      `| component | ${columns.map(name => cell(name, 60)).join(' | ')} |`,
      `|---|${'---|'.repeat(columns.length)}`,
    ],
    lines: moving.map(group => row(look, columns, group)),
    tail: [''],
    room: ROOM,
    more: n => `| … and ${n} more | ${'| '.repeat(columns.length)}`.trimEnd(),
  }
}
