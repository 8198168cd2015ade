import type { Problem } from '../model.ts'

/** A problem as one line for a terminal: `file:line:column what is wrong`. */
export function problemLine(problem: Problem & { readonly column?: number | null }): string {
  const place = [problem.file, problem.line, problem.column]
    .filter(part => part !== null && part !== undefined)
    .join(':')
  return place === '' ? problem.reason : `${place} ${problem.reason}`
}
