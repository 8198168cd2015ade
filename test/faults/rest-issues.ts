import { clock } from './clock.ts'
import { BOT } from './github.ts'
import { comment, editComment, editIssue, editPull, openIssue, Refusal, setLabels } from './operations.ts'
import { type Asked, created, gone, inRepo, number, ok, page, type Reply, type Route, text, texts } from './route.ts'
import { showComment, showIssue } from './shapes.ts'
import type { IssueComment } from './state.ts'

/** Issues and pull requests share these, as they share their numbers. */
function thread({ state, ...asked }: Asked) {
  const found = state.pulls.get(number({ state, ...asked }, 0)) ?? state.issues.get(number({ state, ...asked }, 0))
  if (!found) throw new Refusal(404, 'Not Found')
  return found
}

function list(asked: Asked): Reply {
  const { state, query } = asked
  const wanted = query.get('state') ?? 'open'
  const labels = query.get('labels')?.split(',') ?? []
  const creator = query.get('creator')
  const found = [...state.issues.values(), ...state.pulls.values()].filter(
    issue =>
      (wanted === 'all' || issue.state === wanted) &&
      labels.every(label => issue.labels.includes(label)) &&
      (creator === null || issue.author === creator),
  )
  return ok(
    page(
      asked,
      found.toSorted((a, b) => b.number - a.number),
    ).map(showIssue),
  )
}

function update(asked: Asked): Reply {
  const { github, by, body } = asked
  const change: { title?: string; body?: string; state?: 'open' | 'closed'; labels?: readonly string[] } = {}
  if (typeof body.title === 'string') change.title = body.title
  if (typeof body.body === 'string') change.body = body.body
  if (body.state === 'open' || body.state === 'closed') change.state = body.state
  if (Array.isArray(body.labels)) change.labels = texts(asked, 'labels')
  if (github.state.pulls.has(number(asked, 0))) return ok(showIssue(editPull(github, by, number(asked, 0), change)))
  return ok(showIssue(editIssue(github, by, number(asked, 0), change)))
}

function listComments(asked: Asked, isAsked: (comment: IssueComment) => boolean): Reply {
  const since = asked.query.get('since')
  const found = [...asked.state.comments.values()].filter(
    comment => isAsked(comment) && (since === null || Date.parse(comment.updatedAt) >= Date.parse(since)),
  )
  const sorted = found.toSorted((a, b) => a.id - b.id)
  return ok(
    page(asked, asked.query.get('direction') === 'desc' ? sorted.reverse() : sorted).map(each =>
      showComment(each, asked.state.reactions),
    ),
  )
}

function label(asked: Asked, keep: boolean): Reply {
  const before = thread({ ...asked, state: asked.github.state })
  const wanted = [...(keep ? before.labels : []), ...texts(asked, 'labels')]
  return ok(setLabels(asked.github, asked.by, before.number, wanted).map(name => ({ name })))
}

function unlabel(asked: Asked): Reply {
  const before = thread({ ...asked, state: asked.github.state })
  const name = decodeURIComponent(asked.path[1] ?? '')
  if (!before.labels.includes(name)) throw new Refusal(404, 'Label does not exist')
  return ok(
    setLabels(
      asked.github,
      asked.by,
      before.number,
      before.labels.filter(each => each !== name),
    ).map(each => ({ name: each })),
  )
}

/** The same reaction of the same user is there once. */
function react(asked: Asked): Reply {
  const { github, by, path } = asked
  const id = Number(path[0])
  if (!github.state.comments.has(id)) throw new Refusal(404, 'Not Found')
  const reaction = { comment: id, user: by.actor, content: text(asked, 'content') }
  const isThere = github.state.reactions.some(
    each => each.comment === id && each.user === by.actor && each.content === reaction.content,
  )
  const entry = { ...by, operation: 'react', target: `comment ${id}`, before: null, after: reaction }
  if (!isThere) github.change(entry, { reactions: [...github.state.reactions, reaction] })
  return created({ id, content: reaction.content, user: { login: BOT }, created_at: clock.stamp() })
}

/** Issues, the conversation of pull requests, labels and reactions. */
export const ISSUES: readonly Route[] = [
  inRepo('GET /issues', list),
  inRepo('POST /issues', asked =>
    created(
      showIssue(
        openIssue(asked.github, asked.by, {
          title: text(asked, 'title'),
          body: text(asked, 'body'),
          labels: texts(asked, 'labels'),
        }),
      ),
    ),
  ),
  inRepo('GET /issues/comments', asked => listComments(asked, () => true)),
  inRepo('PATCH /issues/comments/*', asked =>
    ok(showComment(editComment(asked.github, asked.by, number(asked, 0), text(asked, 'body')), asked.state.reactions)),
  ),
  inRepo('DELETE /issues/comments/*', asked => {
    editComment(asked.github, asked.by, number(asked, 0), null)
    return gone
  }),
  inRepo('POST /issues/comments/*/reactions', react),
  inRepo('GET /issues/*', asked => ok(showIssue(thread(asked)))),
  inRepo('PATCH /issues/*', update),
  inRepo('GET /issues/*/comments', asked => listComments(asked, each => each.number === number(asked, 0))),
  inRepo('POST /issues/*/comments', asked =>
    created(showComment(comment(asked.github, asked.by, number(asked, 0), text(asked, 'body')), asked.state.reactions)),
  ),
  inRepo('GET /issues/*/labels', asked => ok(thread(asked).labels.map(name => ({ name })))),
  inRepo('POST /issues/*/labels', asked => label(asked, true)),
  inRepo('PUT /issues/*/labels', asked => label(asked, false)),
  inRepo('DELETE /issues/*/labels/*', unlabel),
]
