import type { Fact, Plan } from '../model.ts'
import { cell, code } from '../text/markdown.ts'
import { FIELD_WORDS, isHarmless } from './crd-kinds.ts'
import { plural } from './headline.ts'
import { refs } from './numbered.ts'
import { moreLines, within } from './within.ts'

/** Room of the section in UTF-16 units. */
const ROOM = 6_000
/** Changes of one CRD that are told before the rest is counted. */
const MOST_CHANGES = 8
/** Fields of one kind of change that are told with what happens to them; of more only the names are. */
const MOST_TOLD = 2
const MOST_NAMED = 4

type CrdFact = Extract<Fact, { readonly crd: string }>
type Numbered = { readonly id: string; readonly fact: CrdFact }
type Change = { readonly says: string; readonly ids: readonly string[] }

/** What happens to one CRD: the CRD and its versions first, then its fields by what happens to them, and last, as a count, what costs nothing. */
function changes(facts: readonly Numbered[], said: ReadonlyMap<string, string>): readonly Change[] {
  const whole = facts.filter(({ fact }) => !FIELD_WORDS.has(fact.kind) && !isHarmless(fact.kind))
  const harmless = facts.filter(({ fact }) => isHarmless(fact.kind))
  const ids = harmless.map(({ id }) => id)
  return [
    ...whole.map(one => ofCrd(one, said)),
    ...[...FIELD_WORDS].flatMap(([kind, words]) =>
      ofFields(
        words,
        facts.filter(({ fact }) => fact.kind === kind),
      ),
    ),
    ...(ids.length === 0
      ? []
      : [{ says: `${plural(ids.length, 'change')} that ${ids.length === 1 ? 'costs' : 'cost'} nothing`, ids }]),
  ]
}

/** What a rule says of a change stands in for the bare fact: it also says why it hurts. */
function ofCrd({ id, fact: { crd, detail } }: Numbered, said: ReadonlyMap<string, string>): Change {
  const says = said.get(id) ?? detail
  return { says: says.startsWith(`${crd}: `) ? says.slice(crd.length + 2) : says, ids: [id] }
}

function ofFields(words: string, facts: readonly Numbered[]): readonly Change[] {
  if (facts.length <= MOST_TOLD)
    return facts.map(({ id, fact: { path, detail } }) => ({ says: `${path}: ${detail}`, ids: [id] }))
  const paths = [...new Set(facts.map(({ fact }) => fact.path))]
  const left = paths.length - MOST_NAMED
  const named = paths.slice(0, MOST_NAMED).join(', ')
  return [{ says: `${words}: ${named}${left > 0 ? ` and ${left} more` : ''}`, ids: facts.map(({ id }) => id) }]
}

/** Changed CRDs; those that change in the same way share a line. */
export function crdList({ facts, findings }: Plan): readonly string[] {
  const said = new Map(
    findings.filter(({ evidence }) => evidence.length === 1).map(one => [one.evidence[0] ?? '', one.says]),
  )
  const numbered = facts.flatMap((fact, i) => ('crd' in fact ? [{ id: `E${i + 1}`, fact }] : []))
  const crds = [...Map.groupBy(numbered, ({ fact }) => fact.crd)].map(([crd, own]) => ({
    crd,
    changes: changes(own, said),
  }))
  const alike = Map.groupBy(crds, one => JSON.stringify(one.changes.map(({ says }) => says)))
  const lines = [...alike.values()].map(group => {
    const names = group.slice(0, 10).map(({ crd }) => code(crd, 120))
    const left = group.length > 10 ? ` and ${group.length - 10} more` : ''
    const all = group[0]?.changes ?? []
    const told = all
      .slice(0, MOST_CHANGES)
      .map(({ says }, i) => `${cell(says, 240)} ${refs(group.flatMap(one => one.changes[i]?.ids ?? []))}`)
    const rest = all.length > MOST_CHANGES ? [`${all.length - MOST_CHANGES} more changes`] : []
    return `- ${names.join(', ')}${left}: ${[...told, ...rest].join(' · ')}`
  })
  return lines.length === 0 ? [] : ['### CRDs', ...within(lines, ROOM, moreLines), '']
}
