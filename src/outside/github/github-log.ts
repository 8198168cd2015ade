import { redact } from '../../text/secrets.ts'
import type { Site } from './github-read.ts'
import { hasStatus } from './http-status.ts'

/** Bytes of a log that are read at most, and of its end that are kept in memory: a log of GitHub may have hundreds of megabytes. */
const MAX_READ = 64 * 1024 * 1024
const MAX_TAIL = 512 * 1024

/** Longest excerpt in UTF-16 units, and how much of it may stand behind the first error. */
const EXCERPT = 64 * 1024
const BEHIND = 2 * 1024

const PATIENCE_MS = 30_000

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ANSI = /\u001b\[[0-9;?]{0,32}[ -/]{0,4}[@-~]|\u001b\][^\u0007\u001b]{0,2000}(?:\u0007|\u001b\\)/g

/** What GitHub puts before every line. */
const STAMP = /^\uFEFF?\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{1,9}Z /gm

/** A log as it is kept: without colours and dates, its end up to a little behind the first error, and without secrets. */
export function excerpt(log: string): string {
  const plain = log.replace(/\r\n?/g, '\n').replace(ANSI, '').replace(STAMP, '')
  const error = plain.indexOf('##[error]')
  const end = error < 0 ? plain.length : Math.min(plain.length, error + BEHIND)
  return redact(plain.slice(Math.max(0, end - EXCERPT), end))
}

/** The end of what an address answers, read as it comes; null when it does not answer: a storage that fails is no reason to stop. */
async function tailOf(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) })
    return answer.ok && answer.body !== null ? await lastOf(answer.body) : null
  } catch {
    return null
  }
}

async function lastOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let tail = Buffer.alloc(0)
  let read = 0
  for await (const chunk of body) {
    read += chunk.length
    tail = Buffer.concat([tail, chunk]).subarray(-MAX_TAIL)
    if (read > MAX_READ) break
  }
  return tail.toString('utf8')
}

/**
 * The end of the log of a GitHub Actions job; null where there is none (any more) or we may not read it. GitHub answers with a signed
 * address on another host, which is asked without our token.
 */
export async function readJobLog({ octokit, owner, name }: Site, job: number): Promise<string | null> {
  try {
    const request = { redirect: 'manual' as const }
    const { headers } = await octokit.rest.actions.downloadJobLogsForWorkflowRun({
      owner,
      repo: name,
      job_id: job,
      request,
    })
    const tail = headers.location === undefined ? null : await tailOf(headers.location)
    return tail === null ? null : excerpt(tail)
  } catch (error) {
    if ([403, 404, 410].some(status => hasStatus(error, status))) return null
    throw error
  }
}
