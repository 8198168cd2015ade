import type { Assessed, Assessment, AssessmentItem, Evidence, Finding, Risk } from '../model.ts'
import { cut, oneLine } from '../text/hidden.ts'
import { redact } from '../text/secrets.ts'
import { readAnswer } from './answer.ts'
import { check, ground, holds, proven as provenCites } from './citations.ts'
import { assessByRules, documentByRules } from './rules.ts'
import { MAX_ITEMS } from './schema.ts'
import { select } from './select.ts'
import { highest, lowest } from './severity.ts'

/** A model of whose claims more than this part cannot be proved is not believed at all. */
const TOLERATED = 0.3

/** The answer of a model, or why there is none; the port has the same shape. */
type Answer =
  | { readonly kind: 'answer'; readonly model: string; readonly text: string }
  | { readonly kind: 'none'; readonly reason: string }

type Input = {
  readonly answer: Answer
  readonly floor: Risk
  readonly findings: readonly Finding[]
  readonly evidence: readonly Evidence[]
}

/**
 * The verdict: max(floor, what the model could prove). A missing, broken or unproved answer leaves the document to the rules.
 * What the rules found always stands first in the document, so that no model can leave a finding out.
 */
export function assess(input: Input): Assessed {
  const { answer, floor, findings, evidence } = input
  if (answer.kind === 'none') return byRules(input, answer.reason, [])
  const read = readAnswer(answer.text)
  if (!read.ok) return byRules(input, read.reason, [])
  const { proven, why, dropped, claims } = verify(read.document, evidence, findings)
  if (dropped.length > claims * TOLERATED)
    return byRules(input, `${dropped.length} of ${claims} claims of the model could not be proved`, dropped)

  const claimed = read.document.risk.level
  const final = highest(floor, lowest(claimed, proven.map(provable).reduce(highest, 'low')))
  const rules = documentByRules({ findings, evidence, level: final, notCovered: select(evidence, findings).left })
  const raised = final !== floor
  const document: Assessment = {
    ...rules,
    risk: {
      level: final,
      confidence: raised ? read.document.risk.confidence : rules.risk.confidence,
      why: raised ? [...why, ...proven.flatMap(({ cites }) => cites)].slice(0, 5) : rules.risk.why,
    },
    items: [...rules.items, ...proven].map((item, i) => ({ ...item, id: `I${i + 1}` })),
    questions: read.document.questions.map(tidy).filter(question => question !== ''),
    notCovered: [...rules.notCovered, ...uninterpreted(read.document, evidence)].slice(0, 60),
  }
  return { assessor: answer.model, floor, modelLevel: claimed, final, document, dropped, fallback: null }
}

function byRules({ floor, findings, evidence }: Input, fallback: string, dropped: readonly string[]): Assessed {
  return assessByRules({ floor, findings, evidence, fallback, dropped })
}

/** The claims of a model that hold, those that do not, and how many there were. */
function verify(document: Assessment, evidence: readonly Evidence[], findings: readonly Finding[]) {
  const base = ground(
    evidence,
    findings.map(({ says }) => says),
  )
  const checked = document.items.map(item => check(item, base))
  const proven = checked.flatMap(result => (result.ok ? [result.item] : [])).slice(0, MAX_ITEMS.model)
  const why = provenCites(document.risk.why, base)
  const unproved = document.risk.why.filter(cite => !holds(cite, base))
  return {
    proven: proven.map(item => ({ ...item, statement: tidy(item.statement) || item.category })),
    why,
    dropped: [
      ...checked.flatMap(result => (result.ok ? [] : [tidy(result.why)])),
      ...unproved.map(({ e }) => `risk: its quote does not stand in ${e}`),
    ],
    claims: document.items.length + document.risk.why.length,
  }
}

/** How far one proven claim can raise the risk. Critical needs that it applies to this repository. */
function provable({ severity, appliesToRepo }: AssessmentItem): Risk {
  if (appliesToRepo === 'no' || severity === 'info') return 'low'
  if (severity === 'minor') return 'medium'
  return severity === 'blocker' && appliesToRepo === 'yes' ? 'critical' : 'high'
}

/** The records that the model says it could not interpret. */
function uninterpreted({ notCovered }: Assessment, evidence: readonly Evidence[]): readonly string[] {
  const known = new Set(evidence.map(({ id }) => id))
  return [...new Set(notCovered)].filter(id => known.has(id)).map(id => `${id} could not be interpreted by the model`)
}

function tidy(text: string): string {
  return cut(oneLine(redact(text)), 200)
}
