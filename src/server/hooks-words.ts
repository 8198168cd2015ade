import { z } from 'zod'
import { cut, oneLine } from '../text/hidden.ts'
import { redact } from '../text/secrets.ts'

/** Longest words of a sender that are kept, in UTF-16 units. */
const SAYS = 500

/** `owner/name`, in the letters that GitHub allows. */
export const repository = z
  .string()
  .regex(/^\w[\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/, 'the repository is written owner/name')

/** One line of at most `max` characters that a reader can see. */
export const line = (max: number) => z.string().transform(oneLine).pipe(z.string().min(1).max(max))

/** Words of strangers as they are kept: one line, without secrets, cut. */
export function words(text: string): string {
  return cut(oneLine(redact(text)), SAYS)
}

/** A time that was given, but never later than now: what is said in the future would outlast everything said after it. */
export function atMost(at: string, now: Date): string {
  return new Date(Math.min(Date.parse(at), now.getTime())).toISOString()
}
