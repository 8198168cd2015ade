import type { FactOf, Plan } from '../model.ts'
import { cell, code } from '../text/markdown.ts'
import { plural } from './headline.ts'
import { factOf, type Numbered, ofKind } from './numbered.ts'
import { moreRows, within } from './within.ts'

/** Room of each section in UTF-16 units; with the rest of the body it stays far below what GitHub takes (65,536). */
const ROOM = { resources: 7_000, values: 5_000 } as const

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

/** Whether the CRDs say something of a resource: not of a kind that they are not about, or of a patch by itself. */
function isAbout({ fact: { why } }: Numbered<'resource'>): boolean {
  return why.length === 0 || why.some(({ kind }) => kind !== 'no-crd' && kind !== 'patch')
}

const WORST_FIRST = ['broken', 'already-broken', 'not-checked', 'deprecated', 'valid']

/** The custom resources of the repository that the CRDs of this chart are about, those that break first. */
export function resourceTable({ facts }: Plan): readonly string[] {
  const rows = ofKind(facts, 'resource')
    .filter(isAbout)
    .toSorted((a, b) => WORST_FIRST.indexOf(a.fact.status) - WORST_FIRST.indexOf(b.fact.status))
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

/** Whether a finding is about something that has a section of its own in the body. */
export function hasSection(plan: Plan, id: string | undefined): boolean {
  const fact = factOf(plan.facts, id)
  return fact !== undefined && (fact.kind === 'resource' || fact.kind === 'value' || 'crd' in fact)
}
