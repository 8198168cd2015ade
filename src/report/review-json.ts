import type { Review } from '../model.ts'
import { planJson } from './json.ts'
import { leftOutWords } from './left-out.ts'

/** What is left out, as scripts see it: to which upgrade it belongs, where it is, and what we would do. */
function missing({ outcome: { component, environment }, leftOut }: Review) {
  return leftOut.map(left => ({ component, environment, kind: left.kind, ...leftOutWords(left) }))
}

/** The document of `windlass review --json`: the upgrades as `plan --json` has them, and what the bump leaves out of each. */
export function reviewJson(base: string, head: string, reviews: readonly Review[]) {
  const outcomes = reviews.flatMap(one => (one.kind === 'reviewed' ? [one.outcome] : []))
  const problems = reviews.flatMap(one => {
    if (one.kind === 'reviewed') return []
    const { component, environment, from } = one.outcome
    const where = environment === null ? '' : ` in ${environment}`
    return [{ file: null, line: null, reason: `${component}${where} ${from} → ${one.to}: ${one.reason}` }]
  })
  const { upgrades } = planJson(base, outcomes, problems)
  return {
    base,
    head,
    upgrades,
    missing: reviews.flatMap(missing),
    problems,
  }
}
