import { type Cause, WORDINGS } from '../knowledge/ci-wordings.ts'
import type { FailedJob } from '../model.ts'

/** Longest part of a line that is read, in UTF-16 units: every known wording stands at the beginning of what a tool prints. */
const LINE = 500

/** What some red jobs came to: the cause, the job that shows it, and the one line of its log that says so; '' when none does. */
export type Diagnosis = { readonly cause: Cause; readonly job: FailedJob; readonly line: string }

/** What GitHub's runner puts before the message of an error. */
const RUNNER_PREFIX = /^(?:##\[[a-z]{1,20}\]|::error(?: [^:\n]{0,200})?::)/

function linesOf({ log, summary }: FailedJob): readonly string[] {
  return (log ?? summary).split('\n').map(line => line.slice(0, LINE).replace(RUNNER_PREFIX, ''))
}

/** The line that says most when no wording is known: the last error that is more than an exit code. */
function lastError(job: FailedJob): string {
  const errors = linesOf(job).filter(line => /\berror\b/i.test(line) && !/Process completed with exit code/.test(line))
  return errors.at(-1) ?? ''
}

/** What red jobs came to. A definite cause beats a flake, wherever it stands; the first line that shows it is quoted. */
export function diagnose(jobs: readonly [FailedJob, ...FailedJob[]]): Diagnosis {
  const known = jobs.flatMap(job =>
    linesOf(job).flatMap(line => {
      const found = WORDINGS.find(({ wording }) => wording.test(line))
      return found === undefined ? [] : [{ cause: found.cause, job, line }]
    }),
  )
  const [first] = jobs
  const fallback = { cause: 'unknown' as const, job: first, line: lastError(first) }
  return known.find(({ cause }) => cause !== 'flake') ?? known[0] ?? fallback
}
