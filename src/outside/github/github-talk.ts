import type { Action } from '../../model.ts'
import { replyMarker } from '../../report/reply-marker.ts'
import { redact } from '../../text/secrets.ts'
import type { Notes } from '../store/notes.ts'
import { isAmbiguous } from './answer.ts'
import type { Site } from './github-read.ts'
import { Stale } from './stale.ts'

/** GitHub refuses longer comments with 422. */
const MAX_COMMENT = 60_000

/** Seconds that a comment may not be shown although it was written. */
const LAG = 10

/** The name by which our notes know that a comment was answered. */
export function replyName(comment: number): string {
  return `reply ${comment}`
}

/** Says something once: a comment with the same key of ours is not written again. Throws Stale when nobody can say yet whether it was. */
export async function notice(site: Site, notes: Notes, action: Extract<Action, { do: 'notice' }>): Promise<void> {
  const { number, key, text } = action
  const what = `notice ${number} ${key}`
  const saying = await notes.begin(what)
  if (saying.kind === 'done') return
  const marker = `<!-- windlass:notice ${key} -->`
  if (await isThere(site, number, marker)) return notes.said(what)
  if (saying.kind === 'begun') patient(saying.age, what)
  await surely(notes, what, () => comment(site, number, text, marker))
}

/** Acknowledges a comment and answers it (or not, when there is no text), once; that no answer stands there was seen by whoever asks. Throws Stale as `notice` does. */
export async function reply(site: Site, notes: Notes, action: Extract<Action, { do: 'reply' }>): Promise<void> {
  const { octokit, owner, name } = site
  const { number, text, reaction } = action
  const what = replyName(action.comment)
  const marker = replyMarker(action.comment)
  const saying = await notes.begin(what)
  if (saying.kind === 'done') return
  if (saying.kind === 'begun') {
    if (await isThere(site, number, marker)) return notes.said(what)
    patient(saying.age, what)
  }
  await surely(notes, what, async () => {
    const reacted = { owner, repo: name, comment_id: action.comment, content: reaction }
    await octokit.rest.reactions.createForIssueComment(reacted)
    if (text !== null) await comment(site, number, text, marker)
  })
}

async function isThere({ octokit, owner, name, login }: Site, number: number, marker: string): Promise<boolean> {
  const asked = { owner, repo: name, issue_number: number, per_page: 100 }
  const comments = await octokit.paginate(octokit.rest.issues.listComments, asked)
  return comments.some(({ user, body }) => user?.login === login && body?.includes(marker))
}

function patient(age: number, what: string): void {
  if (age < LAG) throw new Stale(`${what} may be written and is not shown yet`)
}

/** Keeps that something was said, or that it surely was not; after an answer that tells nothing, that it was begun just now. */
async function surely(notes: Notes, what: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    await notes.unsaid(what)
    if (isAmbiguous(error)) await notes.begin(what)
    throw error
  }
  await notes.said(what)
}

async function comment({ octokit, owner, name }: Site, number: number, text: string, marker: string): Promise<void> {
  const body = `${redact(text).slice(0, MAX_COMMENT)}\n${marker}`
  await octokit.rest.issues.createComment({ owner, repo: name, issue_number: number, body })
}
