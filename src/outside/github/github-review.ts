import type { Action, BumpPull, Change, Looked, Reviewed, SeenReview } from '../../model.ts'
import { REVIEW_MARKER, readReviewNote, writeReviewNote } from '../../report/review-note.ts'
import { redact } from '../../text/secrets.ts'
import { GitError } from '../git/git.ts'
import type { Mirror } from '../git/mirror.ts'
import type { Notes } from '../store/notes.ts'
import { isAmbiguous } from './answer.ts'
import { report } from './github-check.ts'
import type { Pull } from './github-proposals.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'
import { Stale } from './stale.ts'

/** GitHub refuses longer comments with 422 (65,536); the note needs room too. */
const MAX_COMMENT = 60_000

/** Seconds that a comment may not be shown although it was written. */
const LAG = 10

type OurComment = { readonly id: number; readonly body: string }

/** What this process remembers of the pull requests of others in one repository, by their numbers; outlives a pass. */
export type ReviewMemory = {
  readonly seen: Map<number, SeenReview>
  /** The commit that a head was made from. */
  readonly forks: Map<number, { readonly head: string; readonly fork: string }>
  /** Our comment as we wrote or read it last. */
  readonly comments: Map<number, OurComment>
}

/** An empty memory. */
export function createReviewMemory(): ReviewMemory {
  return { seen: new Map(), forks: new Map(), comments: new Map() }
}

/** The open pull requests of others against the default branch, among those that are listed. Our own are never among them. */
export function bumpPulls({ login, owner, name }: Site, listed: readonly Pull[], branch: string): readonly BumpPull[] {
  return listed
    .filter(({ state, base, user }) => state === 'open' && base.ref === branch && user !== null && user.login !== login)
    .map(({ number, user, head }) => ({
      number,
      author: user?.login ?? '',
      head: head.sha,
      isFork: head.repo?.full_name.toLowerCase() !== `${owner}/${name}`.toLowerCase(),
    }))
}

/** Reads the pull requests of others, and writes the one comment and the one check. */
export type Reviewer = {
  /** What one changes against the commit `base` of the default branch; its commits are fetched when they are not here. */
  change(base: string, pull: BumpPull): Promise<Looked<Change>>
  /** What our comment on it speaks of; null when there is none of ours. */
  reviewed(pull: BumpPull): Promise<Reviewed | null>
  /** The comment is written last, because its note says that all is said. Throws Stale when nobody can say yet whether there is one. */
  write(action: Extract<Action, { do: 'review' }>): Promise<void>
}

/** What a reviewer needs beside GitHub. */
export type Desk = {
  readonly mirror: Mirror
  readonly token: string
  readonly notes: Notes
  readonly memory: ReviewMemory
}

/** The reviewer of one pass. */
export function createReviewer(site: Site, { mirror, token, notes, memory }: Desk): Reviewer {
  const { octokit, owner, name, login, key } = site
  const repo = { owner, repo: name }
  const bindingOf = (number: number) => ({ key, repository: `${owner}/${name}`, number })

  /** Asked of GitHub once for each head: a shallow copy does not know it. */
  async function forkOf(base: string, { number, head }: BumpPull): Promise<string> {
    const known = memory.forks.get(number)
    if (known?.head === head) return known.fork
    const asked = { ...repo, basehead: `${base}...${head}`, per_page: 1 }
    const fork = (await octokit.rest.repos.compareCommitsWithBasehead(asked)).data.merge_base_commit.sha
    memory.forks.set(number, { head, fork })
    return fork
  }

  async function ourComment(number: number): Promise<OurComment | null> {
    const known = memory.comments.get(number)
    if (known) return known
    const asked = { ...repo, issue_number: number, per_page: 100 }
    const comments = await octokit.paginate(octokit.rest.issues.listComments, asked)
    const found = comments.find(({ user, body }) => user?.login === login && body?.includes(REVIEW_MARKER))
    if (found === undefined) return null
    const comment = { id: found.id, body: found.body ?? '' }
    memory.comments.set(number, comment)
    return comment
  }

  /** Once in the life of a pull request: a comment that a person has deleted is not written again. */
  async function create(number: number, body: string): Promise<void> {
    const what = `review ${number}`
    const saying = await notes.begin(what)
    if (saying.kind === 'done') return
    if (saying.kind === 'begun' && saying.age < LAG) throw new Stale(`${what} may be written and is not shown yet`)
    try {
      const { data } = await octokit.rest.issues.createComment({ ...repo, issue_number: number, body })
      memory.comments.set(number, { id: data.id, body })
    } catch (error) {
      await notes.unsaid(what)
      if (isAmbiguous(error)) await notes.begin(what)
      throw error
    }
    await notes.said(what)
  }

  async function edit(number: number, { id, body: before }: OurComment, body: string): Promise<void> {
    if (before === body) return
    try {
      await octokit.rest.issues.updateComment({ ...repo, comment_id: id, body })
      memory.comments.set(number, { id, body })
    } catch (error) {
      memory.comments.delete(number)
      if (!hasStatus(error, 404)) throw error
    }
  }

  return {
    async change(base, pull) {
      try {
        const fork = await mirror.treeOf(await forkOf(base, pull), token)
        return { ok: true, value: { fork, head: await mirror.treeOf(pull.head, token) } }
      } catch (error) {
        if (!(error instanceof GitError) && !hasStatus(error, 404)) throw error
        return { ok: false, reason: `its commits cannot be read: ${String(error)}`, retry: true }
      }
    },
    async reviewed({ number }) {
      const comment = await ourComment(number)
      return comment && readReviewNote(comment.body, bindingOf(number))
    },
    async write({ number, head, body: text, check, inputs }) {
      await report(site, { sha: head, existed: true }, check, inputs)
      const body = `${redact(text).slice(0, MAX_COMMENT)}\n${writeReviewNote({ head, inputs }, bindingOf(number))}`
      const known = await ourComment(number)
      await (known ? edit(number, known, body) : create(number, body))
    },
  }
}
