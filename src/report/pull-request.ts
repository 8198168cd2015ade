import type { Check, Memory, Plan, PullRequest } from '../model.ts'
import { cell, code, neutralise } from '../text/markdown.ts'
import { headline, labels, title } from './headline.ts'
import { clusterChanges, crdList, resourceTable, valueTable } from './tables.ts'

const WARNED = new Set(['medium', 'high', 'critical'])

function facts(plan: Plan): string {
  const { upgrade } = plan
  const where = upgrade.environment === null ? '' : ` in **${upgrade.environment}**`
  const newer = upgrade.available.filter(version => version !== upgrade.to.version).slice(0, 3)
  const app = upgrade.to.appVersion === null ? '' : ` · app ${code(upgrade.to.appVersion)}`
  const rest = newer.length === 0 ? '' : ` · also available: ${newer.map(code).join(', ')}`
  return `**${cell(upgrade.component)} ${cell(upgrade.from)} → ${cell(upgrade.to.version)}**${where} · ${code(upgrade.source.url)}${app}${rest}`
}

function row(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`| ${name} | ${lines.join('<br>')} |`]
}

/** Commands in a to-do stand in code spans already, so only the table's own signs are made harmless. */
function step(line: string): string {
  return line.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
}

function summary(plan: Plan): string[] {
  const why = plan.findings.filter(({ severity }) => WARNED.has(severity))
  const cited = why
    .slice(0, 8)
    .map(({ says, evidence }) => `${cell(says)} ${evidence.map(id => `\`${id}\``).join(' ')}`)
  const edits = plan.edits.map(
    ({ place, from, to }) => `${code(`${place.file}:${place.line}`)} ${code(from)} → ${code(to)}`,
  )
  return [
    '| | |',
    '|---|---|',
    ...row(`Why ${plan.assessed.final}`, cited),
    ...row('Done in this PR', edits.slice(0, 20)),
    ...row('You must still', plan.todo.slice(0, 20).map(step)),
    ...row('Not known', plan.unknown.slice(0, 10).map(cell)),
    ...row('CRDs will be applied', plan.crdDelivery === 'CRDs do not change' ? [] : [cell(plan.crdDelivery)]),
    ...row('Rollback', [cell(plan.rollback.says)]),
    '',
  ]
}

function notes(plan: Plan): string[] {
  const { items } = plan.assessed.document
  const shown = items.filter(({ appliesToRepo }) => appliesToRepo !== 'no')
  if (shown.length === 0) return []
  const heading =
    plan.assessed.modelLevel === null
      ? '### What the evidence says'
      : '### What the model read in the evidence (untrusted summary)'
  return [
    heading,
    ...shown
      .slice(0, 15)
      .map(({ statement, cites }) => `- ${neutralise(statement)} ${cites.map(({ e }) => code(e)).join(' ')}`),
    '',
  ]
}

function decision(plan: Plan): string[] {
  const { assessor, fallback, floor, final, dropped } = plan.assessed
  const raised =
    floor === final ? `The rules say ${floor}.` : `The rules say ${floor}; the model raised it to ${final}.`
  const evidence = plan.evidence.map(({ id, text }) => `- \`${id}\` ${cell(text).slice(0, 400)}`)
  return [
    '### How this was decided',
    `${raised} Assessed by ${code(assessor)}${fallback === null ? '' : ` (${neutralise(fallback)})`}. Old and new version were rendered with your values at ${code(plan.commit.slice(0, 12))}.`,
    ...(dropped.length === 0 ? [] : [`${dropped.length} claims of the model could not be proved and were left out.`]),
    `<details><summary>Evidence E1 … E${plan.evidence.length}</summary>`,
    '',
    ...evidence.slice(0, 120),
    ...(evidence.length > 120 ? [`- … ${evidence.length - 120} more in \`windlass plan --json\``] : []),
    '</details>',
    '',
  ]
}

/** A quiet upgrade is one short screen. */
function short(plan: Plan): boolean {
  return plan.assessed.final === 'low' && plan.todo.length === 0
}

const FOOTER = [
  '---',
  '`/windlass hold` pauses · `/windlass rebase` redoes it · `/windlass ignore version` or closing this pull request refuses this version · `/windlass help`',
]

function heldLine({ hold }: Pick<Memory, 'hold'>): string[] {
  if (hold === null) return []
  const reason = hold.reason === '' ? '' : `: ${neutralise(hold.reason)}`
  return [`> **On hold** by ${code(hold.by)} since ${hold.at}${reason}. \`/windlass resume\` goes on.`, '']
}

/** The body: facts first, claims with their evidence, what is not known said; a function of the plan and the memory only. */
export function body(plan: Plan, memory: Pick<Memory, 'hold'>): string {
  const middle = short(plan)
    ? [...clusterChanges(plan), `CRDs: ${cell(plan.crdDelivery)}. Rollback: ${cell(plan.rollback.says)}.`, '']
    : [...summary(plan), ...resourceTable(plan), ...valueTable(plan), ...crdList(plan), ...clusterChanges(plan)]
  return [
    headline(plan),
    facts(plan),
    '',
    ...heldLine(memory),
    ...middle,
    ...notes(plan),
    ...decision(plan),
    ...FOOTER,
  ].join('\n')
}

/** The pull request of a plan. */
export function pullRequest(plan: Plan, memory: Pick<Memory, 'hold'>): PullRequest {
  return {
    title: title(plan),
    branch: plan.branch,
    labels: [...labels(plan), ...(memory.hold === null ? [] : ['windlass/hold'])],
    reviewers: plan.reviewers,
    body: body(plan, memory),
  }
}

/** The check run `windlass`: `neutral` asks for a look; it never blocks a merge by being red. */
export function check(plan: Plan): Check {
  return {
    title: headline(plan).replace(/^## /, ''),
    summary: [facts(plan), '', ...summary(plan)].join('\n'),
    conclusion: plan.assessed.final === 'low' ? 'success' : 'neutral',
  }
}
