import type { Octokit } from '@octokit/rest'
import { parseCommand } from '../../decide/command.ts'
import type { Comment, Permission, Proposal } from '../../model.ts'
import { answeredIn, refusedIn } from '../../report/reply-marker.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** Of each pull request that nobody waits on, by number, when it was last changed as far as its comments were read. Forgotten with the process. */
export type Heard = Map<number, string>

/** What is asked for: comments on `ours`. `teams` (`organisation/team`) may approve, `isTold` says that an event spoke of a comment. */
export type Asked = {
  readonly ours: readonly Proposal[]
  readonly teams: readonly string[]
  readonly heard: Heard
  readonly isTold: boolean
  readonly now: Date
}

/** Commands that nobody has read for this many milliseconds are too old to be obeyed. */
const WINDOW = 7 * 24 * 3_600_000

/** Comments are read this many pages (of 100) back at most. */
const PAGES = 10

/**
 * GitHub counts time in seconds, clocks differ, and one list may lag behind another: what changed so recently may have changed again
 * without a trace. In milliseconds.
 */
const SETTLED = 10_000

type Raw = Awaited<ReturnType<Octokit['rest']['issues']['listCommentsForRepo']>>['data'][number]

/** GitHub's roles that we tell apart; a custom role counts as the base permission that GitHub names beside it. */
const ROLES: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read', 'none']

/** The permission as GitHub knows it now; `none` for somebody GitHub does not know (any more). */
async function permissionOf({ octokit, owner, name }: Site, username: string): Promise<Permission> {
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({ owner, repo: name, username })
    return ROLES.find(role => role === data.role_name) ?? ROLES.find(role => role === data.permission) ?? 'none'
  } catch (error) {
    if (hasStatus(error, 404)) return 'none'
    throw error
  }
}

/** Whether somebody is a member of a team now. A team that we cannot see has none. */
async function isMember({ octokit }: Site, team: string, username: string): Promise<boolean> {
  const [org = '', team_slug = ''] = team.split('/')
  try {
    const { data } = await octokit.rest.teams.getMembershipForUserInOrg({ org, team_slug, username })
    return data.state === 'active'
  } catch (error) {
    if (hasStatus(error, 404) || hasStatus(error, 403)) return false
    throw error
  }
}

function numberOf({ issue_url }: Raw): number {
  return Number(issue_url.split('/').at(-1))
}

/** Comments on some pull requests since a date, oldest first. */
async function commentsOn(site: Site, ours: readonly Proposal[], since: Date): Promise<readonly Raw[]> {
  const { octokit, owner, name: repo } = site
  const newest = { owner, repo, since: since.toISOString(), sort: 'created', direction: 'desc', per_page: 100 } as const
  let pages = 0
  const all = await octokit.paginate(octokit.rest.issues.listCommentsForRepo, newest, (response, done) => {
    if (++pages === PAGES) done()
    return response.data
  })
  const numbers = new Set(ours.map(({ number }) => number))
  return all
    .filter(one => numbers.has(numberOf(one)) && Date.parse(one.created_at) >= since.getTime())
    .toSorted((a, b) => a.id - b.id)
}

/** Written by a person, and not by a bot or by an App in the name of a person. */
function isPersonal({ user, performed_via_github_app }: Raw): boolean {
  return user?.type === 'User' && !performed_via_github_app
}

/** One question for each key, however often it is asked. */
function remembered<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return key => {
    const answer = answers.get(key) ?? ask(key)
    answers.set(key, answer)
    return answer
  }
}

/** Commands of people among some comments that have no answer of ours, and whether each author was refused before. */
function unanswered(all: readonly Raw[], login: string): readonly { readonly raw: Raw; readonly refused: boolean }[] {
  const own = all.filter(({ user }) => user?.login === login)
  const answered = new Set(own.flatMap(({ body }) => answeredIn(body ?? '')))
  const refused = new Set(own.flatMap(one => refusedIn(one.body ?? '').map(name => `${numberOf(one)} ${name}`)))
  return all
    .filter(one => isPersonal(one) && !answered.has(one.id) && parseCommand(one.body ?? '').kind !== 'none')
    .map(raw => ({ raw, refused: refused.has(`${numberOf(raw)} ${raw.user?.login}`) }))
    .filter(({ raw, refused }) => !(refused && (raw.reactions?.confused ?? 0) > 0))
}

function isApproval({ body }: Raw): boolean {
  const parsed = parseCommand(body ?? '')
  return parsed.kind === 'command' && parsed.command.verb === 'approve'
}

/**
 * Commands of people on our pull requests that have no answer yet, oldest first; permissions and teams are looked up live. Who was refused before
 * gets a reaction and no words, so for them a 😕 is the answer. Nothing is asked while no pull request has changed since all was answered.
 */
export async function readComments(site: Site, asked: Asked): Promise<readonly Comment[]> {
  const { teams, heard, now } = asked
  const since = new Date(now.getTime() - WINDOW)
  const ours = asked.ours.filter(({ updatedAt }) => Date.parse(updatedAt) >= since.getTime())
  const isNew = asked.isTold || ours.some(({ number, updatedAt }) => heard.get(number) !== updatedAt)
  if (ours.length === 0 || !isNew) return []
  const waiting = unanswered(await commentsOn(site, ours, since), site.login)
  note(heard, ours, new Set(waiting.map(({ raw }) => numberOf(raw))), now)
  const permission = remembered(username => permissionOf(site, username))
  const memberships = remembered(username => membershipsOf(site, teams, username))
  const comments: Comment[] = []
  for (const { raw, refused } of waiting) {
    const author = raw.user?.login ?? ''
    comments.push({
      id: raw.id,
      number: numberOf(raw),
      author,
      body: raw.body ?? '',
      at: raw.created_at,
      edited: raw.updated_at !== raw.created_at,
      permission: await permission(author),
      teams: isApproval(raw) ? await memberships(author) : [],
      refused,
    })
  }
  return comments
}

async function membershipsOf(site: Site, teams: readonly string[], username: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const team of teams) if (await isMember(site, team, username)) found.push(team)
  return found
}

function note(heard: Heard, ours: readonly Proposal[], waiting: ReadonlySet<number>, now: Date): void {
  heard.clear()
  for (const { number, updatedAt } of ours) {
    const isSettled = now.getTime() - Date.parse(updatedAt) > SETTLED
    if (isSettled && !waiting.has(number)) heard.set(number, updatedAt)
  }
}
