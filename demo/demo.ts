import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chartFolders, startUpstream } from '../test/support/upstream.ts'

/**
 * The whole street on a small GitOps repository, with nothing but this machine: charts come from an HTTP index and an OCI registry on
 * loopback, helm renders them, and the upgrades become branches with a Markdown file for each pull request.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'demo-out')
const repository = join(out, 'gitops')
const bodies = join(out, 'pull-requests')

/** Runs a program and shows what it prints; answers its exit code. */
function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, env, stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', code => resolve(code ?? 1))
  })
}

async function must(file: string, args: readonly string[]): Promise<void> {
  const code = await run(file, args)
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}`)
}

async function git(...args: readonly string[]): Promise<void> {
  await must('git', ['-C', repository, ...args])
}

function say(text: string): void {
  console.log(`\n\u001b[1m${text}\u001b[0m`)
}

async function prepare(): Promise<void> {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out)
  cpSync(join(root, 'manifests-fixtures', 'repos', 'demo'), repository, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git(
    '-c',
    'user.name=demo',
    '-c',
    'user.email=demo@example.com',
    'commit',
    '--quiet',
    '--message=The cluster as it is',
  )
}

async function main(): Promise<void> {
  say('A GitOps repository with Flux, Argo CD and three environments, and the charts it uses, all on this machine')
  await prepare()
  const upstream = await startUpstream(chartFolders())
  try {
    const mirrors = join(out, 'mirrors.yaml')
    await upstream.writeMirrors(mirrors)
    const env = { ...process.env, WINDLASS_REGISTRY_MIRRORS: mirrors, WINDLASS_DATA: join(out, 'data'), CI: 'true' }
    const windlass = (...args: readonly string[]) => {
      say(`$ windlass ${args.join(' ')}`)
      const paths = args.map(arg => (arg === 'gitops' ? repository : arg === 'pull-requests' ? bodies : arg))
      return run(process.execPath, ['src/cli.ts', ...paths], env)
    }
    const codes = [
      await windlass('scan', 'gitops'),
      await windlass('plan', 'gitops'),
      await windlass('upgrade', 'gitops', '--branch', '--out', 'pull-requests'),
    ]
    if (codes.some(code => code !== 0)) throw new Error(`windlass ended with ${codes.join(', ')}`)
    await show()
  } finally {
    await upstream.stop()
  }
}

async function show(): Promise<void> {
  say('The branches it made, each one commit on top of main')
  await git('--no-pager', 'log', '--oneline', '--branches=windlass/*', '--not', 'main')
  const texts = new Map(readdirSync(bodies).map(name => [join(bodies, name), readFileSync(join(bodies, name), 'utf8')]))
  const hurts = (text: string) =>
    ['## Critical', '**breaks**', 'renamed to'].filter(words => text.includes(words)).length
  const [gravest] = [...texts.keys()].toSorted((a, b) => hurts(texts.get(b) ?? '') - hurts(texts.get(a) ?? ''))
  if (gravest === undefined) throw new Error('no pull request was written')
  say(`The gravest pull request, ${relative(root, gravest)}`)
  console.log(texts.get(gravest))
  say('What to type next')
  console.log(`  git -C ${relative(process.cwd(), repository)} diff main windlass/dev/vaultsync      the change itself
  ls ${relative(process.cwd(), bodies)}                                  every pull request as Markdown
  npm run build && cd YOUR-GITOPS-REPOSITORY && node ${join(root, 'dist', 'cli.js')} plan`)
}

await main()
