import type { Policy } from '../config.ts'
import type { Check, Outcome, Pin, Problem } from '../model.ts'
import { cell, code } from '../text/markdown.ts'
import { redact } from '../text/secrets.ts'
import { move } from './dashboard-lines.ts'
import { plural } from './headline.ts'
import { policyFile } from './policy-file.ts'
import { sentence } from './summary.ts'
import { within } from './within.ts'

/** Room of each list in UTF-16 units; together they stay far below what GitHub takes (65,536). */
const ROOM = { found: 12_000, first: 5_000, problems: 8_000 } as const

/** What was found in a repository that we see for the first time. */
export type FirstLook = {
  readonly detected: { readonly pins: readonly Pin[] }
  readonly outcomes: readonly Outcome[]
  readonly problems: readonly Problem[]
  readonly policy: Pick<Policy, 'prHourlyLimit' | 'prConcurrentLimit' | 'dashboard'>
  /** The environments that have an order, in it. */
  readonly environments: readonly string[]
}

const TITLE = 'Configure Windlass'

/** `2 components`, where the same name in several environments counts once. */
function components(pins: readonly Pin[]): string {
  return plural(new Set(pins.map(({ component }) => component)).size, 'component')
}

function environmentRow(name: string | null, pins: readonly Pin[]): string {
  const kinds = [...new Set(pins.map(({ kind }) => kind))].toSorted().map(kind => `\`${kind}\``)
  const names = [...new Set(pins.map(({ component }) => cell(component, 60)))].toSorted()
  const shown = within(names, 600, n => `and ${n} more`).join(', ')
  return `| ${name === null ? 'none in particular' : `**${cell(name, 100)}**`} | ${shown} | ${kinds.join(', ')} |`
}

/** The environments with an order first, in it; then the others, then what belongs to none. */
function found({ detected: { pins }, environments }: FirstLook): readonly string[] {
  const groups = Map.groupBy(pins, ({ environment }) => environment)
  const others = [...groups.keys()].filter(name => name !== null && !environments.includes(name)).toSorted()
  const inOrder = [...environments, ...others, null].flatMap(name => {
    const group = groups.get(name)
    return group === undefined ? [] : [environmentRow(name, group)]
  })
  return [
    `### What was found: ${components(pins)} in ${plural(groups.size - (groups.has(null) ? 1 : 0), 'environment')}`,
    '| environment | components | where the versions stand |',
    '|---|---|---|',
    ...within(inOrder, ROOM.found, n => `| … and ${n} more | | |`),
    '',
  ]
}

function order(environments: readonly string[]): string {
  if (environments.length < 2) return '- No order of environments was recognised, so none waits for another.'
  const names = environments.map(name => `**${cell(name, 60)}**`)
  return `- An upgrade goes ${names.join(' → ')}: the next environment follows when the one before has it on the default branch.`
}

function limits({ prHourlyLimit, prConcurrentLimit }: FirstLook['policy']): string {
  const at = (limit: number) => (limit === 0 ? 'any number' : `at most ${limit}`)
  return `- Pull requests: ${at(prHourlyLimit)} in an hour, and ${at(prConcurrentLimit)} may be open at a time.`
}

function expected(look: FirstLook): readonly string[] {
  const { outcomes, environments, policy } = look
  const planned = outcomes.flatMap(outcome => {
    if (outcome.kind !== 'planned') return []
    const { component, environment, from, plan } = outcome
    return [`  - ${move({ component, environment, from, to: plan.upgrade.to.version })}`]
  })
  const current = outcomes.filter(({ kind }) => kind === 'current').length
  return [
    '### What to expect',
    `- ${plural(planned.length, 'upgrade')} can be proposed now; ${plural(current, 'place')} up to date.`,
    ...within(planned, ROOM.first, n => `  - … and ${n} more`),
    order(environments),
    limits(policy),
    '- Nothing is merged without a person.',
    ...(policy.dashboard ? ['- One issue, the Windlass dashboard, says where everything stands.'] : []),
    '',
  ]
}

function lookups({ problems }: FirstLook): readonly string[] {
  const lines = problems.map(({ file, line, reason }) => {
    const place = file === null ? '' : `${code(line === null ? file : `${file}:${line}`, 300)} `
    return `- ${place}${sentence(reason)}`
  })
  const shown = within([...new Set(lines)], ROOM.problems, n => `- … and ${n} more`)
  return shown.length === 0 ? [] : ['### What could not be read or looked up', ...shown, '']
}

function body(look: FirstLook): string {
  return redact(
    [
      '## Windlass works here already; this file is for when you want something else',
      'It adds `.github/windlass.yaml`, in which **every line is a comment**: merging it changes nothing. Upgrades are proposed without it, and none waits for it.',
      '',
      ...found(look),
      ...expected(look),
      ...lookups(look),
      '---',
      'Close this pull request if you need no such file: it does not come back. To stop Windlass here, say `enabled: false` in that file or take the repository out of the installation. Commands are not read here.',
    ].join('\n'),
  )
}

function check({ detected, environments }: FirstLook): Check {
  const text = `Adds a policy file of comments: nothing changes. Found ${components(detected.pins)}`
  return {
    title: text,
    summary: `${text}${environments.length === 0 ? '' : ` in ${environments.map(name => cell(name, 60)).join(' → ')}`}.`,
    conclusion: 'success',
  }
}

/** All wording of the pull request that adds a policy file. */
export const welcome = { title: TITLE, body, check, policyFile }
