import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { isObject, type Json } from './json.ts'
import type { Who } from './log.ts'
import { withMetadata } from './present/app.ts'
import { Refusal } from './refusal.ts'
import {
  type App,
  botOf,
  type Installation,
  type Level,
  type Permissions,
  type Repo,
  roleOf,
  type State,
  type Token,
  type User,
} from './state.ts'

/** Who asks, as their credential proves. */
export type Caller = { readonly kind: 'app'; readonly app: App } | Token

/** A permission as handlers name it: `contents:write`. */
export type Permission = `${string}:${Level}`

/** GitHub takes JWTs that live at most ten minutes; a minute of clock difference is forgiven. */
const JWT_SECONDS = 600
const CLOCK_SECONDS = 60
const HOUR = 3_600_000

/** Finds out who asks, from the Authorization header; refuses with 401 in GitHub's words. */
export function authenticate(state: State, header: string | undefined): Caller {
  const credential = /^(?:bearer|token) +(\S+)$/i.exec(header ?? '')?.[1]
  if (credential === undefined) throw new Refusal(401, 'Requires authentication')
  return credential.split('.').length === 3
    ? { kind: 'app', app: appOfJwt(state, credential) }
    : tokenNamed(state, credential)
}

/** The token of that text while it is valid; 401 otherwise. */
export function tokenNamed(state: State, text: string): Token {
  const token = state.tokens.get(text)
  if (!token || (token.kind === 'installation' && token.expiresAt <= state.now().getTime()))
    throw new Refusal(401, 'Bad credentials')
  return token
}

/** Hands out an installation token for an hour, for all repositories (null) or some. */
export function issueToken(
  state: State,
  installation: Installation,
  repos: ReadonlySet<Repo> | null,
  permissions: Permissions,
) {
  const text = `ghs_${randomBytes(18).toString('hex')}`
  const expiresAt = Math.floor((state.now().getTime() + HOUR) / 1000) * 1000
  state.tokens.set(text, {
    kind: 'installation',
    installation,
    repos,
    permissions: withMetadata(permissions),
    expiresAt,
  })
  return { text, expiresAt: `${new Date(expiresAt).toISOString().slice(0, 19)}Z` }
}

/** Hands out a token of a person, for git and REST. */
export function issueUserToken(state: State, user: User): string {
  const text = `ghp_${randomBytes(18).toString('hex')}`
  state.tokens.set(text, { kind: 'user', user })
  return text
}

/** Repositories a token reaches now. */
export function reachable(state: State, token: Token): Repo[] {
  if (token.kind === 'user') return [...state.repos.values()].filter(repo => roleOf(repo, token.user) !== 'none')
  return [...token.installation.repos].filter(repo => token.repos?.has(repo) ?? true)
}

/** Whether a caller holds a permission: an installation by its token, a person by the role in the repository. */
export function may(token: Token, repo: Repo | null, permission: Permission): boolean {
  const [name = '', level = 'write'] = permission.split(':')
  if (token.kind === 'user') {
    const role = repo ? roleOf(repo, token.user) : 'read'
    return level === 'read' ? role !== 'none' : ['write', 'maintain', 'admin'].includes(role)
  }
  const held = token.permissions[name]
  return held === 'write' || (held === 'read' && level === 'read')
}

/** The account whose name stands at what a caller does. */
export function accountOf(state: State, caller: Caller): User {
  if (caller.kind === 'user') return caller.user
  return botOf(state, caller.kind === 'app' ? caller.app : caller.installation.app)
}

/** How the log names a caller. */
export function whoIs(caller: Caller | null): Who {
  if (!caller) return { kind: 'nobody' }
  if (caller.kind === 'app') return { kind: 'app', app: caller.app.slug }
  if (caller.kind === 'user') return { kind: 'user', login: caller.user.login }
  return { kind: 'installation', app: caller.installation.app.slug, installation: caller.installation.id }
}

function appOfJwt(state: State, jwt: string): App {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const claims = decoded(payload)
  const app = state.apps.find(one => String(one.id) === String(claims.iss))
  const signed = Buffer.from(`${header}.${payload}`)
  const bytes = Buffer.from(signature, 'base64url')
  if (
    !app ||
    decoded(header).alg !== 'RS256' ||
    !verify('RSA-SHA256', signed, createPublicKey(app.publicKeyPem), bytes)
  )
    throw new Refusal(401, 'A JSON web token could not be decoded')
  checkTimes(claims, Math.floor(state.now().getTime() / 1000))
  return app
}

function checkTimes({ iat, exp }: Json, now: number): void {
  if (typeof exp !== 'number' || exp <= now)
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    )
  if (exp > now + JWT_SECONDS + CLOCK_SECONDS)
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
  if (typeof iat !== 'number' || iat > now + CLOCK_SECONDS)
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    )
}

function decoded(part: string): Json {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
