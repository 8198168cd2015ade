import type { Log } from './log.ts'
import type { LogHost } from './logs.ts'

/** What a person may do in a repository, GitHub's role names. */
export type Role = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin'
export type Level = 'read' | 'write'
/** Permissions as the app manifest names them: `contents`, `pull_requests`, `issues`, `checks`, ... */
export type Permissions = Readonly<Record<string, Level>>

export type User = { readonly login: string; readonly id: number; readonly type: 'User' | 'Bot' | 'Organization' }
export type App = {
  readonly id: number
  readonly slug: string
  readonly publicKeyPem: string
  readonly webhookSecret: string
  readonly permissions: Permissions
}
export type Installation = {
  readonly id: number
  readonly app: App
  readonly account: User
  readonly createdAt: string
  readonly repos: Set<Repo>
}
export type Label = {
  readonly id: number
  readonly name: string
  readonly color: string
  readonly description: string | null
}
export type Reaction = {
  readonly id: number
  readonly user: User
  readonly content: string
  readonly createdAt: string
}
export type Comment = {
  readonly id: number
  readonly issue: Issue
  readonly user: User
  readonly app: App | null
  readonly createdAt: string
  readonly reactions: Reaction[]
  body: string
  updatedAt: string
}
export type Pull = {
  readonly head: string
  /** The account whose fork the head stands in, null for this repository; its commits are here all the same, as GitHub shares them. */
  readonly fork: User | null
  base: string
  readonly draft: boolean
  readonly maintainerCanModify: boolean
  readonly reviewers: Set<User>
  /** Tips as last seen; they stop moving when the pull request is closed. */
  headSha: string
  baseSha: string
  merged: { readonly at: string; readonly by: User; readonly sha: string } | null
}
export type Issue = {
  readonly id: number
  readonly number: number
  readonly user: User
  readonly app: App | null
  readonly createdAt: string
  readonly pull: Pull | null
  title: string
  body: string | null
  labels: Label[]
  updatedAt: string
  closed: { readonly at: string; readonly by: User; readonly reason: string | null } | null
}
export type CheckRun = {
  readonly id: number
  readonly suite: number
  readonly app: App
  readonly sha: string
  name: string
  status: string
  conclusion: string | null
  externalId: string | null
  detailsUrl: string | null
  startedAt: string | null
  completedAt: string | null
  output: { title: string | null; summary: string | null; text: string | null; annotations: readonly unknown[] }
}
export type Status = {
  readonly id: number
  readonly sha: string
  readonly state: string
  readonly context: string
  readonly description: string | null
  readonly targetUrl: string | null
  readonly creator: User
  readonly createdAt: string
}
export type DeploymentStatus = {
  readonly id: number
  readonly state: string
  readonly description: string
  readonly creator: User
  readonly createdAt: string
}
export type Deployment = {
  readonly id: number
  readonly sha: string
  readonly ref: string
  readonly environment: string
  readonly creator: User
  readonly createdAt: string
  /** Oldest first. */
  readonly statuses: DeploymentStatus[]
}
export type Repo = {
  readonly id: number
  readonly owner: User
  readonly name: string
  readonly private: boolean
  readonly defaultBranch: string
  /** The bare repository: the one truth for refs, commits, trees and blobs. */
  readonly dir: string
  readonly createdAt: string
  readonly roles: Map<string, Role>
  readonly labels: Map<string, Label>
  readonly issues: Map<number, Issue>
  readonly comments: Map<number, Comment>
  readonly checks: CheckRun[]
  readonly statuses: Status[]
  readonly deployments: Deployment[]
  /** Ends when the last write to this repository has ended: writes take turns, as GitHub's transactions do. */
  turn: Promise<unknown>
}

/** A credential that was handed out. */
export type Token =
  | {
      readonly kind: 'installation'
      readonly installation: Installation
      readonly repos: ReadonlySet<Repo> | null
      readonly permissions: Permissions
      readonly expiresAt: number
    }
  | { readonly kind: 'user'; readonly user: User }

/** Everything the double knows that is not in a git repository. */
export type State = {
  readonly dir: string
  readonly apps: readonly App[]
  readonly users: Map<string, User>
  readonly repos: Map<string, Repo>
  readonly installations: Map<number, Installation>
  readonly tokens: Map<string, Token>
  /** Members by login, of each team by `organisation/team`, in lower case; who was invited and has not answered is pending. */
  readonly teams: Map<string, ReadonlyMap<string, 'active' | 'pending'>>
  readonly log: Log
  readonly logs: LogHost
  readonly now: () => Date
  /** A number never given before: ids of everything. */
  readonly nextId: () => number
  /** Where the double listens, without a slash at the end; known once it does. */
  origin: string
}

/** What a login says of its account: no person can have one with brackets. */
function typeOf(login: string): User['type'] {
  return login.endsWith('[bot]') ? 'Bot' : 'User'
}

/** The user of that login, made when first mentioned: GitHub logins ignore case. */
export function userOf(state: State, login: string, type: User['type'] = typeOf(login)): User {
  const known = state.users.get(login.toLowerCase())
  if (known) return known
  const user: User = { login, id: state.nextId(), type }
  state.users.set(login.toLowerCase(), user)
  return user
}

/** The bot account that acts for an app. */
export function botOf(state: State, app: App): User {
  return userOf(state, `${app.slug}[bot]`, 'Bot')
}

/** The repository of that name, or null: GitHub names ignore case. */
export function repoOf(state: State, owner: string, name: string): Repo | null {
  return state.repos.get(`${owner}/${name}`.toLowerCase()) ?? null
}

/** What a user may do in a repository: the owner everything, a public repository is readable by all. */
export function roleOf(repo: Repo, user: User): Role {
  if (user === repo.owner) return 'admin'
  return repo.roles.get(user.login.toLowerCase()) ?? (repo.private ? 'none' : 'read')
}

/** The time now as GitHub writes it: UTC, whole seconds. */
export function timestamp(state: State): string {
  return `${state.now().toISOString().slice(0, 19)}Z`
}

/** Runs one write after the other ones on this repository. */
export function inTurn<T>(repo: Repo, write: () => Promise<T>): Promise<T> {
  const result = repo.turn.then(write)
  repo.turn = result.catch(() => undefined)
  return result
}
