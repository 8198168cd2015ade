import type { Value, ValueMap } from '../../model.ts'
import { isMap } from '../../text/is-map.ts'
import { isTransition, planRule, runRule, toCel } from '../cel/index.ts'
import { child, isList, text } from '../data.ts'
import type { Place } from './check.ts'
import { type Findings, refuse, skip, work } from './issue.ts'
import { hasPlaceholder } from './placeholder.ts'

/** What rules may cost together for one resource; as much as the API server grants is out of reach of honest ones. */
const BUDGET = 2_000_000

/** Evaluates every CEL rule of a schema on a resource that the schema itself takes. */
export function checkRules(value: Value, schema: ValueMap, findings: Findings): void {
  rules({ value, schema, path: [], findings, whole: true }, { left: BUDGET })
}

function rules(place: Place, budget: { left: number }): void {
  const { value, schema, path, findings } = place
  work(findings)
  if (value === null) return
  const list = child(schema, 'x-kubernetes-validations')
  if (isList(list)) own(list, place, budget)
  if (isList(value)) {
    const items = child(schema, 'items')
    if (isMap(items))
      for (const [i, one] of value.entries())
        rules({ ...place, value: one, schema: items, path: [...path, i], whole: false }, budget)
  }
  if (!isMap(value)) return
  const [properties, free] = [child(schema, 'properties'), child(schema, 'additionalProperties')]
  for (const [key, one] of Object.entries(value)) {
    const named = child(properties, key)
    const field = isMap(named) ? named : isMap(free) ? free : null
    if (field) rules({ value: one, schema: field, path: [...path, key], findings, whole: false }, budget)
  }
}

function own(list: readonly Value[], { value, schema, path, findings, whole }: Place, budget: { left: number }): void {
  const due = list.filter(one => !isTransition(text(child(one, 'rule'))) || child(one, 'optionalOldSelf') === true)
  if (due.length === 0) return
  const self = toCel(value, schema, whole)
  for (const one of due) {
    const rule = text(child(one, 'rule')).trim()
    const plan = planRule(rule)
    const answer = plan.ok ? runRule(plan, self, budget) : ({ kind: 'unknown', reason: plan.reason } as const)
    if (answer.kind === 'unknown') skip(findings, 'cel-not-evaluated', path, `the rule ${rule}`, answer.reason)
    if (answer.kind !== 'refused') continue
    if (hasPlaceholder(value)) {
      skip(findings, 'placeholder', path, `the rule ${rule}`, 'a value is filled in by a template or a variable')
      continue
    }
    const says = text(child(one, 'message')).trim() || `the rule ${rule} does not hold`
    refuse(findings, 'cel', path, answer.reason === null ? says : `${says} (${answer.reason})`, rule)
  }
}
