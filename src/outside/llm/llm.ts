import OpenAI from 'openai'
import type { ModelAnswer, ModelQuestion } from '../../world.ts'
import { createBreaker } from './llm-breaker.ts'
import { explain, isFault } from './llm-failure.ts'
import { createLadder, type Dialect } from './llm-ladder.ts'
import { limitedFetch } from './llm-limit.ts'

/** Answers a question, or says why there is no answer. Never throws. */
export type Model = { ask(question: ModelQuestion): Promise<ModelAnswer> }

export type ModelSettings = {
  readonly apiKey: string
  /** The operator's choice, not limited by the egress guard; null is OpenAI itself. */
  readonly baseURL: string | null
  readonly model: string
  /** Milliseconds for one try, 30,000 by default; a question ends after (maxRetries + 1) times as long, whatever happens. */
  readonly timeoutMs?: number
  readonly maxRetries?: number
  readonly fetch?: typeof fetch
  /** Milliseconds; only for the circuit breaker. */
  readonly now?: () => number
}

const OPENAI = 'https://api.openai.com/v1'

/** Longest question, in UTF-16 units: the prompt is built for 16,000 tokens, this is the net below it. */
const MAX_QUESTION = 200_000

/** Tokens of an answer. Models that reason spend most of it before the first word. */
const MAX_TOKENS = 12_000

/** Longest answer taken, in UTF-16 units. */
const MAX_ANSWER = 200_000

/** A model behind any server that speaks OpenAI's chat completions. What it refuses (formats, parameters) is learned once and remembered. */
export function createModel(settings: ModelSettings): Model {
  const { apiKey, baseURL, model, timeoutMs = 30_000, maxRetries = 2, now = Date.now } = settings
  const client = new OpenAI({
    apiKey,
    baseURL: baseURL ?? OPENAI,
    timeout: timeoutMs,
    maxRetries,
    fetch: limitedFetch(settings.fetch ?? fetch),
    logLevel: 'off',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
  })
  const ladder = createLadder()
  const breaker = createBreaker(now)
  const deadline = timeoutMs * (maxRetries + 1)

  const complete = async (question: ModelQuestion, dialect: Dialect, signal: AbortSignal): Promise<ModelAnswer> => {
    const body = { ...dialect.parameters(MAX_TOKENS), model, messages: messages(question), ...dialect.format(question) }
    return read(await client.chat.completions.create({ ...body, stream: false }, { signal }), model)
  }

  return {
    async ask(question) {
      const resting = breaker.resting()
      if (resting !== null)
        return none(`the language model failed several times in a row and is not asked for another ${resting} s`)
      const length = question.system.length + question.user.length
      if (length > MAX_QUESTION) return none(`the question has ${length} characters, more than ${MAX_QUESTION}`)
      const signal = AbortSignal.timeout(deadline)
      try {
        const answer = await inTime(
          ladder.climb(dialect => complete(question, dialect, signal)),
          signal,
        )
        breaker.worked()
        return answer
      } catch (thrown) {
        if (isFault(thrown)) breaker.failed()
        return none(explain(thrown, deadline))
      }
    },
  }
}

/** The model of a server without a key: it never answers, and says why. */
export function createNoModel(): Model {
  return { ask: async () => none('no language model is configured (OPENAI_API_KEY)') }
}

function none(reason: string): ModelAnswer {
  return { kind: 'none', reason }
}

function messages({ system, user }: ModelQuestion) {
  return [
    { role: 'system' as const, content: system },
    { role: 'user' as const, content: user },
  ]
}

/** Servers that only resemble OpenAI leave out what its types promise, so nothing is taken for granted here. */
function read(completion: unknown, model: string): ModelAnswer {
  const choice = (completion as { readonly choices?: readonly OpenAI.ChatCompletion.Choice[] } | null)?.choices?.[0]
  const text: unknown = choice?.message?.content
  if (choice?.message?.refusal) return none('the language model refused to answer')
  if (choice?.finish_reason === 'length')
    return none(`the answer of the language model was cut at ${MAX_TOKENS} tokens`)
  if (choice?.finish_reason === 'content_filter') return none('the provider of the language model withheld the answer')
  if (typeof text !== 'string' || text.trim() === '') return none('the language model gave an empty answer')
  if (text.length > MAX_ANSWER)
    return none(`the answer of the language model has ${text.length} characters, more than ${MAX_ANSWER}`)
  return { kind: 'answer', model, text }
}

/** The client waits between its tries without looking at the signal; this does not. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    }),
  ])
}
