import type { Memory, Plan, Proposal } from '../../model.ts'
import { code } from '../../text/markdown.ts'
import { clusterChanges } from '../cluster.ts'
import { crdList } from '../crd-list.ts'
import { decided } from '../decision.ts'
import { headline, movement } from '../headline.ts'
import { migrationTable } from '../migrations.ts'
import { summary } from '../summary.ts'
import { valueTable } from '../tables.ts'
import { within } from '../within.ts'
import { type About, standing, withoutPlan } from './about.ts'
import { heldBy } from './status.ts'

/** Room of the list of edits in UTF-16 units. */
const EDITS = 4_000

/** The plan of the branch, or why there is none. */
export function planOf({ outcome }: About): Plan | null {
  return outcome?.kind === 'planned' ? outcome.plan : null
}

/** What is proposed now may differ from what stands in a pull request that is not written any more. */
export function caveat(plan: Plan, { memory, humanCommit, state }: Proposal): readonly string[] {
  const isLeft = state !== 'open' || memory.hold !== null || humanCommit !== null
  return isLeft && memory.inputs !== plan.inputs
    ? [
        'This is what I would propose now. The pull request says what I found when I wrote it, and I leave it as it is.',
        '',
      ]
    : []
}

function holds({ hold }: Memory): readonly string[] {
  return hold === null ? [] : [`This pull request is ${heldBy(hold)}.`]
}

/** From where to where, how risky and why, what is done and what is left to do, and what it waits for. */
export function planReply(about: About, proposal: Proposal): string {
  const plan = planOf(about)
  if (plan === null) return [...holds(proposal.memory), withoutPlan(about)].join(' ')
  const { component, environment } = plan.upgrade
  const where = environment === null ? '' : ` in ${code(environment, 100)}`
  return [
    headline(plan),
    `${code(`${component} ${movement(plan.upgrade)}`, 250)}${where}`,
    '',
    ...caveat(plan, proposal),
    ...summary(plan),
    decided(plan),
    [...holds(proposal.memory), standing(about)].join(' '),
  ].join('\n')
}

function editList({ edits }: Plan): readonly string[] {
  const lines = edits.map(
    ({ place, from, to }) => `- ${code(`${place.file}:${place.line}`, 300)} ${code(from, 200)} → ${code(to, 200)}`,
  )
  return ['### Edits', ...within(lines, EDITS, n => `- … and ${n} more`), '']
}

function folded(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`<details><summary>${title}</summary>`, '', ...lines, '</details>', '']
}

/** The edits, and folded what they change: values, the user's own files, CRDs and rendered objects. */
export function diffReply(about: About, proposal: Proposal): string {
  const plan = planOf(about)
  if (plan === null) return withoutPlan(about) ?? ''
  return [
    ...caveat(plan, proposal),
    ...editList(plan),
    ...folded('Your files', migrationTable(plan)),
    ...folded('Values', valueTable(plan)),
    ...folded('CRDs', crdList(plan)),
    ...folded('Objects', clusterChanges(plan)),
  ].join('\n')
}
