import type { SemVer } from 'semver'
import type { Tool } from '../knowledge/index.ts'
import { readRange } from '../text/version.ts'

/** What the maintainers of a tool say about one upgrade: what to do, whether there is a way back, which Kubernetes it wants. */
export type Advice = {
  readonly todo: readonly string[]
  readonly rollback: { readonly possible: boolean; readonly says: string } | null
}

export const NO_ADVICE: Advice = { todo: [], rollback: null }

function enters(range: string, from: SemVer, to: SemVer): boolean {
  const read = readRange(range)
  return read !== null && !read.test(from) && read.test(to)
}

function isAbove(range: string, from: SemVer, to: SemVer): boolean {
  const read = readRange(range)
  return read?.test(from) === true && !read.test(to)
}

/** The statements about a tool that an upgrade from one of its versions to another is about, each with its source. */
export function adviceOf(tool: Tool, from: SemVer, to: SemVer): Advice {
  const leaving = tool.stops
    .filter(({ through }) => isAbove(through, from, to))
    .flatMap(({ leave, source }) => leave.map(say => `before the merge: ${say} (${source})`))
  const entering = tool.todo
    .filter(({ entering: range }) => enters(range, from, to))
    .map(({ say, source }) => `${say} (${source})`)
  const kubernetes = tool.kubernetes
    .filter(({ at }) => enters(at, from, to))
    .map(({ range, source }) => `see that the cluster runs Kubernetes ${range} (${source})`)
  const back = tool.rollback.find(({ entering: range }) => enters(range, from, to))
  return {
    todo: [...leaving, ...entering, ...kubernetes],
    rollback: back ? { possible: back.possible, says: `${back.say} (${back.source})` } : null,
  }
}
