import type { Fact, Finding, Risk } from '../model.ts'
import { type FactOf, finding, type Numbered, ofKind } from './finding.ts'

/**
 * What the maintainers announce. Several breaking changes in a major step are more than anybody can rule out from here: high. One, or a
 * default that moves, changes how it behaves: medium.
 */
export function notesSay(facts: readonly Numbered<Fact>[]): Finding[] {
  const isMajor = ofKind(facts, 'version-step').some(({ fact }) => fact.step === 'major')
  return ofKind(facts, 'note').map(({ id, fact }) => {
    const severity: Risk = fact.says === 'breaking' && isMajor && fact.count > 1 ? 'high' : 'medium'
    return finding(`note-${fact.says}`, severity, sentence(fact), [id])
  })
}

function sentence({ says, origin, count, quote }: FactOf<'note'>): string {
  const what = says === 'breaking' ? ['a breaking change', 'breaking changes'] : ['another default', 'other defaults']
  return `${origin} announces ${count === 1 ? what[0] : `${count} ${what[1]}`}: "${quote}"`
}
