import type { Fact, Plan, Upgrade, ValueEffect, ValueStatus } from '../model.ts'
import { cut, oneLine } from '../text/hidden.ts'
import { neutralise } from '../text/markdown.ts'

const count = (facts: readonly Fact[], test: (fact: Fact) => boolean) => facts.filter(test).length

/** `1 resource`, `2 resources`. */
export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

const LOSES: ReadonlySet<ValueStatus> = new Set(['removed', 'renamed', 'refused', 'type-changed'])
const HARMLESS: ReadonlySet<ValueEffect> = new Set(['idle', 'same'])

/** The one thing a reader must know, most severe first, as plain text on one line; what a model said is never quoted here. */
export function because({ facts, findings, assessed: { floor, final } }: Plan): string {
  const broken = count(facts, fact => fact.kind === 'resource' && fact.status === 'broken')
  if (broken > 0)
    return `${plural(broken, 'resource')} of yours ${broken === 1 ? 'stops' : 'stop'} working with this version`
  if (facts.some(fact => fact.kind === 'render-failed' && fact.side === 'after'))
    return 'the new version does not render with your values'
  if (final !== floor) return `the rules alone say ${floor}; a model found more in the evidence`
  const values = count(facts, fact => fact.kind === 'value' && LOSES.has(fact.status) && !HARMLESS.has(fact.effect))
  if (values > 0) return `${plural(values, 'value')} you set ${values === 1 ? 'is' : 'are'} not understood any more`
  const worst = final === 'low' ? undefined : findings.find(({ severity }) => severity === final)
  if (worst) return cut(oneLine(worst.says), 160)
  return findings.length === 0 ? 'nothing you use changes' : 'nothing you use breaks'
}

/** Risk and reason in one line of plain text: the title of the check. */
export function verdict(plan: Plan): string {
  const { final } = plan.assessed
  return `${final[0]?.toUpperCase()}${final.slice(1)}: ${because(plan)}`
}

/** The first line of a pull request body. */
export function headline(plan: Plan): string {
  return `## ${neutralise(verdict(plan))}`
}

/**
 * A name where GitHub offers no way to escape: titles, commit messages and labels. Whatever could mention, refer or
 * close (`@`, `#`, spaces, …) becomes a dash.
 */
export function bare(name: string, max: number): string {
  return cut(name.replace(/[^\p{L}\p{N}._/+~-]+/gu, '-'), max)
}

/** Longest parts of a title: GitHub refuses one with more than 256 characters, and the component stands in it twice. */
const PART = { component: 50, version: 40, environment: 30 } as const

/** The title in the words of conventional commits; `!` when it breaks something. Also the message of the commit. */
export function title({ upgrade, assessed, facts }: Plan): string {
  const component = bare(upgrade.component, PART.component)
  const step = facts.find(fact => fact.kind === 'version-step')?.step ?? 'other'
  const type = step === 'major' || step === 'minor' ? 'feat' : 'fix'
  const bang = step === 'major' || assessed.final === 'critical' ? '!' : ''
  const where = upgrade.environment === null ? '' : ` in ${bare(upgrade.environment, PART.environment)}`
  const { from, to } = upgrade
  if (step === 'digest' && to.digest !== null) {
    const tag = from === to.version ? ` ${bare(from, PART.version)}` : ''
    return `${type}(${component})${bang}: update ${component}${tag} to digest ${bare(digits(to.digest), PART.version)}${where}`
  }
  const move = `${bare(from, PART.version)} → ${bare(to.version, PART.version)}`
  return `${type}(${component})${bang}: upgrade ${component} ${move}${where}`
}

/** From where to where an upgrade goes, as plain text: `1.0.0 → 1.1.0`, `stable → its digest 0123456789ab`. */
export function movement({ from, to }: Upgrade): string {
  if (to.digest === null || from !== to.version) return `${digits(from)} → ${digits(to.version)}`
  return `${from} → its digest ${digits(to.digest)}`
}

/** As much of a digest as people compare: the first twelve digits. A version that is no digest stays as it is. */
function digits(version: string): string {
  return version.replace(/^sha256:([0-9a-f]{12}).*$/s, '$1')
}

/** GitHub refuses a label with more characters. */
const LONGEST_LABEL = 50

/** Labels of a plan: what users of such bots filter by, and the policy's own. */
export function labels({ upgrade, assessed, facts, labels: own }: Plan): readonly string[] {
  const step = facts.find(fact => fact.kind === 'version-step')?.step
  const all = [
    ...own,
    ...(step && step !== 'other' ? [`type/${step}`] : []),
    `risk/${assessed.final}`,
    ...(upgrade.environment === null ? [] : [`env/${bare(upgrade.environment, LONGEST_LABEL - 'env/'.length)}`]),
  ]
  return [...new Set(all)]
}
