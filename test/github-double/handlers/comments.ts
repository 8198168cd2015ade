import { effect } from '../effect.ts'
import type { Answer, Handlers, Input, RepoCall } from '../handler.ts'
import { addComment, checkBody } from '../issues.ts'
import { pageOf } from '../pages.ts'
import { comment, reaction } from '../present/issue.ts'
import { notFound } from '../refusal.ts'
import { type Comment, type Level, timestamp } from '../state.ts'
import { findIssue } from './issues.ts'

/** Comments of issues and pull requests, and reactions to them. */
export const commentHandlers: Handlers = {
  'issues/list-comments': { auth: 'repo', needs: ['issues:read', 'pull_requests:read'], handle: list },
  'issues/create-comment': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: create },
  'issues/list-comments-for-repo': { auth: 'repo', needs: ['issues:read', 'pull_requests:read'], handle: listForRepo },
  'issues/get-comment': { auth: 'repo', needs: ['issues:read', 'pull_requests:read'], handle: get },
  'issues/update-comment': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: update },
  'issues/delete-comment': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: remove },
  'reactions/list-for-issue-comment': {
    auth: 'repo',
    needs: ['issues:read', 'pull_requests:read'],
    handle: listReactions,
  },
  'reactions/create-for-issue-comment': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: react },
}

function list(call: RepoCall, input: Input<'issues', 'listComments'>): Answer {
  const issue = findIssue(call, input.issue_number, 'read')
  const found = [...call.repo.comments.values()].filter(one => one.issue === issue && isSince(one, input.since))
  return pageOf(call, found, input, one => comment(call.state, call.repo, one))
}

function listForRepo(call: RepoCall, input: Input<'issues', 'listCommentsForRepo'>): Answer {
  const found = [...call.repo.comments.values()].filter(one => isSince(one, input.since))
  // Without `sort` GitHub lists by id and ignores `direction`.
  if (input.sort !== undefined) {
    const key = (one: Comment) => (input.sort === 'updated' ? one.updatedAt : one.createdAt)
    found.sort((a, b) => key(a).localeCompare(key(b)) || a.id - b.id)
    if (input.direction === 'desc') found.reverse()
  }
  return pageOf(call, found, input, one => comment(call.state, call.repo, one))
}

function create(call: RepoCall, input: Input<'issues', 'createComment'>): Answer {
  const { state, repo, by } = call
  return {
    status: 201,
    body: comment(state, repo, addComment(state, repo, findIssue(call, input.issue_number, 'write'), by, input.body)),
  }
}

function get(call: RepoCall, input: Input<'issues', 'getComment'>): Answer {
  return { status: 200, body: comment(call.state, call.repo, find(call, input.comment_id, 'read')) }
}

function update(call: RepoCall, input: Input<'issues', 'updateComment'>): Answer {
  const { state, repo, by } = call
  const found = find(call, input.comment_id, 'write')
  checkBody(input.body)
  const before = found.body
  Object.assign(found, { body: input.body, updatedAt: timestamp(state) })
  effect(state, repo, 'comment.update', by.user, {
    number: found.issue.number,
    id: found.id,
    before,
    after: found.body,
  })
  return { status: 200, body: comment(state, repo, found) }
}

function remove(call: RepoCall, input: Input<'issues', 'deleteComment'>): Answer {
  const found = find(call, input.comment_id, 'write')
  call.repo.comments.delete(found.id)
  effect(call.state, call.repo, 'comment.delete', call.by.user, { number: found.issue.number, id: found.id })
  return { status: 204 }
}

function listReactions(call: RepoCall, input: Input<'reactions', 'listForIssueComment'>): Answer {
  const found = find(call, input.comment_id, 'read').reactions.filter(
    one => input.content === undefined || one.content === input.content,
  )
  return pageOf(call, found, input, one => reaction(call.state, one))
}

function react(call: RepoCall, input: Input<'reactions', 'createForIssueComment'>): Answer {
  const { state, repo, by } = call
  const { reactions, id } = find(call, input.comment_id, 'write')
  const known = reactions.find(one => one.user === by.user && one.content === input.content)
  if (known) return { status: 200, body: reaction(state, known) }
  const added = { id: state.nextId(), user: by.user, content: input.content, createdAt: timestamp(state) }
  reactions.push(added)
  effect(state, repo, 'reaction.create', by.user, { comment: id, content: input.content })
  return { status: 201, body: reaction(state, added) }
}

function find(call: RepoCall, id: number, level: Level): Comment {
  const found = call.repo.comments.get(id)
  if (!found) throw notFound()
  findIssue(call, found.issue.number, level)
  return found
}

function isSince({ updatedAt }: Comment, since: string | undefined): boolean {
  return since === undefined || Date.parse(updatedAt) >= Date.parse(since)
}
