import type { Check, Memory, Plan, PullRequest } from '../model.ts'
import { cut } from '../text/hidden.ts'
import { cell, code, neutralise } from '../text/markdown.ts'
import { redact } from '../text/secrets.ts'
import { clusterChanges, clusterSummary, renderedDiff } from './cluster.ts'
import { crdList } from './crd-list.ts'
import { decided, evidenceList } from './decision.ts'
import { headline, labels, movement, plural, title, verdict } from './headline.ts'
import { migrationTable } from './migrations.ts'
import { modelSection, releaseNotes } from './notes.ts'
import { ofKind } from './numbered.ts'
import { NOT_PROMOTED, type Promotion, promotionLines } from './promotion.ts'
import { quietFindings, summary, unknowns } from './summary.ts'
import { resourceTable, valueTable } from './tables.ts'
import { togetherLines } from './together.ts'

/** Longest body in UTF-16 units. GitHub takes 65,536; markers, the memory and human text around ours need room too. */
const MAX_BODY = 58_000

/** What moves from where to where, in one line. */
export function facts({ upgrade }: Plan): string {
  const { component, environment, to, source, available } = upgrade
  const where = environment === null ? '' : ` in **${cell(environment, 100)}**`
  const newer = available.slice(0, Math.max(0, available.indexOf(to.version))).slice(-3)
  const app = to.appVersion === null ? '' : ` · app ${code(to.appVersion, 100)}`
  const rest = newer.length === 0 ? '' : ` · newer still: ${newer.map(version => code(version, 100)).join(', ')}`
  const chart = source.chart === null || source.chart === component ? '' : `${code(source.chart, 100)} from `
  const what = cell(`${component} ${movement(upgrade)}`, 250)
  return `**${what}**${where} · ${chart}${code(source.url, 300)}${app}${rest}`
}

/** A quiet upgrade is one short screen. */
export function isQuiet(plan: Plan): boolean {
  return plan.assessed.final === 'low' && plan.todo.length === 0 && plan.migrations.length === 0
}

const FOOTER = [
  '---',
  '`/windlass hold` pauses · `/windlass rebase` redoes it · `/windlass ignore version` or closing this pull request refuses this version · `/windlass help`',
].join('\n')

function heldLine({ hold }: Pick<Memory, 'hold'>): readonly string[] {
  if (hold === null) return []
  const reason = hold.reason === '' ? '' : `: ${neutralise(hold.reason, 300)}`
  return [
    `> **On hold** by ${code(hold.by, 100)} since ${code(hold.at, 40)}${reason}. \`/windlass resume\` goes on.`,
    '',
  ]
}

/** Custom resources of a quiet upgrade: one sentence when all is well. */
function quietResources(plan: Plan): readonly string[] {
  const resources = ofKind(plan.facts, 'resource')
  if (resources.length === 0) return []
  if (resources.some(({ fact }) => fact.status !== 'valid')) return resourceTable(plan)
  return [`Your ${plural(resources.length, 'custom resource')} of these CRDs: valid with the new version.`, '']
}

/** Lines that stay together: where there is no room for all of them, there is none of them. */
export type Section = readonly string[]

function quiet(plan: Plan): readonly Section[] {
  const unknown = unknowns(plan)
  const crds =
    plan.crdDelivery === 'CRDs do not change' ? 'CRDs do not change' : `CRDs will be applied: ${cell(plan.crdDelivery)}`
  const notKnown = unknown.length === 0 ? [] : [`Not known: ${unknown.join('; ')}.`]
  return [
    [clusterSummary(plan), `${crds}. Rollback: ${cell(plan.rollback.says)}.`, ...notKnown, ''],
    quietFindings(plan),
    quietResources(plan),
    crdList(plan),
    renderedDiff(plan),
    modelSection(plan),
    releaseNotes(plan),
    [decided(plan), ''],
  ]
}

function grave(plan: Plan): readonly Section[] {
  return [
    summary(plan),
    migrationTable(plan),
    resourceTable(plan),
    valueTable(plan),
    crdList(plan),
    clusterChanges(plan),
    modelSection(plan),
    releaseNotes(plan),
    ['### How this was decided', decided(plan), ''],
  ]
}

/** All that is said of a plan, section by section; `above` are those that come before it. */
export function sections(plan: Plan, above: readonly Section[]): readonly Section[] {
  const all = [...above, ...(isQuiet(plan) ? quiet(plan) : grave(plan))]
  return [...all, evidenceList(plan, all.flat().join('\n'))]
}

/** Whole sections only, so that no table and no fold is left open; each has its own room, so leaving one out is rare. */
export function assemble(sections: readonly Section[], footer: string): string {
  const texts = sections.filter(lines => lines.length > 0).map(lines => redact(lines.join('\n')))
  const room = MAX_BODY - footer.length - 200
  const kept: string[] = []
  let used = 0
  for (const text of texts) {
    if (used + text.length > room) continue
    kept.push(text)
    used += text.length + 1
  }
  const left = texts.length - kept.length
  return [
    ...kept,
    ...(left === 0 ? [] : [`${plural(left, 'section')} had no room here: see \`windlass plan --json\`.\n`]),
    footer,
  ].join('\n')
}

/** The body: facts first, claims with their evidence, what is not known said; a function of the plan and the memory only. */
export function body(plan: Plan, memory: Pick<Memory, 'hold'>, promotion: Promotion = NOT_PROMOTED): string {
  const promoted = promotionLines(plan, promotion)
  const opening = [headline(plan), facts(plan), ...togetherLines(plan.upgrade), ...promoted, '', ...heldLine(memory)]
  return assemble(sections(plan, [opening]), FOOTER)
}

/** The pull request of a plan. */
export function pullRequest(
  plan: Plan,
  memory: Pick<Memory, 'hold'>,
  promotion: Promotion = NOT_PROMOTED,
): PullRequest {
  return {
    title: title(plan),
    branch: plan.branch,
    into: plan.into,
    labels: [
      ...labels(plan),
      ...(memory.hold === null ? [] : ['windlass/hold']),
      ...(promotion.hold === null ? [] : ['windlass/waits']),
    ],
    reviewers: plan.reviewers,
    body: body(plan, memory, promotion),
  }
}

/** The check run `windlass`: `neutral` asks for a look; it never blocks a merge by being red. */
export function check(plan: Plan): Check {
  return {
    title: cut(verdict(plan), 250),
    summary: [facts(plan), ...togetherLines(plan.upgrade), '', ...summary(plan), decided(plan)].join('\n'),
    conclusion: plan.assessed.final === 'low' ? 'success' : 'neutral',
  }
}
