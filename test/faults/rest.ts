import { BOT, type GitHub } from './github.ts'
import { Refusal } from './operations.ts'
import { CHECKS } from './rest-checks.ts'
import { GIT } from './rest-git.ts'
import { ISSUES } from './rest-issues.ts'
import { PULLS } from './rest-pulls.ts'
import type { Reply, Route } from './route.ts'

const ROUTES: readonly Route[] = [...PULLS, ...ISSUES, ...GIT, ...CHECKS]

/** A request of the App. */
export type RestRequest = {
  readonly method: string
  readonly url: URL
  readonly body: string | null
  readonly cause: string
}

/** Requests that no route knows: the double must be taught them, so they are never answered quietly. */
export const unknownRequests = new Set<string>()

/** Answers a request as GitHub would, with reads `ago` milliseconds old. */
export function answer(github: GitHub, { method, url, body, cause }: RestRequest, ago: number): Reply {
  const path = decodeURIComponent(url.pathname)
  for (const route of ROUTES) {
    const found = route.method === method ? route.path.exec(path) : null
    if (!found) continue
    const asked = {
      ...{ github, by: { actor: BOT, cause }, path: found.slice(1), query: url.searchParams },
      state: method === 'GET' && ago > 0 ? github.past(ago) : github.state,
      body: body === null ? {} : (JSON.parse(body) as Record<string, unknown>),
    }
    try {
      return route.answer(asked)
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: { message: error.message } }
      throw error
    }
  }
  unknownRequests.add(`${method} ${path}`)
  return { status: 404, body: { message: 'Not Found' } }
}

/** What Octokit needs of a response, without the streams of a real one. */
export function asResponse(url: string, { status, body }: Reply): Response {
  const text = body === null ? '' : JSON.stringify(body)
  const headers = new Map([['content-type', 'application/json; charset=utf-8']])
  if (status === 403 && body !== null && typeof body === 'object' && 'retryAfter' in body)
    headers.set('retry-after', String(body.retryAfter))
  return { status, url, headers, ok: status < 400, text: async () => text } as unknown as Response
}
