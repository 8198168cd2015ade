import type { FactOf, Plan } from '../model.ts'
import { cell, code } from '../text/markdown.ts'
import { isHarmless } from './crd-kinds.ts'
import { plural } from './headline.ts'
import { factOf, ofKind, refs } from './numbered.ts'
import { moreLines, moreRows, within } from './within.ts'

/** Room of each section in UTF-16 units; with the rest of the body it stays far below what GitHub takes (65,536). */
const ROOM = { resources: 7_000, values: 5_000, crds: 6_000 } as const

/** Longest reason in a table. */
const REASON = 200

/** What a broken resource breaks on, in a few words; the full sentence stands in what is left to do. */
export function breaksOn({ resource, why }: FactOf<'resource'>): string {
  const reasons = why.map(({ kind, path, detail }) => {
    if (kind === 'version-removed') return `${code(resource.apiVersion)} is removed`
    if (kind === 'version-unserved') return `${code(resource.apiVersion)} is not served any more`
    if (kind === 'crd-removed') return 'its CRD is removed'
    return path === '' ? cell(detail, REASON) : `${code(path, REASON)}: ${cell(detail, REASON)}`
  })
  return [...new Set(reasons)].slice(0, 5).join('; ')
}

function fate(fact: FactOf<'resource'>): string {
  if (fact.status === 'broken') return `**breaks**: ${breaksOn(fact)}`
  const reasons = fact.why.map(({ detail }) => cell(detail, REASON)).slice(0, 5)
  return [fact.status.replace('-', ' '), ...(reasons.length === 0 ? [] : [reasons.join('; ')])].join(': ')
}

const WORST_FIRST = ['broken', 'already-broken', 'not-checked', 'deprecated', 'valid']

/** The custom resources of the repository that the CRDs of this chart are about, those that break first. */
export function resourceTable({ facts }: Plan): readonly string[] {
  const rows = ofKind(facts, 'resource').toSorted(
    (a, b) => WORST_FIRST.indexOf(a.fact.status) - WORST_FIRST.indexOf(b.fact.status),
  )
  if (rows.length === 0) return []
  const lines = rows.map(({ id, fact }) => {
    const { kind, name, file, line } = fact.resource
    return `| ${cell(`${kind}/${name}`, 120)} | ${code(`${file}:${line}`, 300)} | ${fate(fact)} \`${id}\` |`
  })
  return [
    `### Your custom resources (${rows.length} ${rows.length === 1 ? 'uses' : 'use'} these CRDs)`,
    '| resource | file | with this version |',
    '|---|---|---|',
    ...within(lines, ROOM.resources, moreRows),
    '',
  ]
}

/** The values that the user sets and the new chart treats differently. */
export function valueTable({ facts }: Plan): readonly string[] {
  const rows = ofKind(facts, 'value').filter(({ fact }) => fact.status !== 'still-honoured')
  if (rows.length === 0) return []
  const lines = rows.map(({ id, fact: { key, status, to, file, line, detail } }) => {
    const outcome = status === 'renamed' && to !== null ? `renamed to ${code(to, REASON)}` : status.replace('-', ' ')
    const reason = detail === '' ? '' : `: ${cell(detail, REASON)}`
    return `| ${code(key, REASON)} | ${code(`${file}:${line}`, 300)} | ${outcome}${reason} \`${id}\` |`
  })
  return [
    `### Values you set (${plural(rows.length, 'difference')})`,
    '| value | file | with this version |',
    '|---|---|---|',
    ...within(lines, ROOM.values, moreRows),
    '',
  ]
}

/** Changes of one CRD that are told before the rest is counted. */
const MOST_CHANGES = 8

type CrdChange = { readonly crd: string; readonly says: string; readonly id: string }

/** What a rule says of a change stands in for the bare fact: it also says why it hurts. Fields are told by path, those that cost nothing last, as a count. */
function crdChanges({ facts, findings }: Plan): readonly CrdChange[] {
  const said = new Map(findings.filter(({ evidence }) => evidence.length === 1).map(one => [one.evidence[0], one.says]))
  return facts.flatMap((fact, i) => {
    if (!('crd' in fact) || isHarmless(fact.kind)) return []
    const id = `E${i + 1}`
    const { crd, path, detail } = fact
    const says = isOfField(path) ? `${path}: ${detail}` : (said.get(id) ?? detail)
    return [{ crd, says: says.startsWith(`${crd}: `) ? says.slice(crd.length + 2) : says, id }]
  })
}

/** `v1.spec.foo`, and no `v1`, `spec.scope` or nothing. */
function isOfField(path: string): boolean {
  return path.includes('.') && !path.startsWith('spec.')
}

function harmless({ facts }: Plan): readonly string[] {
  const ids = facts.flatMap((fact, i) => ('crd' in fact && isHarmless(fact.kind) ? [`E${i + 1}`] : []))
  return ids.length === 0 ? [] : [`- ${plural(ids.length, 'change')} of fields that cost nothing ${refs(ids)}`]
}

/** Changed CRDs; those that change in the same way share a line. */
export function crdList(plan: Plan): readonly string[] {
  const byCrd = [...Map.groupBy(crdChanges(plan), ({ crd }) => crd).values()]
  const alike = Map.groupBy(byCrd, changes => JSON.stringify(changes.map(({ says }) => says)))
  const lines = [...alike.values()].map(group => {
    const names = group.slice(0, 10).map(([first]) => code(first?.crd ?? '', 120))
    const left = group.length > 10 ? ` and ${group.length - 10} more` : ''
    const all = group[0] ?? []
    const changes = all
      .slice(0, MOST_CHANGES)
      .map(({ says }, i) => `${cell(says, 240)} ${refs(group.flatMap(one => one[i]?.id ?? []))}`)
    const rest = all.length > MOST_CHANGES ? [`${all.length - MOST_CHANGES} more changes`] : []
    return `- ${names.join(', ')}${left}: ${[...changes, ...rest].join(' · ')}`
  })
  const shown = [...lines, ...harmless(plan)]
  return shown.length === 0 ? [] : ['### CRDs', ...within(shown, ROOM.crds, moreLines), '']
}

/** Whether a finding is about something that has a section of its own in the body. */
export function hasSection(plan: Plan, id: string | undefined): boolean {
  const fact = factOf(plan.facts, id)
  return fact !== undefined && (fact.kind === 'resource' || fact.kind === 'value' || 'crd' in fact)
}
