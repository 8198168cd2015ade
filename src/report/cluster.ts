import type { Fact, FieldChange, ObjectId, Plan, Value } from '../model.ts'
import { code, fence } from '../text/markdown.ts'
import { plural } from './headline.ts'
import { ofKind, refs } from './numbered.ts'
import { within } from './within.ts'

/** Room of the diff in UTF-16 units, before its fence. */
const DIFF = 6_000

/** How much of a long value is shown, and how much of it before the first difference. */
const SHOWN = { whole: 240, before: 40 } as const

/** Objects and images named before the rest is counted. */
const NAMED = 8

function named({ kind, namespace, name }: ObjectId): string {
  return code(`${kind}/${namespace === null ? '' : `${namespace}/`}${name}`, 150)
}

function images(facts: readonly Fact[]): readonly string[] {
  const moves = Map.groupBy(ofKind(facts, 'image-changed'), ({ fact }) => JSON.stringify([fact.from, fact.to]))
  const lines = [...moves.values()].map(group => {
    const { from = '', to = '' } = group[0]?.fact ?? {}
    return `${code(from, 200)} → ${code(to, 200)} ${refs(group.map(({ id }) => id))}`
  })
  const left = lines.length - NAMED
  return [...lines.slice(0, NAMED), ...(left > 0 ? [`${left} more`] : [])]
}

/** How many UTF-16 units two texts begin with alike. */
function common(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

/** Both values as JSON; of long ones the part around the first difference. */
function sides({ from, to }: FieldChange): readonly [string | null, string | null] {
  const json = (value: Value | undefined) => (value === undefined ? null : JSON.stringify(value))
  const [a, b] = [json(from), json(to)]
  const start = Math.max(0, (a === null || b === null ? 0 : common(a, b)) - SHOWN.before)
  const part = (text: string | null) => {
    if (text === null || text.length <= SHOWN.whole) return text
    const end = text.length > start + SHOWN.whole ? '…' : ''
    return `${start > 0 ? '…' : ''}${text.slice(start, start + SHOWN.whole)}${end}`
  }
  return [part(a), part(b)]
}

function changeLines(change: FieldChange): string[] {
  const [from, to] = sides(change)
  const line = (sign: string, value: string | null) => (value === null ? [] : [`${sign}   ${change.path}: ${value}`])
  return [...line('-', from), ...line('+', to)]
}

function diffLines(fact: Fact): string[] {
  if (fact.kind === 'object-added') return [`+ ${fact.object.kind}/${fact.object.name}`]
  if (fact.kind === 'object-removed') return [`- ${fact.object.kind}/${fact.object.name}`]
  if (fact.kind !== 'object-changed') return []
  return [`  ${fact.object.kind}/${fact.object.name}`, ...fact.changes.flatMap(changeLines)]
}

/** The fields that differ between the two renders, folded; empty when none does. */
export function renderedDiff({ facts }: Plan): readonly string[] {
  const lines = facts.flatMap(diffLines)
  if (lines.length === 0) return []
  const shown = within(lines, DIFF, n => `… ${plural(n, 'more line')} in \`windlass plan --json\``)
  const summary = `<details><summary>Rendered diff (${plural(lines.length, 'line')})</summary>`
  return [summary, '', fence(shown.join('\n'), 'diff'), '</details>', '']
}

/** Whether old and new were both rendered in full: only then does "nothing changes" mean anything. */
export function isRendered({ facts, upgrade }: Plan): boolean {
  const lacks = facts.some(({ kind }) => kind === 'render-failed' || kind === 'not-rendered')
  return upgrade.source.type !== 'docker' && !lacks
}

function counts(facts: readonly Fact[]): string {
  const of = (kind: Fact['kind']) => facts.filter(fact => fact.kind === kind).length
  const [changed, added, removed] = [of('object-changed'), of('object-added'), of('object-removed')]
  const quiet = ofKind(facts, 'objects-labels-only').reduce((sum, { fact }) => sum + fact.objects.length, 0)
  const anew = ofKind(facts, 'objects-made-anew').reduce((sum, { fact }) => sum + fact.objects.length, 0)
  const verbs: readonly (readonly [n: number, one: string, more: string])[] = [
    [changed, 'changes', 'change'],
    [added, 'is new', 'are new'],
    [removed, 'goes away', 'go away'],
    [quiet, 'differs only in labels', 'differ only in labels'],
    [anew, 'is made anew at each render', 'are made anew at each render'],
  ]
  const parts = verbs
    .filter(([n]) => n > 0)
    .map(([n, one, more], i) => `${i === 0 ? plural(n, 'object') : n} ${n === 1 ? one : more}`)
  return parts.join(', ')
}

function gone(facts: readonly Fact[]): readonly string[] {
  const removed = ofKind(facts, 'object-removed').map(({ fact, id }) => `${named(fact.object)} \`${id}\``)
  const left = removed.length > NAMED ? ` and ${removed.length - NAMED} more` : ''
  return removed.length === 0 ? [] : [`Gone: ${removed.slice(0, NAMED).join(', ')}${left}`]
}

/** What cannot be said of the cluster, because it was not rendered. */
function notSeen(plan: Plan): readonly string[] {
  if (plan.upgrade.source.type === 'docker')
    return ['Only the tag of an image changes here: what it does was not analysed']
  return isRendered(plan) ? [] : ['Not known in full, because not everything could be rendered']
}

/** What differs between the two renders with the user's own values, in sentences; label-only noise is one number. */
export function clusterSummary(plan: Plan): string {
  const { facts } = plan
  const moved = images(facts)
  const seen = [counts(facts), ...gone(facts), ...(moved.length === 0 ? [] : [`Images: ${moved.join(', ')}`])]
  const said = [...seen.filter(part => part !== ''), ...notSeen(plan)]
  return said.length === 0 ? 'Both versions render to the same objects.' : `${said.join('. ')}.`
}

/** The section about the cluster. */
export function clusterChanges(plan: Plan): readonly string[] {
  return ['### What changes in the cluster', clusterSummary(plan), '', ...renderedDiff(plan)]
}
