import type { Fact, Finding, Risk, Value, ValueStatus } from '../model.ts'
import { type FactOf, finding, list, type Numbered, ofKind } from './finding.ts'

/** Something about a value that could not be told. */
export function valueNotChecked({ id, fact }: Numbered<FactOf<'value-not-checked'>>): Finding[] {
  const { key, file, line, reason } = fact
  const what = key === '' ? 'your values' : key
  const says = `whether ${what} (${file}:${line}) still counts is not known: ${reason}`
  return [{ rule: 'value-not-checked', severity: 'medium', says, file, line, evidence: [id] }]
}

const SEVERITY: Readonly<Record<Exclude<ValueStatus, 'default-changed'>, Risk>> = {
  removed: 'high',
  refused: 'high',
  'type-changed': 'high',
  renamed: 'high',
  'still-honoured': 'low',
}

/** What the new chart makes of one key that the user sets. */
export function valueFound({ id, fact }: Numbered<FactOf<'value'>>): Finding[] {
  const { key, status, to, file, line, detail } = fact
  const says = `${key} (${file}:${line}) ${outcome(status, to)}: ${detail}`
  return [{ rule: `value-${status}`, severity: severity(fact), says, file, line, evidence: [id] }]
}

/** A key that did nothing before, or whose value the new chart has by itself, is no loss. One that keeps an old image is more than untidy. */
function severity({ key, status, effect }: FactOf<'value'>): Risk {
  if (status === 'default-changed') return IMAGE_TAG.test(key.split('.').at(-1) ?? '') ? 'medium' : 'low'
  return effect === 'same' || effect === 'idle' ? 'low' : SEVERITY[status]
}

function outcome(status: ValueStatus, to: string | null): string {
  switch (status) {
    case 'removed':
      return 'has no effect any more'
    case 'refused':
      return 'is refused by the new chart'
    case 'type-changed':
      return 'must be written in another way'
    case 'renamed':
      return `has no effect any more, its place seems to be taken by ${to ?? 'another key'}`
    case 'default-changed':
      return 'keeps what was the default, and the default moves'
    case 'still-honoured':
      return 'still works'
  }
}

/** Changed defaults that the user leaves as they are, as one finding; which image a chart brings is judged as an image. */
export function defaultsChanged(facts: readonly Numbered<Fact>[]): Finding[] {
  const changed = ofKind(facts, 'default-changed').filter(({ fact }) => !isImageTag(fact))
  if (changed.length === 0) return []
  const patch = ofKind(facts, 'version-step').some(({ fact }) => fact.step === 'patch' || fact.step === 'digest')
  const keys = list(changed.map(({ fact }) => fact.key))
  const says = `${changed.length === 1 ? 'a default that you do not set changes' : `${changed.length} defaults that you do not set change`}: ${keys}`
  return [
    finding(
      'default-changed',
      patch ? 'low' : 'medium',
      says,
      changed.map(({ id }) => id),
    ),
  ]
}

const IMAGE_TAG = /(?:^tag|Tag|^digest|Digest|^sha|^appVersion)$/

function isImageTag({ key, from, to }: FactOf<'default-changed'>): boolean {
  const name = key.split('.').at(-1) ?? ''
  if (IMAGE_TAG.test(name)) return true
  return /^image$|Image$/.test(name) && repository(from) === repository(to)
}

function repository(image: Value | undefined): string | undefined {
  return typeof image === 'string' ? image.replace(/@.*$/, '').replace(/:[^/:]*$/, '') : undefined
}
