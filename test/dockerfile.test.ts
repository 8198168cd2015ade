import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'image-'))
const app = join(scratch, 'app')
const tools = join(scratch, 'tools')

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** The steps of the build stage, as a builder would take them: `COPY from to` and `RUN command` below /app. */
function buildSteps(): readonly (readonly [step: string, rest: string])[] {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
  const stage = dockerfile.split(/^FROM /m)[1] ?? ''
  return [...stage.matchAll(/^(COPY|RUN) (.+)$/gm)].map(([, step = '', rest = '']) => [step, rest] as const)
}

function take(step: string, rest: string): void {
  if (step === 'RUN') {
    execFileSync('sh', ['-c', rest.replace('/tools', tools)], { cwd: app, stdio: 'pipe' })
    return
  }
  const paths = rest.split(' ')
  const to = paths.pop() ?? '.'
  for (const from of paths) {
    const target = paths.length > 1 ? join(app, to, from) : join(app, to)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, from), target, { recursive: true })
  }
}

test('the steps of the image leave a command line that runs on its production dependencies, and both tools', {
  timeout: 300_000,
}, () => {
  mkdirSync(app)
  for (const [step, rest] of buildSteps()) take(step, rest)

  const help = spawnSync(process.execPath, ['dist/cli.js', '--help'], { cwd: app, encoding: 'utf8' })
  expect(help.stdout).toContain('Usage: windlass')
  const serve = spawnSync(process.execPath, ['dist/cli.js', 'serve'], {
    cwd: app,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HELM_BIN: join(tools, 'helm') },
  })
  expect([serve.status, serve.stderr]).toEqual([2, expect.stringContaining('APP_ID')])
  for (const tool of ['helm', 'kubectl']) accessSync(join(tools, tool), constants.X_OK)
})
