import { DEFAULT_BRANCH, OWNER } from './github.ts'
import { editPull, mergePull, openPull, pullOf, Refusal, requestReview } from './operations.ts'
import { type Asked, created, inRepo, number, ok, page, type Reply, type Route, text, texts } from './route.ts'
import { showCommit, showPull } from './shapes.ts'
import type { Pull } from './state.ts'

function list(asked: Asked): Reply {
  const { state, query } = asked
  const wanted = query.get('state') ?? 'open'
  const head = query.get('head')
  const base = query.get('base')
  const by = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
  const isAsked = (pull: Pull) =>
    (wanted === 'all' || pull.state === wanted) &&
    (head === null || head === `${pull.headRepo.split('/')[0]}:${pull.head}`) &&
    (base === null || base === pull.base)
  const sorted = [...state.pulls.values()]
    .filter(isAsked)
    .toSorted((a, b) => (a[by] === b[by] ? b.number - a.number : a[by] < b[by] ? 1 : -1))
  return ok(page(asked, query.get('direction') === 'asc' ? sorted.toReversed() : sorted).map(showPull))
}

function create(asked: Asked): Reply {
  const { github, by, body } = asked
  const head = text(asked, 'head').replace(`${OWNER}:`, '')
  const [title, said] = [text(asked, 'title'), typeof body.body === 'string' ? body.body : '']
  return created(
    showPull(openPull(github, by, { title, body: said, head, base: text(asked, 'base'), draft: body.draft === true })),
  )
}

function update(asked: Asked): Reply {
  const { github, by, body } = asked
  const said: Partial<Record<'title' | 'body' | 'base', string>> = {}
  for (const key of ['title', 'body', 'base'] as const) {
    const value = body[key]
    if (typeof value === 'string') said[key] = value
  }
  if ((said.body?.length ?? 0) > 65_536) throw new Refusal(422, 'Validation Failed: body is too long')
  const state = body.state === 'open' || body.state === 'closed' ? { state: body.state } : {}
  return ok(showPull(editPull(github, by, number(asked, 0), { ...said, ...state } as Parameters<typeof editPull>[3])))
}

function one({ state, ...asked }: Asked): Reply {
  const pull = state.pulls.get(number({ state, ...asked }, 0))
  if (!pull) throw new Refusal(404, 'Not Found')
  return ok(showPull(pull))
}

function commits({ github, ...asked }: Asked): Reply {
  const pull = pullOf(github, number({ github, ...asked }, 0))
  const base = github.head(DEFAULT_BRANCH)
  const known = base === null ? new Set<string>() : github.objects.history(base)
  const own = [...github.objects.history(pull.headSha)].filter(sha => !known.has(sha)).reverse()
  return ok(
    own
      .flatMap(sha => github.objects.commit(sha) ?? [])
      .map(commit => ({ ...showCommit(commit), commit: showCommit(commit) })),
  )
}

function ask(asked: Asked): Reply {
  const names = texts(asked, 'reviewers')
  if (names.includes('nobody')) throw new Refusal(422, 'Reviews may only be requested from collaborators.')
  return created(showPull(requestReview(asked.github, asked.by, number(asked, 0), names)))
}

/** Pull requests. */
export const PULLS: readonly Route[] = [
  inRepo('GET /pulls', list),
  inRepo('POST /pulls', create),
  inRepo('GET /pulls/*', one),
  inRepo('PATCH /pulls/*', update),
  inRepo('GET /pulls/*/commits', commits),
  inRepo('POST /pulls/*/requested_reviewers', ask),
  inRepo('PUT /pulls/*/merge', asked =>
    ok({ merged: true, sha: mergePull(asked.github, asked.by, number(asked, 0)).mergeCommit }),
  ),
]
