import { type Finding, type Plan, type Proposal, RISKS } from '../../model.ts'
import { code, fence, neutralise } from '../../text/markdown.ts'
import { decided } from '../decision.ts'
import { headline } from '../headline.ts'
import { refs } from '../numbered.ts'
import { sentence } from '../summary.ts'
import { moreLines, within } from '../within.ts'
import { type About, withoutPlan } from './about.ts'
import { caveat, planOf } from './plan.ts'

/** Room in UTF-16 units: of the record, and of the findings together. */
const ROOM = { record: 10_000, findings: 10_000 } as const

function findingLine({ severity, rule, says, evidence }: Finding): string {
  return `- **${severity}** (${code(rule, 100)}): ${sentence(says)} ${refs(evidence)}`
}

/** Findings, the gravest first. */
function findingList(findings: readonly Finding[]): readonly string[] {
  const ordered = findings.toSorted((a, b) => RISKS.indexOf(b.severity) - RISKS.indexOf(a.severity))
  return within(ordered.map(findingLine), ROOM.findings, moreLines)
}

/** Why the risk is what it is: who decided, the findings with their evidence, and what a model quoted. */
function risk(plan: Plan): readonly string[] {
  const { assessed, findings } = plan
  const cites = assessed.final === assessed.floor ? [] : assessed.document.risk.why
  return [
    headline(plan),
    decided(plan),
    '',
    ...(findings.length === 0 ? ['No rule found anything.'] : findingList(findings)),
    ...within(
      cites.map(({ e, quote }) => `- ${code(assessed.assessor, 100)} quotes \`${e}\`: “${neutralise(quote, 300)}”`),
      ROOM.findings,
      moreLines,
    ),
  ]
}

function record(plan: Plan, id: string): readonly string[] {
  const found = plan.evidence.find(one => one.id === id)
  if (!found) return [`There is no ${code(id)}: the evidence here is ${range(plan)}.`]
  const citing = plan.findings.filter(({ evidence }) => evidence.includes(id))
  const trust = found.trust === 'upstream' ? 'the maintainers say so' : 'my own tools found it'
  return [
    `\`${found.id}\` (${found.kind}, ${trust}) from ${code(found.origin, 300)}:`,
    '',
    fence(found.text, '', ROOM.record),
    '',
    ...(citing.length === 0 ? ['No finding cites it.'] : ['Cited by:', ...findingList(citing)]),
  ]
}

function range({ evidence }: Plan): string {
  const [first, last] = [evidence[0], evidence.at(-1)]
  return first && last ? `\`${first.id}\` … \`${last.id}\`` : 'empty'
}

/** One record of the evidence with the findings that cite it; without an id, why the risk is what it is. */
export function explainReply(id: string | null, about: About, proposal: Proposal): string {
  const plan = planOf(about)
  if (plan === null) return withoutPlan(about) ?? ''
  return [...caveat(plan, proposal), ...(id === null ? risk(plan) : record(plan, id))].join('\n')
}
