import { BadRequestError, UnprocessableEntityError } from 'openai'
import type { ModelQuestion } from '../../world.ts'

/** How a server wants to be spoken to. */
export type Dialect = {
  parameters(maxTokens: number): object
  format(question: ModelQuestion): object
}

/** From the strictest to what every server takes. The schema stands in the prompt too, so all of them know it. */
const FORMATS = ['json_schema', 'json_object', 'text'] as const

type State = {
  readonly format: number
  readonly limit: 'max_completion_tokens' | 'max_tokens' | null
  readonly temperature: boolean
}

/** Speaks the richest dialect first, steps down when the server says what it refuses, and remembers it for the next question. */
export function createLadder(): { climb<T>(attempt: (dialect: Dialect) => Promise<T>): Promise<T> } {
  let state: State = { format: 0, limit: 'max_completion_tokens', temperature: true }
  return {
    async climb(attempt) {
      for (;;) {
        const used = state
        try {
          return await attempt(dialect(used))
        } catch (thrown) {
          const next = stepDown(used, thrown)
          if (next === null) throw thrown
          // Another question may have learned something in the meantime.
          if (state === used) state = next
        }
      }
    },
  }
}

function dialect({ format, limit, temperature }: State): Dialect {
  const name = FORMATS[format]
  return {
    parameters: maxTokens => ({
      ...(limit === null ? {} : { [limit]: maxTokens }),
      ...(temperature ? { temperature: 0 } : {}),
    }),
    format: ({ schemaName, schema }) => {
      if (name === 'json_schema')
        return { response_format: { type: name, json_schema: { name: schemaName, schema, strict: true } } }
      return name === 'json_object' ? { response_format: { type: name } } : {}
    },
  }
}

/** The next dialect to try; null when the refusal is about something else, or there is nothing left to give up. */
function stepDown(state: State, thrown: unknown): State | null {
  if (!(thrown instanceof BadRequestError || thrown instanceof UnprocessableEntityError)) return null
  const about = `${thrown.param ?? ''} ${thrown.message.slice(0, 500)}`
  if (state.limit !== null && /max_(?:completion_)?tokens/.test(about)) {
    return { ...state, limit: state.limit === 'max_completion_tokens' ? 'max_tokens' : null }
  }
  if (state.temperature && /temperature/.test(about)) return { ...state, temperature: false }
  if (
    state.format < FORMATS.length - 1 &&
    /response_format|json_schema|json_object|structured|grammar|schema/i.test(about)
  ) {
    return { ...state, format: state.format + 1 }
  }
  return null
}
