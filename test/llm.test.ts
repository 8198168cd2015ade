import { afterEach, describe, expect, test } from 'vitest'
import { createModel, createNoModel } from '../src/outside/llm/llm.ts'
import type { ModelQuestion } from '../src/world.ts'
import { type Mode, type ModelServer, startModel } from './support/model-server.ts'

const KEY = 'sk-test-0123456789abcdef'
const QUESTION: ModelQuestion = {
  system: 'the fixed part',
  user: 'PROMPT-CANARY\nE1|Drop support for v1beta1 APIs',
  schemaName: 'assessment_v1',
  schema: { type: 'object' },
}

const running: ModelServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(server => server.stop()))
})

async function setUp(
  mode: Mode,
  more: { readonly timeoutMs?: number; readonly maxRetries?: number; readonly now?: () => number } = {},
) {
  const server = await startModel(mode)
  running.push(server)
  const model = createModel({ apiKey: KEY, baseURL: server.url, model: 'stub-1', maxRetries: 0, ...more })
  return { server, ask: () => model.ask(QUESTION) }
}

describe('a model that works', () => {
  test('is asked once, with the schema and the key', async () => {
    const { server, ask } = await setUp({ kind: 'good' })
    expect(await ask()).toMatchObject({ kind: 'answer', model: 'stub-1' })
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      authorization: `Bearer ${KEY}`,
      body: {
        model: 'stub-1',
        temperature: 0,
        max_completion_tokens: 12_000,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'assessment_v1', strict: true, schema: { type: 'object' } },
        },
        messages: [
          { role: 'system', content: QUESTION.system },
          { role: 'user', content: QUESTION.user },
        ],
      },
    })
  })

  test('gives its text as it is, good or not', async () => {
    const { ask } = await setUp('garbage')
    expect(await ask()).toMatchObject({ kind: 'answer', text: expect.stringContaining('all fine') })
  })
})

describe('a server that refuses part of the request', () => {
  test('json_schema: json_object is tried, and remembered', async () => {
    const { server, ask } = await setUp('400-on-json_schema')
    expect((await ask()).kind).toBe('answer')
    expect((await ask()).kind).toBe('answer')
    expect(server.requests.map(({ body }) => body.response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      'json_object',
    ])
  })

  test('every response format: plain text is asked for', async () => {
    const { server, ask } = await setUp({ kind: 'refuse', words: ['json_schema', 'json_object'] })
    expect((await ask()).kind).toBe('answer')
    expect(server.requests.map(({ body }) => body.response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      undefined,
    ])
  })

  test('max_completion_tokens and temperature: the old name is used, and no temperature', async () => {
    const { server, ask } = await setUp({ kind: 'refuse', words: ['max_completion_tokens', 'temperature'] })
    expect((await ask()).kind).toBe('answer')
    expect(server.requests).toHaveLength(3)
    expect(server.requests[2]?.body).toMatchObject({ max_tokens: 12_000, response_format: { type: 'json_schema' } })
    expect(server.requests[2]?.body).not.toHaveProperty('temperature')
  })

  test('two questions at once give up no more than one', async () => {
    const { server, ask } = await setUp('400-on-json_schema')
    expect((await Promise.all([ask(), ask()])).map(({ kind }) => kind)).toEqual(['answer', 'answer'])
    expect(server.requests.filter(({ body }) => body.response_format === undefined)).toEqual([])
  })
})

describe('no answer', () => {
  test.each<[Mode, string]>([
    ['cut', 'the answer of the language model was cut at 12000 tokens'],
    ['429', 'the language model answered 429 (rate_limit_exceeded): its limits are reached'],
    [{ kind: 'text', text: ' ' }, 'the language model gave an empty answer'],
    [
      { kind: 'status', status: 401, body: { error: { message: `bad key ${KEY}`, code: 'invalid_api_key' } } },
      'the language model answered 401 (invalid_api_key): check OPENAI_API_KEY',
    ],
    [
      { kind: 'status', status: 400, body: { error: { message: QUESTION.user, code: KEY } } },
      'the language model answered 400',
    ],
    [{ kind: 'status', status: 500 }, 'the language model answered 500'],
    [{ kind: 'status', status: 307 }, 'the language model answered 307'],
    [{ kind: 'status', status: 200, body: {} }, 'the language model gave an empty answer'],
    [
      {
        kind: 'status',
        status: 200,
        body: { choices: [{ finish_reason: 'stop', message: { refusal: 'I will not', content: null } }] },
      },
      'the language model refused to answer',
    ],
    [
      { kind: 'status', status: 200, body: { choices: [{ finish_reason: 'content_filter', message: {} }] } },
      'the provider of the language model withheld the answer',
    ],
    [
      { kind: 'status', status: 200, body: { filler: 'x'.repeat(5_000_000) } },
      'the answer of the language model is too large',
    ],
  ])('to %j: the reason says so in our words, without key or prompt', async (mode, reason) => {
    const { ask } = await setUp(mode)
    expect(await ask()).toEqual({ kind: 'none', reason })
  })

  test('within the time: the reason names it', async () => {
    const { ask } = await setUp('slow', { timeoutMs: 100 })
    expect(await ask()).toEqual({ kind: 'none', reason: 'the language model did not answer within 0.1 s' })
  })

  test('from an address where nothing listens', async () => {
    const { server, ask } = await setUp({ kind: 'good' })
    await server.stop()
    expect(await ask()).toEqual({
      kind: 'none',
      reason: 'the language model could not be reached: check OPENAI_BASE_URL',
    })
  })

  test('from an address that is none', async () => {
    const answer = await createModel({ apiKey: KEY, baseURL: 'no address', model: 'm', maxRetries: 0 }).ask(QUESTION)
    expect(answer.kind).toBe('none')
  })

  test('to a question that is too long, which is not sent', async () => {
    const server = await startModel({ kind: 'good' })
    running.push(server)
    const model = createModel({ apiKey: KEY, baseURL: server.url, model: 'm' })
    expect(await model.ask({ ...QUESTION, user: 'x'.repeat(200_000) })).toEqual({
      kind: 'none',
      reason: 'the question has 200014 characters, more than 200000',
    })
    expect(server.requests).toEqual([])
  })

  test('without a key', async () => {
    expect(await createNoModel().ask(QUESTION)).toEqual({
      kind: 'none',
      reason: 'no language model is configured (OPENAI_API_KEY)',
    })
  })
})

test('a full house is asked again, as often as allowed', async () => {
  const { server, ask } = await setUp('429', { maxRetries: 2 })
  await ask()
  expect(server.requests).toHaveLength(3)
})

test('after three failures in a row the model rests for a minute, then is tried once more', async () => {
  let now = 0
  const { server, ask } = await setUp({ kind: 'status', status: 500 }, { now: () => now })
  for (let i = 0; i < 3; i++) await ask()
  expect(await ask()).toEqual({
    kind: 'none',
    reason: 'the language model failed several times in a row and is not asked for another 60 s',
  })
  expect(server.requests).toHaveLength(3)

  now = 60_000
  await ask()
  await ask()
  expect(server.requests).toHaveLength(4)

  now = 120_000
  server.set({ kind: 'good' })
  expect((await ask()).kind).toBe('answer')
  server.set({ kind: 'status', status: 500 })
  await ask()
  await ask()
  expect(server.requests).toHaveLength(7)
})
