import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, startServer } from '../src/server.ts'
import { readSettings, type Settings } from '../src/settings.ts'
import { deliver, environment, push, SECRET } from './support/delivery.ts'
import { eventually } from './support/engines.ts'

const data = mkdtempSync(join(tmpdir(), 'windlass-door-'))
const lines: string[] = []
const passes: string[] = []
let settings: Settings
let server: Running
let github: () => Promise<void> = async () => {}

beforeAll(async () => {
  const read = readSettings(environment(data, null))
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  settings = read.settings
  server = await startServer({
    settings,
    log: pino({ level: 'info' }, { write: line => void lines.push(line) }),
    self: 'windlass[bot]',
    checks: { github: () => github() },
    async reconcile({ name }) {
      passes.push(name)
      return { again: null }
    },
    sayParked: async () => {},
    listRepositories: async () => ['swept-1', 'swept-2'].map(name => ({ installation: 7, owner: 'acme', name })),
  })
})
afterAll(async () => {
  await server.stop()
  rmSync(data, { recursive: true, force: true })
})

test.each([
  ['no signature', { headers: { 'x-hub-signature-256': undefined } }, 401],
  ['the signature of another secret', { headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } }, 401],
  ['a signature of another form', { headers: { 'x-hub-signature-256': 'sha1=00' } }, 401],
  ['no event', { headers: { 'x-github-event': undefined } }, 400],
  ['an event that is no word', { headers: { 'x-github-event': '__proto__[]' } }, 400],
  ['no delivery id', { headers: { 'x-github-delivery': undefined } }, 400],
  ['a form instead of JSON', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['broken JSON', { body: '{"ref":' }, 400],
  ['an empty body', { body: '' }, 400],
])('refuses %s, in one short line without the payload', async (_, delivery, status) => {
  const before = lines.length
  const answer = await deliver(server.url, { ...push('refused'), secret: 'hunter2' }, delivery)
  expect(answer.status).toBe(status)
  expect(lines.slice(before)).toHaveLength(1)
  expect(lines.at(-1)?.length).toBeLessThan(400)
  expect(lines.join()).not.toContain('hunter2')
  expect(passes).not.toContain('refused')
})

test('refuses more than 25 MiB by its announced length, before a byte of it is read', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  socket.write(
    `POST /api/github/webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: ${randomUUID()}\r\n` +
      `X-Hub-Signature-256: sha256=${'0'.repeat(64)}\r\nContent-Length: ${25 * 1024 * 1024 + 1}\r\n\r\n`,
  )
  await once(socket, 'end')
  expect(answer).toMatch(/^HTTP\/1\.1 413 .*larger than 25 MiB/s)
})

test('refuses more than 25 MiB in chunks that announce no length', async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(32)
  let sent = 0
  const body = new ReadableStream({
    pull(controller) {
      if (sent++ < 26) controller.enqueue(chunk)
      else controller.close()
    },
  })
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
  }
  const response = await fetch(`${server.url}/api/github/webhooks`, { method: 'POST', headers, body, duplex: 'half' })
  expect(response.status).toBe(413)
})

