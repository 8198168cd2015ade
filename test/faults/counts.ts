import type { Violation } from './invariants.ts'

/** A schedule that failed, in its smallest form, with everything that is needed to see why. */
export type Failure = {
  readonly schedule: string
  /** The same as JSON, for `--replay`. */
  readonly replay: string
  readonly violations: readonly Violation[]
  /** The end of what crossed the border and of what changed at GitHub. */
  readonly trace: readonly string[]
}

/** What came of some trials. */
export type Counts = {
  readonly trials: number
  readonly killPoints: number
  readonly tales: number
  readonly kills: number
  readonly faults: number
  readonly deliveries: number
  readonly passes: number
  readonly pullRequests: number
  readonly duplicates: number
  readonly lost: number
  readonly overwritten: number
  readonly staleWrites: number
  readonly limitBreaches: number
  readonly violations: readonly Failure[]
}

export const NOTHING: Counts = {
  trials: 0,
  killPoints: 0,
  tales: 0,
  kills: 0,
  faults: 0,
  deliveries: 0,
  passes: 0,
  pullRequests: 0,
  duplicates: 0,
  lost: 0,
  overwritten: 0,
  staleWrites: 0,
  limitBreaches: 0,
  violations: [],
}

/** Both together. */
export function add(a: Counts, b: Counts): Counts {
  const sum = (key: Exclude<keyof Counts, 'violations'>) => a[key] + b[key]
  return {
    trials: sum('trials'),
    killPoints: sum('killPoints'),
    tales: sum('tales'),
    kills: sum('kills'),
    faults: sum('faults'),
    deliveries: sum('deliveries'),
    passes: sum('passes'),
    pullRequests: sum('pullRequests'),
    duplicates: sum('duplicates'),
    lost: sum('lost'),
    overwritten: sum('overwritten'),
    staleWrites: sum('staleWrites'),
    limitBreaches: sum('limitBreaches'),
    violations: [...a.violations, ...b.violations],
  }
}

/** How many violations are of these invariants. */
export function countOf(violations: readonly Violation[], ...invariants: readonly string[]): number {
  return violations.filter(({ invariant }) => invariants.includes(invariant)).length
}
