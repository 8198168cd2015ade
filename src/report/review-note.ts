import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Reviewed } from '../model.ts'

/** By this line we find our comment on somebody else's pull request again. */
export const REVIEW_MARKER = '<!-- windlass:review -->'

const NOTE = /<!-- windlass:reviewed ([A-Za-z0-9_-]{1,400})\.([A-Za-z0-9_-]{43}) -->/

const reviewedSchema = z.object({ head: z.string().max(64), inputs: z.string().max(64) })

/** What a note is bound to, so that it cannot be copied to another pull request: `owner/name` and the number. */
export type ReviewBinding = { readonly key: string; readonly repository: string; readonly number: number }

function seal({ key, repository, number }: ReviewBinding, payload: string): Buffer {
  return createHmac('sha256', key).update(`review\n${repository}\n${number}\n${payload}`).digest()
}

/** The hidden lines at the end of our comment: the marker, and of what head and inputs it speaks, signed with the server's key. */
export function writeReviewNote(reviewed: Reviewed, binding: ReviewBinding): string {
  const payload = Buffer.from(JSON.stringify(reviewed)).toString('base64url')
  return `${REVIEW_MARKER}\n<!-- windlass:reviewed ${payload}.${seal(binding, payload).toString('base64url')} -->`
}

/** What a comment of ours speaks of; null when there is no note or the signature is not ours for this pull request. */
export function readReviewNote(body: string, binding: ReviewBinding): Reviewed | null {
  const [, payload, signature] = NOTE.exec(body) ?? []
  if (payload === undefined || signature === undefined) return null
  if (!timingSafeEqual(seal(binding, payload), Buffer.from(signature, 'base64url'))) return null
  return reviewedSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
}
