import { effect } from '../effect.ts'
import { type Answer, demand, type Handlers, type Input, type RepoCall } from '../handler.ts'
import { addIssue, checkBody, closeIssue, labelsNamed, setLabels } from '../issues.ts'
import { pageOf } from '../pages.ts'
import { issue, label } from '../present/issue.ts'
import { isPull, reopenPull } from '../pulls.ts'
import { notFound, unprocessable } from '../refusal.ts'
import type { Level } from '../state.ts'
import { type Issue, timestamp } from '../state.ts'

/** Issues, and the issue side of pull requests: title, body, state and labels. */
export const issueHandlers: Handlers = {
  'issues/create': { auth: 'repo', needs: ['issues:write'], handle: create },
  'issues/list-for-repo': { auth: 'repo', needs: ['issues:read', 'pull_requests:read'], handle: list },
  'issues/get': { auth: 'repo', needs: ['issues:read', 'pull_requests:read'], handle: get },
  'issues/update': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: update },
  'issues/list-labels-on-issue': { auth: 'repo', needs: ['issues:read', 'pull_requests:read'], handle: listLabels },
  'issues/add-labels': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: addLabels },
  'issues/set-labels': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: replaceLabels },
  'issues/remove-label': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: removeLabel },
  'issues/remove-all-labels': { auth: 'repo', needs: ['issues:write', 'pull_requests:write'], handle: removeAllLabels },
}

/** The issue of that number; with only the pull request permission, an app sees pull requests alone. */
export function findIssue({ repo, token }: RepoCall, number: number, level: Level): Issue {
  const found = repo.issues.get(number)
  if (!found) throw notFound()
  if (!found.pull) demand(token, repo, [`issues:${level}`])
  return found
}

function create({ state, repo, by }: RepoCall, input: Input<'issues', 'create'>): Answer {
  const found = addIssue(state, repo, by, String(input.title), input.body ?? null, null)
  setLabels(state, repo, found, by.user, labelsNamed(state, repo, namesOf(input.labels)))
  return { status: 201, body: issue(state, repo, found) }
}

function list(call: RepoCall, input: Input<'issues', 'listForRepo'>): Answer {
  const { state, repo } = call
  const wanted = input.state ?? 'open'
  const labels = (input.labels ?? '')
    .split(',')
    .filter(Boolean)
    .map(name => name.toLowerCase())
  const found = [...repo.issues.values()]
    .filter(one => wanted === 'all' || (one.closed ? 'closed' : 'open') === wanted)
    .filter(one => labels.every(name => one.labels.some(has => has.name.toLowerCase() === name)))
    .filter(one => input.creator === undefined || one.user.login.toLowerCase() === input.creator.toLowerCase())
    .filter(one => input.since === undefined || Date.parse(one.updatedAt) >= Date.parse(input.since))
  const key = (one: Issue) => (input.sort === 'updated' ? one.updatedAt : one.createdAt)
  found.sort((a, b) => key(a).localeCompare(key(b)) || a.number - b.number)
  return pageOf(call, input.direction === 'asc' ? found : found.reverse(), input, one => issue(state, repo, one))
}

function get(call: RepoCall, input: Input<'issues', 'get'>): Answer {
  return { status: 200, body: issue(call.state, call.repo, findIssue(call, input.issue_number, 'read')) }
}

async function update(call: RepoCall, input: Input<'issues', 'update'>): Promise<Answer> {
  const { state, repo, by } = call
  const found = findIssue(call, input.issue_number, 'write')
  checkBody(input.body)
  const before = { title: found.title, body: found.body }
  const after = { title: String(input.title ?? found.title), body: input.body === undefined ? found.body : input.body }
  Object.assign(found, after)
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    found.updatedAt = timestamp(state)
    effect(state, repo, 'issue.update', by.user, { number: found.number, before, after })
  }
  if (input.labels) setLabels(state, repo, found, by.user, labelsNamed(state, repo, namesOf(input.labels)))
  if (input.state === 'closed') closeIssue(state, repo, found, by.user, input.state_reason ?? null)
  if (input.state === 'open' && found.closed) await reopen(call, found)
  return { status: 200, body: issue(state, repo, found) }
}

async function reopen({ state, repo, by }: RepoCall, found: Issue): Promise<void> {
  if (isPull(found)) return reopenPull(state, repo, found, by.user)
  found.closed = null
  found.updatedAt = timestamp(state)
  effect(state, repo, 'issue.reopen', by.user, { number: found.number })
}

function listLabels(call: RepoCall, input: Input<'issues', 'listLabelsOnIssue'>): Answer {
  return pageOf(call, findIssue(call, input.issue_number, 'read').labels, input, one =>
    label(call.state, call.repo, one),
  )
}

function addLabels(call: RepoCall, input: Input<'issues', 'addLabels'>): Answer {
  const found = findIssue(call, input.issue_number, 'write')
  const added = labelsNamed(call.state, call.repo, namesOf(input.labels))
  return relabelled(call, found, [...new Set([...found.labels, ...added])])
}

function replaceLabels(call: RepoCall, input: Input<'issues', 'setLabels'>): Answer {
  const found = findIssue(call, input.issue_number, 'write')
  return relabelled(call, found, labelsNamed(call.state, call.repo, namesOf(input.labels)))
}

function removeLabel(call: RepoCall, input: Input<'issues', 'removeLabel'>): Answer {
  const found = findIssue(call, input.issue_number, 'write')
  const rest = found.labels.filter(one => one.name.toLowerCase() !== input.name.toLowerCase())
  if (rest.length === found.labels.length) throw notFound('Label does not exist')
  return relabelled(call, found, rest)
}

function removeAllLabels(call: RepoCall, input: Input<'issues', 'removeAllLabels'>): Answer {
  relabelled(call, findIssue(call, input.issue_number, 'write'), [])
  return { status: 204 }
}

function relabelled({ state, repo, by }: RepoCall, found: Issue, labels: readonly Issue['labels'][number][]): Answer {
  setLabels(state, repo, found, by.user, labels)
  return { status: 200, body: found.labels.map(one => label(state, repo, one)) }
}

/** Label names, given as text or as objects. */
function namesOf(labels: readonly (string | { readonly name?: string | undefined })[] | undefined): string[] {
  const names = (labels ?? []).map(one => (typeof one === 'string' ? one : (one.name ?? '')))
  if (names.some(name => name === '' || name.length > 50)) throw unprocessable('A label name has 1 to 50 characters')
  return names
}
