import type { Value, ValueMap } from '../../model.ts'
import { isDeep } from '../data.ts'
import { check } from './check.ts'
import { type Issue, noFindings, skip, TooMuch } from './issue.ts'
import { type Pruning, prepare } from './prepare.ts'
import { checkRules } from './rules.ts'

export type { Issue } from './issue.ts'

/** What is wrong with a resource, and the defaults that were filled in, by path. */
export type Validated = { readonly issues: readonly Issue[]; readonly defaults: ReadonlyMap<string, Value> }

/** Failures after which the API server does not look at rules any more (`ErrorTypeInvalid`, `Required`, `NotSupported`, too long or many). */
const BLOCKING = new Set(['type', 'required', 'enum', 'maxLength', 'maxItems', 'maxProperties', 'duplicate'])

/**
 * Everything that is wrong with a resource by the schema of its version, as the API server finds it when the resource is applied anew:
 * pruned, with defaults, validated, and its CEL rules evaluated. Bounded in time for any input; what could not be checked is an issue.
 */
export function validate(body: Value, schema: ValueMap, pruning: Pruning): Validated {
  const findings = noFindings()
  if (isDeep(body)) {
    skip(findings, 'not-checked', [], 'this resource', 'it is nested too deep')
    return findings
  }
  try {
    const prepared = prepare(body, schema, pruning, findings)
    check(prepared, schema, findings)
    if (!findings.issues.some(({ kind }) => BLOCKING.has(kind))) checkRules(prepared, schema, findings)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    skip(findings, 'not-checked', [], 'the rest of this resource', 'it would take too long')
  }
  return findings
}
