import type { RestEndpointMethodTypes } from '@octokit/rest'
import { accountOf, type Caller, may, type Permission } from './auth.ts'
import type { Actor } from './issues.ts'
import { Refusal } from './refusal.ts'
import type { App, Repo, State, Token } from './state.ts'

/** What a handler answers; without a body the answer is empty. `type` is `application/json` unless said. */
export type Answer = {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A call by an app with its JWT. */
export type AppCall = { readonly state: State; readonly url: URL; readonly app: App }
/** A call with a token. */
export type TokenCall = { readonly state: State; readonly url: URL; readonly token: Token; readonly by: Actor }
/** A call with a token about one repository it reaches. */
export type RepoCall = TokenCall & { readonly repo: Repo }

/**
 * One endpoint: which credential it takes, which permissions (any one of them suffices), and what it does.
 * `input` holds path, query and body together; the description has checked it before, hence `never` here and
 * Octokit's own parameter types in the functions.
 */
export type Handler =
  | { readonly auth: 'app'; readonly handle: (call: AppCall, input: never) => Answer | Promise<Answer> }
  | {
      readonly auth: 'token'
      readonly needs: readonly Permission[]
      readonly handle: (call: TokenCall, input: never) => Answer | Promise<Answer>
    }
  | {
      readonly auth: 'repo'
      readonly needs: readonly Permission[]
      readonly handle: (call: RepoCall, input: never) => Answer | Promise<Answer>
    }

/** Endpoints by the operation id of the description. */
export type Handlers = Readonly<Record<string, Handler>>

/** Parameters of an endpoint as Octokit types them, from the same description. */
export type Input<
  A extends keyof RestEndpointMethodTypes,
  M extends keyof RestEndpointMethodTypes[A],
> = RestEndpointMethodTypes[A][M] extends { readonly parameters: infer P } ? P : never

/** What GitHub says to an app that lacks a permission. */
export const NOT_ACCESSIBLE = 'Resource not accessible by integration'

/** Refuses unless the token holds one of the permissions. */
export function demand(token: Token, repo: Repo | null, needs: readonly Permission[]): void {
  if (!needs.some(permission => may(token, repo, permission)))
    throw new Refusal(403, token.kind === 'user' ? 'Must have admin rights to Repository.' : NOT_ACCESSIBLE)
}

/** The account and the app behind a token. */
export function actorOf(state: State, token: Caller): Actor {
  return { user: accountOf(state, token), app: token.kind === 'installation' ? token.installation.app : null }
}
