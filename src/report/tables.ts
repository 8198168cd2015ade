import type { Fact, FactOf, ObjectId, Plan } from '../model.ts'
import { cell, code, fence } from '../text/markdown.ts'
import { plural } from './headline.ts'

/** Longer lists are cut with a line that says how much is left; the whole stands in `windlass plan --json`. */
const MAX_ROWS = 40

/** A fact with the id of its evidence. */
type Numbered<K extends Fact['kind']> = { readonly id: string; readonly fact: FactOf<K> }

function ofKind<K extends Fact['kind']>(facts: readonly Fact[], kind: K): Numbered<K>[] {
  return facts.flatMap((fact, i) => (fact.kind === kind ? [{ id: `E${i + 1}`, fact: fact as FactOf<K> }] : []))
}

function capped(rows: readonly string[]): string[] {
  const left = rows.length - MAX_ROWS
  return left > 0 ? [...rows.slice(0, MAX_ROWS), `| … and ${left} more | | |`] : [...rows]
}

/** The custom resources of the repository that the CRDs of this chart are about. */
export function resourceTable({ facts }: Plan): string[] {
  const rows = ofKind(facts, 'resource')
  if (rows.length === 0) return []
  return [
    `### Your custom resources (${rows.length} ${rows.length === 1 ? 'uses' : 'use'} these CRDs)`,
    '| resource | file | with this version |',
    '|---|---|---|',
    ...capped(
      rows.map(({ id, fact: { resource, status, why } }) => {
        const reasons = why.map(({ detail }) => cell(detail)).join('; ')
        const verdict = status === 'broken' ? '**breaks**' : status
        return `| ${cell(`${resource.kind}/${resource.name}`)} | ${code(`${resource.file}:${resource.line}`)} | ${verdict}${reasons === '' ? '' : `: ${reasons}`} \`${id}\` |`
      }),
    ),
    '',
  ]
}

/** The values that the user sets and the new chart treats differently. */
export function valueTable({ facts }: Plan): string[] {
  const rows = ofKind(facts, 'value').filter(({ fact }) => fact.status !== 'still-honoured')
  if (rows.length === 0) return []
  return [
    `### Values you set (${plural(rows.length, 'difference')})`,
    '| value | file | with this version |',
    '|---|---|---|',
    ...capped(
      rows.map(({ id, fact: { key, status, to, file, line, detail } }) => {
        const verdict = status === 'renamed' && to !== null ? `renamed to ${code(to)}` : status.replace('-', ' ')
        return `| ${code(key)} | ${code(`${file}:${line}`)} | ${verdict}${detail === '' ? '' : `: ${cell(detail)}`} \`${id}\` |`
      }),
    ),
    '',
  ]
}

function named({ kind, namespace, name }: ObjectId): string {
  return code(`${kind}/${namespace === null ? '' : `${namespace}/`}${name}`)
}

/** Changed CRDs, one line each. */
export function crdList({ facts }: Plan): string[] {
  const rows = facts.flatMap((fact, i) =>
    'crd' in fact ? [`- ${code(fact.crd)} ${cell(fact.detail)} \`E${i + 1}\``] : [],
  )
  return rows.length === 0 ? [] : ['### CRDs', ...rows.slice(0, MAX_ROWS), '']
}

function diffOf(facts: readonly Fact[]): string {
  const lines = facts.flatMap(fact => {
    if (fact.kind === 'object-added') return [`+ ${fact.object.kind}/${fact.object.name}`]
    if (fact.kind === 'object-removed') return [`- ${fact.object.kind}/${fact.object.name}`]
    if (fact.kind !== 'object-changed') return []
    const show = (value: unknown) => JSON.stringify(value)?.slice(0, 300)
    return [
      `  ${fact.object.kind}/${fact.object.name}`,
      ...fact.changes.flatMap(({ path, from, to }) => [
        ...(from === undefined ? [] : [`-   ${path}: ${show(from)}`]),
        ...(to === undefined ? [] : [`+   ${path}: ${show(to)}`]),
      ]),
    ]
  })
  return lines.slice(0, 400).join('\n') + (lines.length > 400 ? `\n… ${lines.length - 400} lines more` : '')
}

/** What differs between the two renders with the user's own values; label-only noise is one number. */
export function clusterChanges({ facts }: Plan): string[] {
  const [added, removed, changed] = [
    ofKind(facts, 'object-added'),
    ofKind(facts, 'object-removed'),
    ofKind(facts, 'object-changed'),
  ]
  const quiet = ofKind(facts, 'objects-labels-only').reduce((sum, { fact }) => sum + fact.objects.length, 0)
  if (added.length + removed.length + changed.length + quiet === 0) return []
  const gone =
    removed.length === 0
      ? ''
      : ` Gone: ${removed
          .slice(0, 10)
          .map(({ fact, id }) => `${named(fact.object)} \`${id}\``)
          .join(', ')}.`
  const images = ofKind(facts, 'image-changed').map(({ fact, id }) => `${code(fact.from)} → ${code(fact.to)} \`${id}\``)
  const diff = diffOf(facts)
  return [
    '### What changes in the cluster',
    `${plural(changed.length, 'object')} ${changed.length === 1 ? 'changes' : 'change'}, ${added.length} new, ${removed.length} go away; ${quiet} differ only in labels.${gone}`,
    ...(images.length === 0 ? [] : [`Images: ${[...new Set(images)].slice(0, 10).join(', ')}`]),
    ...(diff === '' ? [] : ['<details><summary>Rendered diff</summary>', '', fence(diff, 'diff'), '</details>']),
    '',
  ]
}
