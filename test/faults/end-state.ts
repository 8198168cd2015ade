import { signingKey } from '../../src/outside/github/world-github.ts'
import { readMemory } from '../../src/report/memory.ts'
import { BOT, DEFAULT_BRANCH, FULL_NAME, type GitHub } from './github.ts'
import { SECRET } from './replica.ts'
import type { Pull } from './state.ts'

const KEY = signingKey(SECRET)
const NOTE = /<!-- windlass:(?:memory|dashboard) .*? -->/g

/** The memory of a pull request as the product would read it; null when there is no note that it believes. */
export function memoryOf({ body, head }: Pick<Pull, 'body' | 'head'>) {
  return readMemory(body, { key: KEY, repository: FULL_NAME, branch: head })
}

/** A text without what differs from run to run: ids, numbers, times. */
function plain(text: string): string {
  return text
    .replace(NOTE, 'NOTE')
    .replace(/\b[0-9a-f]{40}\b|\b[0-9a-f]{12}\b|\b[0-9a-f]{7}\b/g, 'ID')
    .replace(/#(&#8203;)?\d+/g, '#N')
    .replace(/\/(pull|issues)\/\d+/g, '/$1/N')
    .replace(/(reply|comment-)\s?\d+/g, '$1 N')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, 'TIME')
}

function memoryShown(pull: Pull): object | null {
  const memory = memoryOf(pull)
  if (memory === null) return null
  const text = JSON.stringify(memory, (key, value) =>
    key === 'at' || key === 'generation' || key === 'obeyed' ? undefined : value,
  )
  return JSON.parse(plain(text)) as object
}

/** What a branch changes since it left the default branch. */
function difference({ objects, head }: GitHub, sha: string): Readonly<Record<string, string>> {
  const before = objects.history(head(DEFAULT_BRANCH) ?? '')
  const left = [...objects.history(sha)].find(commit => before.has(commit))
  const base = left === undefined ? new Map() : objects.filesOf(left)
  return Object.fromEntries(
    [...objects.filesOf(sha)]
      .filter(([path, { text }]) => base.get(path)?.text !== text)
      .map(([path, { text }]) => [path, text]),
  )
}

function showPull(github: GitHub, pull: Pull) {
  const { state } = github
  const { title, body, labels, reviewers, base, head } = pull
  const comments = [...state.comments.values()].filter(({ number }) => number === pull.number)
  const reactions = state.reactions.filter(({ comment }) => comments.some(({ id }) => id === comment))
  const checks = [...state.checks.values()].filter(({ sha, by }) => sha === pull.headSha && by === BOT)
  return {
    ...{ head, base, state: pull.mergedAt === null ? pull.state : 'merged', closedBy: pull.closedBy },
    title,
    body: plain(body),
    memory: memoryShown(pull),
    labels: labels.toSorted(),
    reviewers,
    comments: comments.map(({ author, body: said }) => `${author}: ${plain(said)}`).toSorted(),
    reactions: reactions.map(({ user, content }) => `${user} ${content}`).toSorted(),
    checks:
      pull.state === 'open'
        ? checks.map(({ name, conclusion, title: says }) => `${name} ${conclusion} ${plain(says)}`).toSorted()
        : [],
  }
}

/** What a person sees at one moment. */
export type EndState = ReturnType<typeof endState>

/** Everything that a person could see, in an order and in words that do not depend on the run. */
export function endState(github: GitHub) {
  const { state } = github
  const branches = [...state.refs]
    .filter(([branch]) => branch !== DEFAULT_BRANCH)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const ours = [...state.pulls.values()].filter(({ headRepo }) => headRepo === FULL_NAME)
  return {
    base: Object.fromEntries(
      [...github.objects.filesOf(github.head(DEFAULT_BRANCH) ?? '')].map(([path, { text }]) => [path, text]),
    ),
    branches: branches.map(([branch, sha]) => ({ branch, changes: difference(github, sha) })),
    pulls: ours
      .map(pull => showPull(github, pull))
      .toSorted((a, b) => (a.head < b.head ? -1 : a.head > b.head ? 1 : 0)),
    // The dashboard lists by numbers, which depend on the run.
    issues: [...state.issues.values()].map(({ title, state: is, body }) => ({
      title,
      is,
      lines: plain(body).split('\n').toSorted(),
    })),
  }
}

/** Where two end states differ, as paths with both values; empty when they are the same. */
export function differences(expected: unknown, found: unknown, path = ''): readonly string[] {
  if (Object.is(expected, found)) return []
  if (typeof expected === 'object' && typeof found === 'object' && expected !== null && found !== null) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)])
    const at = (value: object, key: string) => (value as Record<string, unknown>)[key]
    return [...keys].flatMap(key => differences(at(expected, key), at(found, key), `${path}/${key}`))
  }
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 300) ?? 'nothing'
  return [`${path}: ${show(expected)} without faults, ${show(found)} with them`]
}
