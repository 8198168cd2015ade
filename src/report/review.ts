import { type Check, type LeftOut, type Plan, type Review, RISKS } from '../model.ts'
import { cut } from '../text/hidden.ts'
import { cell, code, neutralise } from '../text/markdown.ts'
import { clusterSummary } from './cluster.ts'
import { decided } from './decision.ts'
import { headline, plural, verdict } from './headline.ts'
import { leftOutTable } from './left-out.ts'
import { assemble, facts, isQuiet, type Section, sections } from './pull-request.ts'
import { summary, unknowns } from './summary.ts'
import { togetherLines } from './together.ts'

/** What was read: the head of the pull request, and a policy file that it changes (null: none). */
export type ReadHead = { readonly head: string; readonly policy: string | null }

type Proved = Extract<Review, { kind: 'reviewed' }>

/** Our plan as far as the pull request makes it, so that what is said to be done is done. */
function asMade({ outcome: { plan }, leftOut }: Proved): Plan {
  const missing = new Set<unknown>(leftOut.map(left => (left.kind === 'migration' ? left.migration : left)))
  const unmade = new Set<unknown>(leftOut.flatMap(left => (left.kind === 'edit' ? [left.edit] : [])))
  return {
    ...plan,
    edits: plan.edits.filter(edit => !unmade.has(edit)),
    migrations: plan.migrations.filter(migration => !missing.has(migration)),
  }
}

/** Nothing to look at: low, and nothing of ours is missing. */
function isClean(review: Review): boolean {
  return review.kind === 'reviewed' && review.leftOut.length === 0 && isQuiet(review.outcome.plan)
}

/** What could not be found out comes before what is low, and after what is known to be worse. */
function gravity(review: Review): number {
  return review.kind === 'reviewed' ? RISKS.indexOf(review.outcome.plan.assessed.final) : 0.5
}

/** Evidence is listed in the check; a line has no room for it, so it names none. */
function cleanLine(plan: Plan): string {
  const crds =
    plan.crdDelivery === 'CRDs do not change'
      ? 'CRDs do not change.'
      : `CRDs will be applied: ${cell(plan.crdDelivery)}.`
  const lacks = unknowns(plan)
  const notKnown = lacks.length === 0 ? '' : ` Not known: ${lacks.join('; ')}.`
  const changes = clusterSummary(plan).replace(/ `E\d+`(?: \+\d+)?/g, '')
  return `**${neutralise(verdict(plan))}** · ${facts(plan)} · ${changes} ${crds}${notKnown}`
}

function unknownLine({ outcome, to, reason }: Extract<Review, { kind: 'unknown' }>): string {
  const { component, environment, from } = outcome
  const where = environment === null ? '' : ` in ${neutralise(environment, 100)}`
  return `**Not checked: ${neutralise(`${component} ${from} → ${to}`, 250)}${where}**: ${neutralise(reason, 500)}`
}

function opening(plan: Plan): Section {
  return [headline(plan), facts(plan), ...togetherLines(plan.upgrade), '']
}

function sectionsOf(review: Review): readonly Section[] {
  if (review.kind === 'unknown') return [[unknownLine(review), '']]
  if (isClean(review)) return [[cleanLine(review.outcome.plan), '']]
  const plan = asMade(review)
  return sections(plan, [opening(plan), leftOutTable(review.leftOut, true)])
}

/** For the check: what is short in the comment stands there as a whole, and what is long there is short. */
function inCheck(review: Review): readonly Section[] {
  if (review.kind === 'unknown') return [[unknownLine(review), '']]
  const plan = asMade(review)
  if (isClean(review)) return sections(plan, [[facts(plan), ...togetherLines(plan.upgrade), '']])
  return [
    [facts(plan), ...togetherLines(plan.upgrade), ''],
    leftOutTable(review.leftOut, false),
    summary(plan),
    [decided(plan), ''],
  ]
}

function policyLine({ policy }: ReadHead): readonly string[] {
  return policy === null
    ? []
    : [
        `This pull request changes ${code(policy, 100)} as well: what it says there counts once it is on the default branch, and not here.`,
        '',
      ]
}

function titleOf(reviews: readonly Review[]): string {
  const [worst] = reviews
  if (worst === undefined) return 'Nothing that Windlass knows moves here'
  const says =
    worst.kind === 'unknown'
      ? `Not checked: ${worst.outcome.component}`
      : withLeftOut(verdict(worst.outcome.plan), worst.leftOut)
  return reviews.length === 1 ? says : `${says} (the gravest of ${plural(reviews.length, 'upgrade')})`
}

function withLeftOut(says: string, { length }: readonly LeftOut[]): string {
  return length === 0 ? says : `${says}; ${plural(length, 'thing')} left out`
}

/**
 * What we say on somebody else's pull request: the comment (one line when nothing needs a look) and the check on its head, which is
 * `success` when nothing needs a look, `neutral` else, and never red. The gravest upgrade first.
 */
export function review(reviews: readonly Review[], read: ReadHead): { readonly body: string; readonly check: Check } {
  const sorted = reviews.toSorted((a, b) => gravity(b) - gravity(a))
  const footer = `Read at ${code(read.head.slice(0, 12))}. Windlass changes nothing in this pull request; this comment follows it.`
  const body = assemble([policyLine(read), ...sorted.flatMap(sectionsOf)], footer)
  const [only] = sorted
  return {
    body:
      only && sorted.length === 1 && isClean(only) && read.policy === null ? body.replaceAll('\n', ' ').trim() : body,
    check: {
      title: cut(titleOf(sorted), 250),
      summary: assemble([policyLine(read), ...sorted.flatMap(inCheck)], ''),
      conclusion: reviews.every(isClean) ? 'success' : 'neutral',
    },
  }
}
