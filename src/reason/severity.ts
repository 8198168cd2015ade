import { type Finding, RISKS, type Risk } from '../model.ts'

/** The higher of two risks. */
export function highest(a: Risk, b: Risk): Risk {
  return RISKS.indexOf(a) >= RISKS.indexOf(b) ? a : b
}

/** The lower of two risks. */
export function lowest(a: Risk, b: Risk): Risk {
  return RISKS.indexOf(a) <= RISKS.indexOf(b) ? a : b
}

/** The findings with the worst first; equal ones keep their order. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => RISKS.indexOf(b.severity) - RISKS.indexOf(a.severity))
}
