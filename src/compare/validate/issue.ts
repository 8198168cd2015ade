import type { Path, Value } from '../../model.ts'

/**
 * What is wrong with a resource at a path, in the words of the schema (`required`, `enum`, `cel`…). `key` is the same for the same
 * failure on both sides of an upgrade. `certain` is false for what could not be checked.
 */
export type Issue = {
  readonly kind: string
  readonly path: string
  readonly at: Path
  readonly detail: string
  readonly key: string
  readonly certain: boolean
}

/** Where issues and the defaults that were filled in (by path) are put while a resource is looked at, and what that may still cost. */
export type Findings = {
  readonly issues: Issue[]
  readonly defaults: Map<string, Value>
  readonly budget: { left: number }
}

/** Values and schemas that are looked at for one resource and one schema, some seconds at most. */
const MOST_WORK = 1_000_000
/** Issues of one resource that are told. */
const MOST_ISSUES = 500

/** Thrown when looking at a resource costs too much; caught where the looking began. */
export class TooMuch extends Error {}

export function noFindings(): Findings {
  return { issues: [], defaults: new Map(), budget: { left: MOST_WORK } }
}

export function work(findings: Findings, amount = 1): void {
  findings.budget.left -= amount
  if (findings.budget.left < 0 || findings.issues.length > MOST_ISSUES) throw new TooMuch()
}

/** A path as people write it: `spec.listeners[0].name`; the resource itself is ''. */
export function written(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    const plain = /^[A-Za-z_][\w-]*$/.test(step) ? step : JSON.stringify(step)
    return text === '' ? plain : `${text}.${plain}`
  }, '')
}

export function refuse({ issues }: Findings, kind: string, path: Path, detail: string, more = ''): void {
  const at = written(path)
  issues.push({ kind, path: at, at: path, detail, key: `${kind} ${at} ${more}`, certain: true })
}

/** Notes what could not be checked; `what` is the pattern or the rule. */
export function skip({ issues }: Findings, kind: string, path: Path, what: string, reason: string): void {
  const at = written(path)
  issues.push({
    kind,
    path: at,
    at: path,
    detail: `not checked: ${what}: ${reason}`,
    key: `${kind} ${at} ${what}`,
    certain: false,
  })
}
