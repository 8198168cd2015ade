import type { Fact, Plan } from '../model.ts'

const count = (facts: readonly Fact[], test: (fact: Fact) => boolean) => facts.filter(test).length

/** `1 resource`, `2 resources`. */
export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** The one thing a reader must know, most severe first; a function of the facts only. */
export function because({ facts, findings, floor }: Plan): string {
  const broken = count(facts, fact => fact.kind === 'resource' && fact.status === 'broken')
  if (broken > 0)
    return `${plural(broken, 'resource')} of yours ${broken === 1 ? 'stops' : 'stop'} working with this version`
  if (facts.some(fact => fact.kind === 'render-failed' && fact.side === 'after'))
    return 'the new version does not render with your values'
  const values = count(
    facts,
    fact => fact.kind === 'value' && ['removed', 'renamed', 'refused', 'type-changed'].includes(fact.status),
  )
  if (values > 0) return `${plural(values, 'value')} you set ${values === 1 ? 'is' : 'are'} not understood any more`
  const worst = findings.find(({ severity }) => severity === floor && floor !== 'low')
  return worst?.says ?? 'nothing you use changes'
}

/** The first line of a pull request body: risk, and why. */
export function headline(plan: Plan): string {
  const { final } = plan.assessed
  return `## ${final[0]?.toUpperCase()}${final.slice(1)}: ${because(plan)}`
}

/** The title in the words of conventional commits; `!` when it breaks something. */
export function title({ upgrade, assessed, facts }: Plan): string {
  const { component, environment, from, to } = upgrade
  const step = facts.find(fact => fact.kind === 'version-step')?.step ?? 'other'
  const type = step === 'major' || step === 'minor' ? 'feat' : 'fix'
  const bang = step === 'major' || assessed.final === 'critical' ? '!' : ''
  const where = environment === null ? '' : ` in ${environment}`
  return `${type}(${component})${bang}: upgrade ${component} ${from} → ${to.version}${where}`
}

/** Labels of a plan: what users of such bots filter by, and the policy's own. */
export function labels({ upgrade, assessed, facts, labels: own }: Plan): readonly string[] {
  const step = facts.find(fact => fact.kind === 'version-step')?.step
  return [
    'dependencies',
    ...(step && step !== 'other' ? [`type/${step}`] : []),
    `risk/${assessed.final}`,
    ...(upgrade.environment === null ? [] : [`env/${upgrade.environment}`]),
    ...own,
  ]
}
