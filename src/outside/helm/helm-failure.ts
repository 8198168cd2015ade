import { stripVTControlCharacters } from 'node:util'
import type { Outcome } from './process.ts'
import type { Limits } from './sandbox.ts'

const MAX_SAID = 2000

/** The last words of a Go program that may not have more memory (Go runtime: malloc.go, os_linux.go). */
const OUT_OF_MEMORY =
  /^(?:fatal error: |runtime: )[^\n]*(?:out of memory|cannot allocate|failed to create new OS thread)/m

/** What helm said, without our paths, colours, control characters and the advice about its flags. */
function said(stderr: string, dir: string): string {
  return stripVTControlCharacters(stderr)
    .replaceAll(`${dir}/chart/`, '')
    .replaceAll(`${dir}/`, '')
    .replace(/^Error: /, '')
    .replace(/\n*Use --debug flag to render out invalid YAML\s*$/, '')
    .replace(/[^\P{C}\n\t]/gu, '')
    .trim()
    .slice(0, MAX_SAID)
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}

/** One sentence on why there is no render. `dir` is the scratch folder, whose path nobody needs to see. */
export function describeFailure(outcome: Outcome, dir: string, limits: Limits): string {
  switch (outcome.kind) {
    case 'exited':
      if (OUT_OF_MEMORY.test(outcome.stderr)) {
        return `helm needed more than the ${mebibytes(limits.addressSpaceBytes)} of memory it may use`
      }
      return `helm exited ${outcome.code}: ${said(outcome.stderr, dir) || 'it said nothing'}`
    case 'timed-out':
      return `helm was stopped after ${outcome.afterMs / 1000} s`
    case 'too-much-output':
      return `helm was stopped because it printed more than ${mebibytes(outcome.maxOutput)}`
    case 'killed':
      return `helm was killed (${outcome.signal}), as happens at ${limits.cpuSeconds} s of processor time or when the machine is out of memory`
    case 'not-started':
      return `helm could not be started: ${outcome.reason}`
  }
}
