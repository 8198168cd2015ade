import type { Finding, Plan } from '../model.ts'
import { cut, oneLine } from '../text/hidden.ts'
import { cell, code, neutralise } from '../text/markdown.ts'
import { factOf, refs } from './numbered.ts'
import { breaksOn, hasSection } from './tables.ts'
import { within } from './within.ts'

/** Room of each row in UTF-16 units. */
const ROOM = { why: 4_000, also: 4_000, done: 2_500, todo: 5_000, unknown: 2_000 } as const

/** Longest sentence of a rule or of a to-do. */
const SENTENCE = 300

function row(name: string, lines: readonly string[], room: number): string[] {
  const shown = within(lines, room, n => `and ${n} more`)
  return shown.length === 0 ? [] : [`| ${name} | ${shown.join('<br>')} |`]
}

/** One of our own sentences: its code spans stay, and everything in and around them, which may be a stranger's, is made harmless. */
export function sentence(text: string): string {
  const parts = cut(oneLine(text), SENTENCE).split('`')
  return parts
    .map((part, i) => {
      if (i % 2 === 1) return code(part)
      const [, before = '', middle = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(part) ?? []
      return `${before}${neutralise(middle)}${after}`
    })
    .join('')
}

type Reason = {
  readonly says: string
  readonly kind: string
  readonly id: string
  readonly evidence: readonly string[]
}

const LOST: Readonly<Record<string, string>> = {
  removed: 'you set it, and nothing reads it any more',
  renamed: 'you set it, and it has another name now',
  refused: 'you set it, and the chart refuses it',
  'type-changed': 'you set it, and it must be written in another way',
}

/** A finding as a thing and what happens to it, so that things of the same fate share a sentence. */
function reason(plan: Plan, { says, evidence, rule }: Finding): Reason {
  const fact = evidence.length === 1 ? factOf(plan.facts, evidence[0]) : undefined
  if (fact?.kind === 'resource' && fact.status === 'broken') {
    return { says: code(`${fact.resource.kind}/${fact.resource.name}`, 120), kind: breaksOn(fact), id: rule, evidence }
  }
  const lost = fact?.kind === 'value' ? LOST[fact.status] : undefined
  if (fact?.kind === 'value' && lost !== undefined) return { says: code(fact.key, 150), kind: lost, id: rule, evidence }
  return { says: '', kind: cell(says, SENTENCE), id: '', evidence }
}

const MOST_NAMED = 5

function together(group: readonly Reason[]): string {
  const { kind = '', says = '' } = group[0] ?? {}
  const ids = refs(group.flatMap(({ evidence }) => evidence))
  if (says === '') return `${kind} ${ids}`
  const left = group.length - MOST_NAMED
  const names = group.slice(0, MOST_NAMED).map(one => one.says)
  return `${names.join(', ')}${left > 0 ? ` and ${left} more` : ''}: ${kind} ${ids}`
}

function grouped(plan: Plan, findings: readonly Finding[]): readonly string[] {
  const reasons = findings.map(finding => reason(plan, finding))
  return [...Map.groupBy(reasons, ({ id, kind }) => `${id}\n${kind}`).values()].map(together)
}

/** What makes the risk what it is; what a model proved on top is named as the model's. */
function why(plan: Plan): readonly string[] {
  const { final, floor, assessor, document } = plan.assessed
  if (final === 'low') return []
  if (final === floor)
    return grouped(
      plan,
      plan.findings.filter(({ severity }) => severity === final),
    )
  const cited = [...new Set(document.risk.why.map(({ e }) => e))]
  return [`the rules say ${floor}; ${code(assessor)} proved more, see what it read below ${refs(cited)}`]
}

/** Findings that are not the reason of the risk and have no section of their own. */
function also(plan: Plan): readonly string[] {
  const rest = plan.findings.filter(
    ({ severity, evidence }) =>
      (severity !== plan.assessed.final || severity === 'low') && !hasSection(plan, evidence[0]),
  )
  return grouped(plan, rest)
}

/** What the analysis could not find out, in its own words. */
export function unknowns({ unknown, assessed }: Plan): readonly string[] {
  return within(
    [...new Set([...unknown, ...assessed.document.notCovered])].map(text => cell(text, SENTENCE)),
    ROOM.unknown,
    n => `and ${n} more`,
  )
}

/** Findings of a quiet upgrade, a line each. */
export function quietFindings(plan: Plan): readonly string[] {
  const lines = within(also(plan), ROOM.also, n => `and ${n} more`).map(line => `- ${line}`)
  return lines.length === 0 ? [] : [...lines, '']
}

/** The hops to the newest version, where there is more than one: this pull request makes the first. */
function way({ upgrade }: Plan): readonly string[] {
  const { path, from } = upgrade
  if (path.length < 2) return []
  const hops = [from, ...path.map(({ to }) => to)].map(version => code(version, 60)).join(' → ')
  const reasons = path.flatMap(({ to, because, source }) =>
    because === null ? [] : [`${code(to, 60)}: ${cell(because, SENTENCE)} (${code(source ?? '', 200)})`],
  )
  return [`${hops}; this pull request makes the first step`, ...reasons]
}

/** What is said before any reason is given for it. */
export function first(text: string): string {
  return text.split(/[;:] /)[0] ?? text
}

/** The table at the top: why, what is done, what is left to do, what is not known. */
export function summary(plan: Plan): readonly string[] {
  const edits = plan.edits.map(
    ({ place, from, to }) => `${code(`${place.file}:${place.line}`, 300)} ${code(from)} → ${code(to)}`,
  )
  const migrated = plan.migrations
    .filter(({ mechanical }) => mechanical)
    .map(
      ({ what, file, line, why }) =>
        `${code(`${file}:${line}`, 300)} ${cell(what, 120)}: ${cell(first(why), SENTENCE)}`,
    )
  const delivery = plan.crdDelivery === 'CRDs do not change' ? [] : [cell(plan.crdDelivery, SENTENCE)]
  return [
    '| | |',
    '|---|---|',
    ...row(`Why ${plan.assessed.final}`, why(plan), ROOM.why),
    ...row('Also', also(plan), ROOM.also),
    ...row('Way', way(plan), ROOM.done),
    ...row('Done in this PR', [...edits, ...migrated], ROOM.done),
    ...row('You must still', plan.todo.map(sentence), ROOM.todo),
    ...row('Not known', unknowns(plan), ROOM.unknown * 2),
    ...row('CRDs will be applied', delivery, ROOM.done),
    ...row('Rollback', [cell(plan.rollback.says, SENTENCE)], ROOM.done),
    '',
  ]
}
