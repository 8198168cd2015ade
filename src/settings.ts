import { createPrivateKey } from 'node:crypto'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Cron } from 'croner'
import {
  type Env,
  executable,
  fileText,
  integer,
  oneOf,
  type Reader,
  readableFile,
  readVariables,
  type SettingProblem,
} from './server/variable.ts'
import { suggest } from './text/suggest.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** What the command line and the server share. Paths are absolute; null means "not set". */
export type ToolSettings = {
  /** Folder of everything we keep on disk. */
  readonly data: string
  readonly helm: string | null
  readonly kubectl: string | null
  readonly llm: { readonly apiKey: string | null; readonly baseUrl: string | null; readonly model: string | null }
  /** Hosts, host:port or CIDRs, as written; outside/net/ says what they mean. */
  readonly egressAllow: readonly string[]
  readonly registryMirrors: string | null
  readonly registryAuth: string | null
  readonly logLevel: (typeof LOG_LEVELS)[number]
}

/** Everything `windlass serve` needs. `sweep` is a cron expression in UTC; `database` a PostgreSQL URL, null for PGlite. */
export type Settings = ToolSettings & {
  readonly app: { readonly id: number; readonly privateKey: string; readonly webhookSecret: string }
  readonly github: { readonly host: string | null; readonly apiUrl: string; readonly webUrl: string }
  readonly host: string
  readonly port: number
  readonly database: string | null
  readonly sweep: string
  /** What senders to `/hooks/*` must know; a hook whose secret is null is off. `secret` is that of Flux and generic senders. */
  readonly hooks: {
    readonly secret: string | null
    readonly artifactHub: string | null
    readonly harbor: string | null
  }
}

export type ReadSettings<T> =
  | { readonly ok: true; readonly settings: T }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] }

/** Variables whose value must reach no child process, log line or package that reads the environment by itself. */
export const SECRET_VARIABLES = [
  'PRIVATE_KEY',
  'PRIVATE_KEY_PATH',
  'WEBHOOK_SECRET',
  'DATABASE_URL',
  'OPENAI_API_KEY',
  'WINDLASS_HOOK_SECRET',
  'WINDLASS_ARTIFACTHUB_SECRET',
  'WINDLASS_HARBOR_AUTH',
] as const

const OUR_VARIABLES = [
  'WINDLASS_DATA',
  'WINDLASS_MODEL',
  'WINDLASS_SWEEP',
  'WINDLASS_EGRESS_ALLOW',
  'WINDLASS_REGISTRY_MIRRORS',
  'WINDLASS_REGISTRY_AUTH',
  'WINDLASS_HOOK_SECRET',
  'WINDLASS_ARTIFACTHUB_SECRET',
  'WINDLASS_HARBOR_AUTH',
]

/** Characters that a secret of a hook has at least: whoever guesses it can say that something is healthy. */
const SHORTEST_SECRET = 16

/**
 * Reads the environment of `windlass serve`: the settings, or every problem at once.
 * When all is well the secrets are deleted from `env`, so pass `process.env` itself.
 */
export function readSettings(env: Env): ReadSettings<Settings> {
  const read = readVariables(env)
  const appId = applicationId(read)
  return answer(env, read, {
    ...toolSettings(env, read),
    app: { id: appId, privateKey: privateKey(read), webhookSecret: webhookSecret(read) },
    github: github(read),
    host: read.text('HOST') ?? '127.0.0.1',
    port: integer(read, 'PORT', 0, 65535, 3000),
    database: database(read),
    sweep: sweep(read, appId),
    hooks: {
      secret: hookSecret(read, 'WINDLASS_HOOK_SECRET'),
      artifactHub: hookSecret(read, 'WINDLASS_ARTIFACTHUB_SECRET'),
      harbor: hookSecret(read, 'WINDLASS_HARBOR_AUTH'),
    },
  })
}

/** Reads the part of the environment that the command line honours; secrets are deleted from `env` as above. */
export function readToolSettings(env: Env): ReadSettings<ToolSettings> {
  const read = readVariables(env)
  return answer(env, read, toolSettings(env, read))
}

function answer<T>(env: Env, read: Reader, settings: T): ReadSettings<T> {
  if (read.problems.length > 0) return { ok: false, problems: read.problems }
  for (const name of SECRET_VARIABLES) delete env[name]
  return { ok: true, settings }
}

function toolSettings(env: Env, read: Reader): ToolSettings {
  unknownVariables(env, read)
  return {
    data: dataFolder(read),
    helm: executable(read, 'HELM_BIN'),
    kubectl: executable(read, 'KUBECTL_BIN'),
    llm: { apiKey: read.text('OPENAI_API_KEY'), baseUrl: modelUrl(read), model: read.text('WINDLASS_MODEL') },
    egressAllow: (read.text('WINDLASS_EGRESS_ALLOW') ?? '').split(/[\s,]+/).filter(entry => entry !== ''),
    registryMirrors: readableFile(read, 'WINDLASS_REGISTRY_MIRRORS'),
    registryAuth: readableFile(read, 'WINDLASS_REGISTRY_AUTH'),
    logLevel: oneOf(read, 'LOG_LEVEL', LOG_LEVELS, 'info'),
  }
}

