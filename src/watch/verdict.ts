import type { Health, Signal } from '../model.ts'
import type { Course } from './course.ts'
import type { GitOpsFacts } from './gitops.ts'
import { weakness } from './grade.ts'

/** Milliseconds for which success is provisional: failures of the same change have come minutes after it. */
const SETTLE = 5 * 60_000

/** One thing that must be green, and the courses of what was said about it. */
type Expected = { readonly what: string; readonly found: readonly Course[] }

export type Question = {
  readonly expected: readonly Expected[]
  /** When everything that is expected must have been said. */
  readonly due: Date
  readonly now: Date
  readonly environment: string
  /** The patterns of the policy. */
  readonly patterns: readonly string[]
  readonly gitops: GitOpsFacts
}

/** Red when one is red; open while something is missing, in progress or weak; green when all are, and for long enough. */
export function verdict(question: Question, silence: () => readonly string[]): Health {
  const { expected, due, now } = question
  const all = [...new Set(expected.flatMap(({ found }) => found))]
  const red = all.filter(({ state }) => state === 'failure')
  if (red.length > 0) return { kind: 'failed', at: earliest(red), evidence: evidence(red) }
  const missing = expected.flatMap(open)
  if (missing.length > 0) {
    if (now < due) return { kind: 'waiting', until: due.toISOString(), missing }
    return { kind: 'unknown', missing, why: [...missing.map(what => said(what, expected, due)), ...silence()] }
  }
  const settled = new Date(Date.parse(latest(all)) + SETTLE)
  const weak = expected.flatMap(one => weakOf(one, question))
  if (weak.length > 0) return unproven(weak, expected, settled, question)
  if (now < settled) return { kind: 'settling', until: settled.toISOString(), evidence: evidence(all) }
  return { kind: 'healthy', since: latest(all), evidence: evidence(all) }
}

/** What of an expectation is not green yet: itself when nothing was said, else what is in progress. */
function open({ what, found }: Expected): string[] {
  if (found.length === 0) return [what]
  return found.filter(({ state }) => state === 'pending').map(({ name }) => name)
}

function said(what: string, expected: readonly Expected[], due: Date): string {
  const course = expected.flatMap(({ found }) => found).find(({ name }) => name === what)
  if (course) return `${what} has been in progress since ${course.since} and has not ended`
  return `nothing that counts was said about ${what} until ${due.toISOString()}`
}

/** Why the successes of one expectation prove too little; none when one of them is strong. */
function weakOf({ found }: Expected, question: Question): readonly string[] {
  const reasons = found.map(({ signal }) => weakness(signal, question))
  return reasons.includes(null) ? [] : reasons.filter(reason => reason !== null)
}

/** A failure may follow the weak success at once, so it is not told as the last word before the time to settle is over. */
function unproven(weak: readonly string[], expected: readonly Expected[], settled: Date, question: Question): Health {
  const missing = expected.filter(one => weakOf(one, question).length > 0).map(({ what }) => what)
  if (question.now < settled) return { kind: 'waiting', until: settled.toISOString(), missing }
  return { kind: 'unknown', missing, why: [...new Set(weak)] }
}

function evidence(found: readonly Course[]): readonly Signal[] {
  return found.map(({ signal }) => signal)
}

const times = (found: readonly Course[]) =>
  found.map(({ since }) => since).toSorted((a, b) => Date.parse(a) - Date.parse(b))
const earliest = (found: readonly Course[]) => times(found).at(0) ?? ''
const latest = (found: readonly Course[]) => times(found).at(-1) ?? ''
