import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from 'js-yaml'
import type { Logger } from 'pino'
import { createApp } from '../../src/app.ts'
import { startApp } from '../../src/cli/serve.ts'
import { RENDER_LIMITS, type RenderLimits } from '../../src/outside/helm/render.ts'
import { openServices, type SharedServices } from '../../src/outside/services.ts'
import type { Budget } from '../../src/outside/store/writes.ts'
import { createLog } from '../../src/server/log.ts'
import type { Running } from '../../src/server.ts'
import { readSettings } from '../../src/settings.ts'
import { type GitHubDouble, startGitHub } from '../github-double/server.ts'
import { HASTY } from '../support/github-world.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

/** GitHub, registries and the App, all real and on loopback: where the stories take place. */
export type Town = {
  readonly github: GitHubDouble
  readonly upstream: Upstream
  /** What `windlass serve` gets as its environment, so that a process of its own can be started on it too. */
  readonly env: Readonly<Record<string, string>>
  readonly url: string
  /** Waits until nothing is queued and no pass runs. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const SECRET = 'the webhook secret of the town'

async function permissions(): Promise<Record<string, 'read' | 'write'>> {
  const manifest = load(await readFile(new URL('../../app.yml', import.meta.url), 'utf8'))
  return (manifest as { default_permissions: Record<string, 'read' | 'write'> }).default_permissions
}

/** Starts GitHub and the registries, and the environment that leads there. */
export async function buildTown(charts: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'town-'))
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const app = { id: 1, slug: 'windlass', publicKeyPem, webhookSecret: SECRET, permissions: await permissions() }
  const github = await startGitHub({ apps: [app] })
  const upstream = await startUpstream(charts)
  const mirrors = join(folder, 'mirrors.yaml')
  await upstream.writeMirrors(mirrors)
  const env = {
    APP_ID: '1',
    PRIVATE_KEY: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    WEBHOOK_SECRET: SECRET,
    GHE_HOST: github.host,
    GHE_PROTOCOL: 'http',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: process.env.STORY_LOG ?? 'silent',
    WINDLASS_DATA: join(folder, 'data'),
    WINDLASS_REGISTRY_MIRRORS: mirrors,
    ...more,
  }
  const stop = async () => {
    await upstream.stop()
    await github.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { github, upstream, env, stop }
}

/** What a story may put in the place of the real thing: the model, what one run of helm may cost, what may be sent to GitHub, and where the log goes. */
export type Instead = Partial<Pick<SharedServices, 'ask'>> & {
  readonly limits?: RenderLimits
  readonly log?: Logger
  readonly budget?: Budget
}

/** Starts the App on an environment, in this process and without the pauses between writes. */
export async function startWindlass(
  env: Readonly<Record<string, string>>,
  { limits = RENDER_LIMITS, log: own, budget = HASTY, ...instead }: Instead = {},
): Promise<Running> {
  const read = readSettings({ ...env })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const log = own ?? createLog(read.settings.logLevel)
  const opened = await openServices(read.settings, process.env, limits)
  if (!opened.ok) throw new Error(opened.problems.join('\n'))
  return startApp(read.settings, { ...opened.services, ...instead }, createApp(read.settings, log), log, budget)
}

/** Waits until the server at `url` has nothing queued and no pass running. */
export async function settledAt(url: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    if (/^windlass_pass_duration_seconds_count\{outcome="(retried|failed)"\} [1-9]/m.test(metrics)) {
      throw new Error('a pass failed: run again with STORY_LOG=warn to see why')
    }
    const jobs = [...metrics.matchAll(/^windlass_queue_jobs\{.*\} (\d+)$/gm)].map(match => Number(match[1]))
    if (jobs.length > 0 && jobs.every(count => count === 0)) return
    await sleep(50)
  }
  throw new Error('the queue did not become empty within a minute')
}

/** Starts the whole town. */
export async function startTown(
  charts: readonly string[],
  more: Readonly<Record<string, string>> = {},
  instead: Instead = {},
): Promise<Town> {
  const { github, upstream, env, stop } = await buildTown(charts, more)
  const windlass = await startWindlass(env, instead)
  github.sendWebhooksTo(`${windlass.url}/api/github/webhooks`)
  return {
    github,
    upstream,
    env,
    url: windlass.url,
    settled: () => settledAt(windlass.url),
    async stop() {
      await windlass.stop()
      await stop()
    },
  }
}
