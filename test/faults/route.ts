import type { GitHub } from './github.ts'
import { type By, Refusal } from './operations.ts'
import type { State } from './state.ts'

/** A request as a route sees it. `state` is what reads answer from: it may be older than `github.state`. */
export type Asked = {
  readonly github: GitHub
  readonly state: State
  readonly by: By
  /** What stands in the place of the names in the path, in their order. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
}

export type Reply = { readonly status: number; readonly body: unknown }

export type Route = { readonly method: string; readonly path: RegExp; readonly answer: (asked: Asked) => Reply }

/** A route for `GET /repos/{owner}/{repo}/…` and the like; `*` stands for one part of the path, `**` for the rest. */
export function route(line: string, answer: Route['answer']): Route {
  const [method = '', path = ''] = line.split(' ')
  const pattern = path.replaceAll('**', '(.+)').replaceAll('*', '([^/]+)')
  return { method, path: new RegExp(`^${pattern}$`), answer }
}

/** A route inside the one repository. */
export function inRepo(line: string, answer: Route['answer']): Route {
  const [method = '', path = ''] = line.split(' ')
  return route(`${method} /repos/acme/fleet${path}`, answer)
}

export const ok = (body: unknown): Reply => ({ status: 200, body })
export const created = (body: unknown): Reply => ({ status: 201, body })
export const gone: Reply = { status: 204, body: null }

/** A text of the body; 422 when it is missing. */
export function text({ body }: Asked, key: string): string {
  const value = body[key]
  if (typeof value !== 'string') throw new Refusal(422, `Validation Failed: ${key} is missing`)
  return value
}

/** A number in the path. */
export function number({ path }: Asked, index: number): number {
  return Number(path[index])
}

/** A list of texts in the body; empty when it is missing. */
export function texts({ body }: Asked, key: string): readonly string[] {
  const value = body[key]
  return Array.isArray(value) ? value.map(String) : []
}

/** One page of a list, as `per_page` and `page` ask. */
export function page<T>({ query }: Asked, list: readonly T[]): readonly T[] {
  const size = Number(query.get('per_page') ?? 30)
  const at = (Number(query.get('page') ?? 1) - 1) * size
  return list.slice(at, at + size)
}
