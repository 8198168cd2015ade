/** What stands at GitHub at one moment, as values: a state is never changed, so that an old one can be read later. */
export type State = {
  /** Branch to commit. */
  readonly refs: ReadonlyMap<string, string>
  /** Issues and pull requests share their numbers. */
  readonly pulls: ReadonlyMap<number, Pull>
  readonly issues: ReadonlyMap<number, Issue>
  readonly comments: ReadonlyMap<number, IssueComment>
  readonly checks: ReadonlyMap<number, CheckRun>
  readonly statuses: readonly CommitStatus[]
  readonly reactions: readonly { readonly comment: number; readonly user: string; readonly content: string }[]
}

type Thread = {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'closed'
  readonly author: string
  readonly labels: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
  readonly closedAt: string | null
  /** Who closed it last, null while it is open. */
  readonly closedBy: string | null
}

export type Issue = Thread

export type Pull = Thread & {
  readonly head: string
  /** `owner/name` of the repository that the head is in. */
  readonly headRepo: string
  /** Follows the branch while the pull request is open. */
  readonly headSha: string
  readonly base: string
  readonly draft: boolean
  readonly reviewers: readonly string[]
  readonly mergedAt: string | null
  readonly mergeCommit: string | null
}

export type IssueComment = {
  readonly id: number
  readonly number: number
  readonly author: string
  readonly body: string
  readonly createdAt: string
  readonly updatedAt: string
}

export type CheckRun = {
  readonly id: number
  readonly name: string
  readonly sha: string
  readonly by: string
  readonly status: string
  readonly conclusion: string | null
  readonly externalId: string
  readonly title: string
  readonly summary: string
}

export type CommitStatus = {
  readonly sha: string
  readonly context: string
  readonly state: string
  readonly by: string
  readonly at: string
}

/** A repository in which nothing was said yet. */
export const EMPTY: State = {
  refs: new Map(),
  pulls: new Map(),
  issues: new Map(),
  comments: new Map(),
  checks: new Map(),
  statuses: [],
  reactions: [],
}

/** A map with one entry more, or with another value for it. */
export function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value)
}

/** A map without one entry. */
export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const copy = new Map(map)
  copy.delete(key)
  return copy
}
