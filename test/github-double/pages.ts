import type { Answer } from './handler.ts'
import { apiRoot } from './present/user.ts'
import type { State } from './state.ts'

type Paged = { readonly page?: number | undefined; readonly per_page?: number | undefined }

/** One page of a list (30 a page unless asked, at most 100), and the Link header that leads to the others. */
export function paginate<T>(call: { readonly state: State; readonly url: URL }, items: readonly T[], asked: Paged) {
  const size = Math.min(Math.max(asked.per_page ?? 30, 1), 100)
  const page = Math.max(asked.page ?? 1, 1)
  const last = Math.max(Math.ceil(items.length / size), 1)
  const links = [
    ...(page > 1 ? [link(call, page - 1, 'prev')] : []),
    ...(page < last ? [link(call, page + 1, 'next'), link(call, last, 'last')] : []),
    ...(page > 1 ? [link(call, 1, 'first')] : []),
  ]
  const headers: Record<string, string> = links.length === 0 ? {} : { link: links.join(', ') }
  return { items: items.slice((page - 1) * size, page * size), headers }
}

/** A 200 with one page of a list, each item shown by `show`. */
export function pageOf<T>(
  call: { readonly state: State; readonly url: URL },
  items: readonly T[],
  asked: Paged,
  show: (item: T) => unknown,
): Answer {
  const page = paginate(call, items, asked)
  return { status: 200, body: page.items.map(show), headers: page.headers }
}

function link({ state, url }: { readonly state: State; readonly url: URL }, page: number, rel: string): string {
  const query = new URLSearchParams(url.search)
  query.set('page', String(page))
  return `<${apiRoot(state)}${url.pathname.replace(/^\/api\/v3/, '')}?${query}>; rel="${rel}"`
}
