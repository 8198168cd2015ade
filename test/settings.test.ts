import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Env } from '../src/server/variable.ts'
import { readSettings, readToolSettings } from '../src/settings.ts'

const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString()
const GOOD = { APP_ID: '4217', PRIVATE_KEY: KEY, WEBHOOK_SECRET: 'correct horse battery staple' }

function settings(env: Env) {
  const read = readSettings(env)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.settings
}

function problems(env: Env) {
  const read = readSettings(env)
  return read.ok ? [] : read.problems
}

test('three variables are enough, and the rest has defaults that are safe on one machine', () => {
  expect(settings({ ...GOOD })).toEqual({
    app: { id: 4217, privateKey: KEY.trim(), webhookSecret: 'correct horse battery staple' },
    github: { host: null, apiUrl: 'https://api.github.com', webUrl: 'https://github.com' },
    host: '127.0.0.1',
    port: 3000,
    database: null,
    sweep: '17 * * * *',
    hooks: { secret: null, artifactHub: null, harbor: null },
    data: resolve('data'),
    helm: null,
    kubectl: null,
    llm: { apiKey: null, baseUrl: null, model: null },
    egressAllow: [],
    registryMirrors: null,
    registryAuth: null,
    logLevel: 'info',
  })
})

test('every wrong variable is named at once, with what to write instead', () => {
  const wrong = problems({
    APP_ID: 'my-app',
    PRIVATE_KEY: 'not a key',
    GHE_HOST: 'https://github.example.com/',
    GHE_PROTOCOL: 'ftp',
    PORT: '65536',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://root:hunter2@db.example.com/windlass',
    HELM_BIN: '/no/such/helm',
    OPENAI_BASE_URL: 'models.example.com',
    WINDLASS_SWEEP: 'every hour',
    WINDLASS_REGISTRY_AUTH: '/no/such/file.yaml',
    WINDLASS_EGRES_ALLOW: 'registry.example.com',
  })
  expect(wrong.map(({ variable }) => variable).sort()).toEqual([
    'APP_ID',
    'DATABASE_URL',
    'GHE_HOST',
    'GHE_PROTOCOL',
    'HELM_BIN',
    'LOG_LEVEL',
    'OPENAI_BASE_URL',
    'PORT',
    'PRIVATE_KEY',
    'WEBHOOK_SECRET',
    'WINDLASS_EGRES_ALLOW',
    'WINDLASS_REGISTRY_AUTH',
    'WINDLASS_SWEEP',
  ])
  expect(wrong).toContainEqual({
    variable: 'WINDLASS_EGRES_ALLOW',
    wrong: 'unknown variable',
    write: 'did you mean WINDLASS_EGRESS_ALLOW?',
  })
  expect(wrong).toContainEqual({
    variable: 'GHE_HOST',
    wrong: '"https://github.example.com/" is not a host name',
    write: 'only the host, GHE_HOST=github.example.com',
  })
})

test('no problem prints a secret', () => {
  const printed = JSON.stringify(
    problems({
      ...GOOD,
      PRIVATE_KEY: 'hunter-key',
      DATABASE_URL: 'mysql://root:hunter2@db.example.com/x',
      OPENAI_BASE_URL: 'hunter-url',
    }),
  )
  expect(printed).not.toContain('hunter')
})

test('the secrets leave the environment, so that no child process inherits them', () => {
  const env: Env = {
    ...GOOD,
    OPENAI_API_KEY: 'sk-1',
    DATABASE_URL: 'postgres://windlass@db.example.com/windlass',
    HOME: '/home',
  }
  expect(settings(env).database).toBe('postgres://windlass@db.example.com/windlass')
  expect(env).toEqual({ APP_ID: '4217', HOME: '/home' })
})

test.each([
  ['with literal \\n, as in a .env file', KEY.replaceAll('\n', '\\n')],
  ['as base64', Buffer.from(KEY).toString('base64')],
])('the private key may be written %s', (_, written) => {
  expect(settings({ ...GOOD, PRIVATE_KEY: written }).app.privateKey.trim()).toBe(KEY.trim())
})

test('the private key may stand in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'windlass-key-'))
  const file = join(folder, 'app.pem')
  writeFileSync(file, KEY)
  expect(settings({ ...GOOD, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: file }).app.privateKey).toBe(KEY)
  rmSync(folder, { recursive: true })
})

test('a key file that is missing, and a key that is not RSA, are found at the start', () => {
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' })
  expect(problems({ ...GOOD, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: '/no/such.pem' })).toEqual([
    {
      variable: 'PRIVATE_KEY_PATH',
      wrong: '/no/such.pem: ENOENT',
      write: 'the path of a file that this process may read',
    },
  ])
  expect(problems({ ...GOOD, PRIVATE_KEY: elliptic.toString() })[0]?.variable).toBe('PRIVATE_KEY')
})

test("Probot's publicly known webhook secret is refused", () => {
  expect(problems({ ...GOOD, WEBHOOK_SECRET: 'development' })[0]?.wrong).toBe('a publicly known default')
})

test('GitHub Enterprise Server: the API lies below /api/v3 of its host', () => {
  expect(settings({ ...GOOD, GHE_HOST: '127.0.0.1:8080', GHE_PROTOCOL: 'http' }).github).toEqual({
    host: '127.0.0.1:8080',
    apiUrl: 'http://127.0.0.1:8080/api/v3',
    webUrl: 'http://127.0.0.1:8080',
  })
})

test('the secrets of the hooks are long, are not printed, and leave the environment', () => {
  const env: Env = {
    ...GOOD,
    WINDLASS_HOOK_SECRET: 'flux and all the others',
    WINDLASS_ARTIFACTHUB_SECRET: 'the hub of artifacts',
    WINDLASS_HARBOR_AUTH: 'Bearer of the harbor',
  }
  expect(settings(env).hooks).toEqual({
    secret: 'flux and all the others',
    artifactHub: 'the hub of artifacts',
    harbor: 'Bearer of the harbor',
  })
  expect(env).toEqual({ APP_ID: '4217' })
  expect(problems({ ...GOOD, WINDLASS_HOOK_SECRET: 'hunter2-hunter2' })).toEqual([
    {
      variable: 'WINDLASS_HOOK_SECRET',
      wrong: 'shorter than 16 characters',
      write: 'a long random string (openssl rand -hex 32)',
    },
  ])
})

test('lists may be separated by commas, spaces or both', () => {
  const env = { WINDLASS_EGRESS_ALLOW: 'registry.example.com, 10.0.0.0/8\n127.0.0.1:5000' }
  expect(settings({ ...GOOD, ...env }).egressAllow).toEqual(['registry.example.com', '10.0.0.0/8', '127.0.0.1:5000'])
})

test('a date is not a cron expression: it would sweep once', () => {
  expect(problems({ ...GOOD, WINDLASS_SWEEP: '2040-01-01T00:00:00' })[0]?.variable).toBe('WINDLASS_SWEEP')
  expect(settings({ ...GOOD, WINDLASS_SWEEP: '*/10 * * * *' }).sweep).toBe('*/10 * * * *')
})

test('the command line needs none of the App, and checks the rest the same way', () => {
  expect(readToolSettings({})).toMatchObject({ ok: true })
  expect(readToolSettings({ WINDLASS_SWEP: '1' })).toMatchObject({
    ok: false,
    problems: [{ variable: 'WINDLASS_SWEP' }],
  })
})