function unknownVariables(env: Env, read: Reader): void {
  for (const name of Object.keys(env).filter(name => name.startsWith('WINDLASS_') && !OUR_VARIABLES.includes(name))) {
    const near = suggest(name, OUR_VARIABLES)
    read.wrong(name, 'unknown variable', near ? `did you mean ${near}?` : `one of ${OUR_VARIABLES.join(', ')}`, null)
  }
}

function dataFolder(read: Reader): string {
  const path = resolve(read.text('WINDLASS_DATA') ?? 'data')
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found || found.isDirectory()) return path
  return read.wrong('WINDLASS_DATA', `${path} is not a folder`, 'the path of a folder that may be written', path)
}

function modelUrl(read: Reader): string | null {
  const text = read.text('OPENAI_BASE_URL')
  if (text === null || /^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text
  return read.wrong('OPENAI_BASE_URL', 'not an http(s) URL', 'OPENAI_BASE_URL=https://models.example.com/v1', null)
}

function applicationId(read: Reader): number {
  const text = read.text('APP_ID')
  if (text !== null && /^[1-9]\d{0,14}$/.test(text)) return Number(text)
  const wrong = text === null ? 'not set' : `"${text}" is not the number of a GitHub App`
  return read.wrong('APP_ID', wrong, "the App ID from the App's settings page, APP_ID=123456", 0)
}

/** As Probot reads it: PEM, PEM with literal `\n`, or base64 of PEM. A bad key would else surface at the first API call. */
function privateKey(read: Reader): string {
  const inline = read.text('PRIVATE_KEY')
  const variable = inline === null ? 'PRIVATE_KEY_PATH' : 'PRIVATE_KEY'
  const pem = inline === null ? fileText(read, 'PRIVATE_KEY_PATH') : unfold(inline)
  if (pem === null) {
    if (read.text('PRIVATE_KEY_PATH') === null)
      read.wrong('PRIVATE_KEY', 'not set', 'the PEM of the App, or PRIVATE_KEY_PATH=/path/of/app.pem', '')
    return ''
  }
  if (isRsaKey(pem)) return pem
  return read.wrong(
    variable,
    'not an RSA private key in PEM form',
    'the .pem file that GitHub generated, unchanged',
    '',
  )
}

function unfold(text: string): string {
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8')
  return pem.replaceAll('\\n', '\n')
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

/** `development` is the default that Probot documents: whoever runs with it accepts forged deliveries. */
function webhookSecret(read: Reader): string {
  const text = read.text('WEBHOOK_SECRET')
  const write = "the webhook secret of the App's settings page, a long random string"
  if (text === null) return read.wrong('WEBHOOK_SECRET', 'not set', write, '')
  if (text === 'development') return read.wrong('WEBHOOK_SECRET', 'a publicly known default', write, '')
  return text
}

function hookSecret(read: Reader, name: string): string | null {
  const text = read.text(name)
  if (text === null || text.length >= SHORTEST_SECRET) return text
  return read.wrong(
    name,
    `shorter than ${SHORTEST_SECRET} characters`,
    'a long random string (openssl rand -hex 32)',
    null,
  )
}

/** GitHub Enterprise Server keeps its REST API below /api/v3 of the host that people visit. */
function github(read: Reader): Settings['github'] {
  const protocol = oneOf(read, 'GHE_PROTOCOL', ['https', 'http'], 'https')
  const host = read.text('GHE_HOST')
  if (host === null) return { host: null, apiUrl: 'https://api.github.com', webUrl: 'https://github.com' }
  const url = /[/@?#\s]/.test(host) ? null : URL.parse(`${protocol}://${host}`)
  if (url === null)
    read.wrong('GHE_HOST', `"${host}" is not a host name`, 'only the host, GHE_HOST=github.example.com', null)
  const webUrl = `${protocol}://${host}`
  return { host, apiUrl: `${webUrl}/api/v3`, webUrl }
}

function database(read: Reader): string | null {
  const text = read.text('DATABASE_URL')
  if (text === null || /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? '')) return text
  return read.wrong('DATABASE_URL', 'not a PostgreSQL URL', 'postgres://user:password@host:5432/windlass', null)
}

/** Hourly; the minute comes from the App's id, so that the servers of the world do not all ask GitHub at :00. */
function sweep(read: Reader, appId: number): string {
  const hourly = `${appId % 60} * * * *`
  const text = read.text('WINDLASS_SWEEP')
  if (text === null || isCron(text)) return text ?? hourly
  return read.wrong('WINDLASS_SWEEP', `"${text}" is not a cron expression`, 'WINDLASS_SWEEP="17 * * * *"', hourly)
}

/** A pattern, and not a date: croner takes both, and a date sweeps once. */
function isCron(text: string): boolean {
  try {
    const cron = new Cron(text, { paused: true, timezone: 'UTC' })
    return cron.getPattern() !== undefined && cron.nextRun() !== null
  } catch {
    return false
  }
}
