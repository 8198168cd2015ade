import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { type ReadBody, Refused } from './body.ts'

/** Events are four levels deep; nothing honest is deeper than this. */
const DEEPEST = 32

/** Whether two texts are the same, in a time that says nothing about either. */
export function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}

/** Refuses (415) a request whose content type is not JSON of some form. */
export function demandJson({ headers }: IncomingMessage): void {
  if (!/^application\/(?:[\w.-]{1,60}\+)?json\b/i.test(headers['content-type'] ?? ''))
    throw new Refused(415, 'not application/json')
}

/** The body as text; refuses (400) bytes that are not UTF-8 and nothing at all. */
export async function readText(readBody: ReadBody, request: IncomingMessage): Promise<string> {
  const bytes = await readBody(request)
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) throw new Refused(400, 'the body is not UTF-8')
  if (text === '') throw new Refused(400, 'the body is empty')
  return text
}

/**
 * The body of a request that carries `sha256=<hex of the HMAC of the body>` in one of these headers, as Flux's generic-hmac does; refuses
 * (401) every other one. The header is looked at before the body is read, the body before it is parsed.
 */
export async function readSigned(
  readBody: ReadBody,
  request: IncomingMessage,
  headers: readonly string[],
  secret: string,
): Promise<string> {
  const given = headers.map(name => request.headers[name.toLowerCase()]).find(value => value !== undefined)
  if (typeof given !== 'string' || !/^sha256=[0-9a-f]{64}$/i.test(given))
    throw new Refused(
      401,
      `${headers.join(' or ')} is ${given === undefined ? 'missing' : 'not sha256=<64 hex digits>'}`,
    )
  const text = await readText(readBody, request)
  const signature = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`
  if (!isSame(given.toLowerCase(), signature))
    throw new Refused(401, 'the signature does not fit: is WINDLASS_HOOK_SECRET what the sender signs with?')
  return text
}

/** The JSON in a text; refuses (400) what is none, and what is nested beyond reason. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new Refused(400, `the body is nested more than ${DEEPEST} levels deep`)
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused(400, 'the body is not JSON')
  }
}

/** Counts brackets outside of texts, in one walk over the characters. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const here = text[at]
    if (here === '"') quoted = !quoted
    else if (quoted && here === '\\') at++
    else if (!quoted && (here === '[' || here === '{') && ++depth > DEEPEST) return true
    else if (!quoted && (here === ']' || here === '}')) depth--
  }
  return false
}

/** The value that a schema reads; refuses (400) every other one, with the first thing that is wrong. */
export function readAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const path = issue?.path.join('.').slice(0, 100)
  throw new Refused(400, `${path ? `${path}: ` : ''}${issue?.message.slice(0, 200)}`)
}
