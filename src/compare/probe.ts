import type { Chart, Fact, FactOf, Install, Render, Value, ValueMap, ValuesLayer } from '../model.ts'
import { isMap } from '../text/is-map.ts'
import { type Comparison, chartOf, rendered } from './comparison.ts'
import { compareObjects } from './objects.ts'
import { parameter, type Setting, settingsOf } from './settings.ts'

/** A question to the renderer: what both charts make of an install without one key of the user. */
export type Probe = { readonly fact: FactOf<'value'>; readonly index: number; readonly without: Install }

/** A probe with its two answers. */
export type Probed = Probe & { readonly before: Render; readonly after: Render }

/** Each probe costs two renders; keys beyond these stay indications. */
const MOST_PROBES = 8

/** Only where the text of charts is all that speaks is there something left to prove. */
const DOUBTED = new Set(['removed', 'renamed', 'refused', 'still-honoured'])

/** The keys whose fate a render can prove: of installs that render with the chart that stands. */
export function probes(
  facts: readonly Fact[],
  { before, installs }: Pick<Comparison, 'before' | 'installs'>,
): readonly Probe[] {
  const doubted = facts.filter((fact): fact is FactOf<'value'> => fact.kind === 'value' && DOUBTED.has(fact.status))
  return doubted
    .flatMap((fact): Probe[] => {
      const index = installs.findIndex(install => settingsOf(install).some(set => isOf(fact, set) && isAt(fact, set)))
      const install = installs[index]
      return install && rendered(before)[index]?.ok ? [{ fact, index, without: leftOut(install, fact) }] : []
    })
    .slice(0, MOST_PROBES)
}

/** The key itself, or a key in the map that the fact is about. */
function isOf({ key }: FactOf<'value'>, { path }: Pick<Setting, 'path'>): boolean {
  const own = path.join('.')
  return own === key || own.startsWith(`${key}.`)
}

function isAt({ file, line }: FactOf<'value'>, set: Setting): boolean {
  return set.file === file && set.line === line
}

function leftOut(install: Install, fact: FactOf<'value'>): Install {
  const values = install.values.flatMap((layer): ValuesLayer[] => {
    if (layer.kind === 'parameter') return isOf(fact, parameter(layer.key, '')) ? [] : [layer]
    return layer.kind === 'values' ? [{ ...layer, tree: pruned(layer.tree, [], fact) }] : [layer]
  })
  return { ...install, values }
}

function pruned(tree: ValueMap, path: readonly string[], fact: FactOf<'value'>): ValueMap {
  const entries = Object.entries(tree).flatMap(([key, value]): [string, Value][] => {
    const own = [...path, key]
    if (isOf(fact, { path: own })) return []
    const leads = fact.key.startsWith(`${own.join('.')}.`)
    return [[key, leads && isMap(value) ? pruned(value, own, fact) : value]]
  })
  return Object.fromEntries(entries)
}

/** The facts with what the probes have proven about them, in the same order. */
export function proven(facts: readonly Fact[], input: Comparison, answers: readonly Probed[]): readonly Fact[] {
  const proofs = new Map(answers.map(answer => [answer.fact as Fact, proof(answer, input)]))
  return facts.map(fact => proofs.get(fact) ?? fact)
}

function proof({ fact, index, before, after }: Probed, input: Comparison): Fact {
  const [was, is] = [rendered(input.before)[index], rendered(input.after)[index]]
  const [old, next] = [chartOf(input.before), chartOf(input.after)]
  if (!was || !is || !old || !next) return fact
  const because = (says: string) => `${fact.detail}; ${says}`
  if (!is.ok && after.ok)
    return {
      ...fact,
      status: 'refused',
      effect: 'lost',
      detail: because('the new chart renders as soon as it is left out'),
    }
  const [did, does] = [counts(was, before, old), counts(is, after, next)]
  if (does === true && fact.status !== 'refused')
    return {
      ...fact,
      status: 'still-honoured',
      effect: 'kept',
      detail: because('leaving it out changes what the new chart renders'),
    }
  if (does !== false || did === null) return fact
  if (!did) return { ...fact, effect: 'idle', detail: because('leaving it out changes nothing, before as after') }
  const status = fact.status === 'still-honoured' ? 'removed' : fact.status
  const effect = fact.effect === 'same' ? 'same' : 'lost'
  return {
    ...fact,
    status,
    effect,
    detail: because('leaving it out changes what the old chart renders, and nothing with the new one'),
  }
}

/** Whether two renders of a chart, with a key and without it, differ; null when that cannot be told. */
function counts(withKey: Render, without: Render, chart: Chart): boolean | null {
  if (!withKey.ok || !without.ok) return null
  const side = (render: Render) => ({ ok: true as const, value: { chart, renders: [render] } })
  const install = { engine: 'helm', name: '', namespace: '', values: [], crds: 'unknown', file: '', line: 1 } as const
  const found = compareObjects({ before: side(withKey), after: side(without), installs: [install] }).filter(
    ({ kind }) => kind !== 'objects-labels-only',
  )
  if (found.length === 0) return false
  return found.every(({ kind }) => kind === 'objects-made-anew') ? null : true
}
