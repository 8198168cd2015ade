import type { Assessed, Assessment, AssessmentItem, Cite, Evidence, Finding, Risk } from '../model.ts'
import { cut, oneLine } from '../text/hidden.ts'
import { type Category, MAX_ITEMS, QUOTE } from './schema.ts'
import { worstFirst } from './severity.ts'

/** Who wrote the document when no model did; the number moves when the same findings give another document. */
export const RULES = 'rules@1'

const SEVERITY: Readonly<Record<Risk, AssessmentItem['severity']>> = {
  low: 'info',
  medium: 'minor',
  high: 'major',
  critical: 'blocker',
}

/** What a rule is about by its name; the first that fits. */
const CATEGORY: readonly (readonly [RegExp, Category])[] = [
  [/kube|min-version/, 'min_version'],
  [/deprecat/, 'deprecation'],
  [/rbac|role/, 'rbac'],
  [/default/, 'default_change'],
  [/value/, 'values_change'],
  [/crd|resource|storage|conversion|scope|schema|served/, 'crd_change'],
  [/api/, 'api_removed'],
  [/exposure|ingress|service|network/, 'networking'],
  [/object|image|immutable|scaled|webhook|hook|render/, 'behaviour'],
]

/** The document that the rules write: an item for each finding, worst first, each citing the records of its facts. */
export function documentByRules(input: {
  readonly findings: readonly Finding[]
  readonly evidence: readonly Evidence[]
  readonly level: Risk
  readonly notCovered: readonly string[]
}): Assessment {
  const { evidence, level, notCovered } = input
  const findings = worstFirst(input.findings)
  const texts = new Map(evidence.map(({ id, text }) => [id, text]))
  const items = findings.slice(0, MAX_ITEMS.rules).map((finding, i) => item(finding, i, texts))
  const left = findings.length - items.length
  const worst = findings.filter(({ severity }) => severity === level)
  return {
    schema: 'assessment.v1',
    risk: {
      level,
      confidence: confidence(level),
      why: worst.flatMap(({ evidence }) => cites(evidence, texts)).slice(0, 5),
    },
    items,
    questions: [],
    notCovered: [...(left > 0 ? [`${left} more findings of the rules, none of them worse`] : []), ...notCovered].slice(
      0,
      60,
    ),
  }
}

/** The envelope when no model takes part; `fallback` says why. */
export function assessByRules(input: {
  readonly floor: Risk
  readonly findings: readonly Finding[]
  readonly evidence: readonly Evidence[]
  readonly fallback: string | null
  readonly dropped?: readonly string[]
}): Assessed {
  const { floor, findings, evidence, fallback, dropped = [] } = input
  const unread = evidence.filter(({ kind }) => kind === 'note').length
  const notCovered =
    unread > 0
      ? [`${unread} release ${unread === 1 ? 'note of the chart was' : 'notes of the chart were'} not read by a model`]
      : []
  const document = documentByRules({ findings, evidence, level: floor, notCovered })
  return { assessor: RULES, floor, modelLevel: null, final: floor, document, dropped, fallback }
}

/** Rules prove what they find, but below that nobody has read the notes for them. */
function confidence(level: Risk): 'medium' | 'high' {
  return level === 'high' || level === 'critical' ? 'high' : 'medium'
}

function item(finding: Finding, index: number, texts: ReadonlyMap<string, string>): AssessmentItem {
  return {
    id: `I${index + 1}`,
    category: CATEGORY.find(([rule]) => rule.test(finding.rule))?.[1] ?? 'other',
    severity: SEVERITY[finding.severity],
    appliesToRepo: finding.file === null ? 'unknown' : 'yes',
    statement: cut(oneLine(finding.says), 240) || finding.rule,
    cites: cites(finding.evidence, texts).slice(0, 4),
  }
}

function cites(ids: readonly string[], texts: ReadonlyMap<string, string>): readonly Cite[] {
  return ids.flatMap(e => {
    const quote = (texts.get(e) ?? '').slice(0, QUOTE.max).replace(/[\uD800-\uDBFF]$/, '')
    return [...quote].length < QUOTE.min ? [] : [{ e, quote }]
  })
}
