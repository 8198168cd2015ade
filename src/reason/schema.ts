import { z } from 'zod'
import { RISKS } from '../model.ts'

/** What an item of an assessment is about. */
export const CATEGORIES = [
  'api_removed',
  'crd_change',
  'values_change',
  'default_change',
  'behaviour',
  'data_migration',
  'security_fix',
  'min_version',
  'deprecation',
  'rbac',
  'networking',
  'observability',
  'known_issue',
  'other',
] as const
export type Category = (typeof CATEGORIES)[number]

/** How many items a document holds: the rules write at most `rules` of them, a model adds at most `model`. */
export const MAX_ITEMS = { rules: 40, model: 20 } as const

/** Shortest and longest quote, in characters: shorter ones are found everywhere, longer ones are copies. */
export const QUOTE = { min: 12, max: 300 } as const

/** JSON Schema counts characters, JavaScript counts UTF-16 units; this makes both agree on the lower bound. */
const longEnough = (quote: string) => [...quote].length >= QUOTE.min

const cite = z.strictObject({
  e: z.string().regex(/^E[1-9][0-9]{0,5}$/),
  quote: z.string().min(QUOTE.min).max(QUOTE.max).refine(longEnough),
})

const item = z.strictObject({
  id: z.string().regex(/^I[0-9]{1,3}$/),
  category: z.enum(CATEGORIES),
  severity: z.enum(['info', 'minor', 'major', 'blocker']),
  appliesToRepo: z.enum(['yes', 'no', 'unknown']),
  statement: z.string().min(1).max(240),
  cites: z.array(cite).max(4),
})

/** The assessment document `assessment.v1`. schemas/assessment.v1.json is made of this one, and a test keeps them equal. */
export const assessmentSchema = z.strictObject({
  schema: z.literal('assessment.v1'),
  risk: z.strictObject({
    level: z.enum(RISKS),
    confidence: z.enum(['low', 'medium', 'high']),
    why: z.array(cite).max(5),
  }),
  items: z.array(item).max(MAX_ITEMS.rules + MAX_ITEMS.model),
  questions: z.array(z.string().min(1).max(200)).max(3),
  notCovered: z.array(z.string().min(1).max(200)).max(60),
})

/** The JSON Schema (draft 2020-12) of the document. */
export function assessmentJsonSchema(): object {
  return { $id: 'assessment.v1', ...z.toJSONSchema(assessmentSchema) }
}

/** Words that the strict mode of some models refuses (openai-python issue 2734); the answer is checked against all of them anyway. */
const REFUSED = new Set(['pattern', 'minLength', 'maxLength', 'minItems', 'maxItems', 'format', '$schema', '$id'])

/** The same schema with only the words that every strict mode takes. */
export function strictJsonSchema(): object {
  const take = (key: string, value: unknown) => (REFUSED.has(key) ? undefined : value)
  return JSON.parse(JSON.stringify(assessmentJsonSchema(), take)) as object
}