test('verifies the bytes as they came, not what they parse to', async () => {
  const text = `{ "ref":"refs/heads/main",  "repository":{"name":"raw","owner":{"login":"acme"},"default_branch":"main"},"installation":{"id":7},"x":"\\u00fc ü 💙"}`
  expect((await deliver(server.url, null, { body: text })).status).toBe(202)
  const respelled = {
    body: JSON.stringify(JSON.parse(text)),
    headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}` },
  }
  expect((await deliver(server.url, null, respelled)).status).toBe(401)
})

test.each([[[]], ['text'], [null], [7], [{ installation: 'x' }], [{ __proto__: null, repository: { name: '../x' } }]])(
  'a signed payload of a strange shape wakes nothing: %j',
  async payload => {
    const { status, body } = await deliver(server.url, payload)
    expect(status).toBe(202)
    expect(body.accepted).toEqual([])
  },
)

test('an event that wakes nothing is answered with the reason', async () => {
  const other = { ...push('fleet'), ref: 'refs/heads/feature' }
  expect(await deliver(server.url, other)).toEqual({
    status: 202,
    body: { accepted: [], ignored: 'neither the default branch nor one of ours' },
  })
})

test('a release wakes every repository of the installation', async () => {
  const release = { action: 'published', installation: { id: 7 }, repository: push('upstream').repository }
  expect(await deliver(server.url, release, { event: 'release' })).toEqual({
    status: 202,
    body: { accepted: ['installation 7'] },
  })
  await eventually('both were passed over', () => passes.includes('swept-1') && passes.includes('swept-2'))
})

test('the same delivery again is a duplicate and leads to no second pass', async () => {
  const guid = randomUUID()
  await deliver(server.url, push('once'), { guid })
  await eventually('the pass ran', () => passes.includes('once'))
  await eventually(
    'it is done',
    async () => (await deliver(server.url, push('once'), { guid })).body.accepted?.length === 0,
  )
  await deliver(server.url, push('later'))
  await eventually('a later one ran', () => passes.includes('later'))
  expect(passes.filter(name => name === 'once')).toHaveLength(1)
})

test('says that it is alive and ready, and which part is not', async () => {
  expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ alive: true })
  github = async () => Promise.reject(new Error('401 from http://ghe.inner.example.com'))
  const response = await fetch(`${server.url}/readyz`)
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({
    ready: false,
    checks: { store: 'ok', queue: 'ok', github: 'failed, see the log' },
  })
  expect(lines.join()).toContain('401 from http://ghe.inner.example.com')
})

test('counts what happens, under a bounded number of names', async () => {
  for (let i = 0; i < 50; i++) await deliver(server.url, {}, { event: `made_up_${'abcdefghij'[i % 10]}` })
  const text = await (await fetch(`${server.url}/metrics`)).text()
  expect(text).toMatch(/windlass_deliveries_total\{event="push",outcome="accepted"\} [1-9]/)
  expect(text).toMatch(/windlass_deliveries_total\{event="other",outcome="ignored"\} 50/)
  expect(text).toMatch(/windlass_pass_duration_seconds_count\{outcome="done"\} [1-9]/)
  expect(text).toMatch(/windlass_queue_jobs\{state="created"\} 0/)
  expect(text).not.toContain('made_up')
  expect(text).not.toContain('acme')
})

test.each([
  ['GET', '/api/github/webhooks', 'not found'],
  ['POST', '/hooks/flux', 'this hook is off: set WINDLASS_HOOK_SECRET on the server'],
  ['POST', '/hooks/artifacthub', 'this hook is off: set WINDLASS_ARTIFACTHUB_SECRET on the server'],
  ['POST', '/hooks/harbor', 'this hook is off: set WINDLASS_HARBOR_AUTH on the server'],
  ['POST', '/hooks/other', 'not found'],
  ['GET', '/hooks/generic', 'not found'],
  ['GET', '/', 'not found'],
  ['GET', '/../../etc/passwd', 'not found'],
])('%s %s is not found', async (method, path, error) => {
  const response = await fetch(`${server.url}${path}`, { method })
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ error })
})

test('a port in use ends the start with the reason, and frees the folder', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'windlass-door-'))
  const taken = { ...settings, data: elsewhere, port: Number(new URL(server.url).port) }
  const parts = {
    log: pino({ level: 'silent' }),
    self: null,
    checks: {},
    reconcile: async () => ({ again: null }),
    sayParked: async () => {},
    listRepositories: async () => [],
  }
  await expect(startServer({ ...parts, settings: taken })).rejects.toThrow(`listening on 127.0.0.1:${taken.port}`)
  expect(existsSync(join(elsewhere, 'windlass.lock'))).toBe(false)
  rmSync(elsewhere, { recursive: true })
})
