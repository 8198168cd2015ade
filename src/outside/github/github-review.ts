import type { Octokit } from '@octokit/rest'
import type { Action, BumpPull, Change, Looked, Reviewed } from '../../model.ts'
import { REVIEW_MARKER, readReviewNote, writeReviewNote } from '../../report/review-note.ts'
import { redact } from '../../text/secrets.ts'
import { GitError } from '../git/git.ts'
import type { Mirror, Remote } from '../git/mirror.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** GitHub refuses longer comments with 422 (65,536); the note needs room too. */
const MAX_COMMENT = 60_000

/** A pull request as GitHub lists it. */
export type ListedPull = Awaited<ReturnType<Octokit['rest']['pulls']['list']>>['data'][number]

/** Where we have looked for the commit that a pull request was made from, by its number; outlives a pass. */
export type Forks = Map<number, { readonly head: string; readonly fork: string }>

/** The open pull requests of others against the default branch, among those that are listed. Our own are never among them. */
export function bumpPulls(
  { login, owner, name }: Site,
  listed: readonly ListedPull[],
  branch: string,
): readonly BumpPull[] {
  return listed
    .filter(
      pull => pull.state === 'open' && pull.base.ref === branch && pull.user !== null && pull.user.login !== login,
    )
    .map(pull => ({
      number: pull.number,
      author: pull.user?.login ?? '',
      head: pull.head.sha,
      isFork: pull.head.repo?.full_name.toLowerCase() !== `${owner}/${name}`.toLowerCase(),
    }))
}

/** The commit that a head was made from, asked of GitHub once for each head: a shallow copy does not know it. */
async function forkOf({ octokit, owner, name }: Site, forks: Forks, base: string, pull: BumpPull): Promise<string> {
  const known = forks.get(pull.number)
  if (known?.head === pull.head) return known.fork
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
    owner,
    repo: name,
    basehead: `${base}...${pull.head}`,
    per_page: 1,
  })
  const fork = data.merge_base_commit.sha
  forks.set(pull.number, { head: pull.head, fork })
  return fork
}

/** What a pull request changes; its commits are fetched when they are not here. */
export async function readChange(
  site: Site,
  { mirror, remote, token, forks }: { mirror: Mirror; remote: Remote; token: string; forks: Forks },
  pull: BumpPull,
): Promise<Looked<Change>> {
  try {
    const fork = await forkOf(site, forks, remote.base, pull)
    return { ok: true, value: { fork: await mirror.treeOf(fork, token), head: await mirror.treeOf(pull.head, token) } }
  } catch (error) {
    if (!(error instanceof GitError) && !hasStatus(error, 404)) throw error
    return {
      ok: false,
      reason: `its commits cannot be read: ${error instanceof Error ? error.message : error}`,
      retry: true,
    }
  }
}

type OurComment = { readonly id: number; readonly body: string }

async function ourComment({ octokit, owner, name, login }: Site, number: number): Promise<OurComment | null> {
  const comments = await octokit.paginate(octokit.rest.issues.listComments, {
    owner,
    repo: name,
    issue_number: number,
    per_page: 100,
  })
  const found = comments.find(({ user, body }) => user?.login === login && body?.includes(REVIEW_MARKER))
  return found ? { id: found.id, body: found.body ?? '' } : null
}

function bindingOf({ key, owner, name }: Site, number: number) {
  return { key, repository: `${owner}/${name}`, number }
}

/** What our comment on a pull request speaks of; null when there is none of ours. */
export async function readReviewed(site: Site, number: number): Promise<Reviewed | null> {
  const comment = await ourComment(site, number)
  return comment && readReviewNote(comment.body, bindingOf(site, number))
}

/** Writes the one comment, in the place where it stands; the same text is not written again. */
export async function writeReview(site: Site, action: Extract<Action, { do: 'review' }>): Promise<void> {
  const { octokit, owner, name } = site
  const { number, head, inputs } = action
  const note = writeReviewNote({ head, inputs }, bindingOf(site, number))
  const body = `${redact(action.body).slice(0, MAX_COMMENT)}\n${note}`
  const known = await ourComment(site, number)
  if (known?.body === body) return
  if (known) await octokit.rest.issues.updateComment({ owner, repo: name, comment_id: known.id, body })
  else await octokit.rest.issues.createComment({ owner, repo: name, issue_number: number, body })
}
