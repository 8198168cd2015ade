import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { TooLong } from './llm-limit.ts'

/** Codes of OpenAI's errors that help whoever must act. No other text of an answer is repeated: it may hold the prompt or the key. */
const CODES = new Set([
  'context_length_exceeded',
  'insufficient_quota',
  'invalid_api_key',
  'model_not_found',
  'rate_limit_exceeded',
])

const ADVICE: Readonly<Record<number, string>> = {
  401: 'check OPENAI_API_KEY',
  403: 'check what the key may do',
  404: 'check OPENAI_BASE_URL and WINDLASS_MODEL',
  429: 'its limits are reached',
}

/** Why there is no answer, in words that are ours; `deadline` in milliseconds. */
export function explain(thrown: unknown, deadline: number): string {
  if (isTimeout(thrown)) return `the language model did not answer within ${deadline / 1000} s`
  if (isTooLong(thrown)) return 'the answer of the language model is too large'
  if (thrown instanceof APIConnectionError) return 'the language model could not be reached: check OPENAI_BASE_URL'
  if (!(thrown instanceof APIError) || thrown.status === undefined)
    return 'the answer of the language model could not be read'
  const status = thrown.status as number
  const code = typeof thrown.code === 'string' && CODES.has(thrown.code) ? ` (${thrown.code})` : ''
  return `the language model answered ${status}${code}${ADVICE[status] === undefined ? '' : `: ${ADVICE[status]}`}`
}

/** Whether the server is to blame, so that asking again soon is of no use. */
export function isFault(thrown: unknown): boolean {
  return !(thrown instanceof APIError && thrown.code === 'context_length_exceeded')
}

function isTimeout(thrown: unknown): boolean {
  if (thrown instanceof APIConnectionTimeoutError || thrown instanceof APIUserAbortError) return true
  return thrown instanceof Error && thrown.name === 'TimeoutError'
}

/** The client wraps what its fetch throws, sometimes more than once. */
function isTooLong(thrown: unknown): boolean {
  if (thrown instanceof TooLong) return true
  return thrown instanceof Error && thrown.cause !== undefined && isTooLong(thrown.cause)
}
