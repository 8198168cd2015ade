import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_POLICY } from '../src/config.ts'
import { detect } from '../src/detect/index.ts'
import type { RepoFile, Tree } from '../src/model.ts'
import { readLocalTree } from '../src/outside/local/local-tree.ts'

/**
 * `npm run bench [-- --renovate] [-- FOLDER...]`: what a scan costs, side by side in one run. FOLDER are GitOps checkouts (or .tar.gz of them);
 * without any, the archives in ../shared/repos. CPU is user + system of the whole process; medians; ratios of pairs that ran in turn.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)
const withRenovate = args.includes('--renovate')
const RUNS = 5
const RENOVATE = '44.121.2'
const scratch = mkdtempSync(join(tmpdir(), 'bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

type Cost = { readonly cpu: number; readonly rss: number }

/** What the kernel says of a finished process: GNU time (Debian's package `time`), which costs the measured process nothing. */
function measure(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Cost {
  const report = join(scratch, 'time')
  const options = { cwd, env, encoding: 'utf8' as const, maxBuffer: 2 ** 30 }
  const run = spawnSync('/usr/bin/time', ['-f', '%U %S %M', '-o', report, process.execPath, ...argv], options)
  if (run.error) throw new Error(`measuring needs /usr/bin/time (Debian: apt-get install time): ${run.error.message}`)
  const [user = '', system = '', rss = ''] = (readFileSync(report, 'utf8').trim().split('\n').at(-1) ?? '').split(' ')
  if (!(Number(user) >= 0)) throw new Error(`${argv.join(' ')} ended with ${run.status}: ${run.stderr.slice(-500)}`)
  return { cpu: Number(user) + Number(system), rss: Number(rss) / 1024 }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** A checkout that `git ls-files` can list: archives and folders are copied. */
function checkout(source: string): { name: string; folder: string } {
  const name =
    source
      .split('/')
      .at(-1)
      ?.replace(/\.tar\.gz$/, '') ?? source
  const folder = join(scratch, name)
  mkdirSync(folder)
  if (source.endsWith('.gz')) execFileSync('tar', ['-xzf', source, '-C', folder])
  else execFileSync('sh', ['-c', 'tar -C "$1" --exclude=./.git -cf - . | tar -C "$2" -xf -', 'copy', source, folder])
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
  execFileSync('git', ['add', '--all', '--force'], { cwd: folder, stdio: 'ignore' })
  return { name, folder }
}

/** The least that a scan could do: read every YAML file and load those that hold a Kubernetes object. */
function floor(folder: string): Cost {
  const script = join(scratch, 'floor.mjs')
  writeFileSync(
    script,
    `import { execFileSync } from 'node:child_process'; import { readFileSync } from 'node:fs'
import { loadAll } from '${join(root, 'node_modules/js-yaml/dist/js-yaml.mjs')}'
for (const f of execFileSync('git', ['ls-files'], { maxBuffer: 2 ** 28 }).toString().split('\\n').filter(f => /\\.ya?ml$/.test(f))) {
  let text; try { text = readFileSync(f, 'utf8') } catch { continue }
  if (/^apiVersion:/m.test(text)) try { loadAll(text) } catch {}
}`,
  )
  return measure([script], folder)
}

function renovate(folder: string): Cost {
  const home = join(root, '.cache', 'renovate')
  const bin = join(home, 'node_modules/renovate/dist/renovate.js')
  if (!existsSync(bin)) {
    console.log(`installing Renovate ${RENOVATE} into .cache/renovate (once)`)
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), '{}')
    execFileSync(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `renovate@${RENOVATE}`],
      { cwd: home, stdio: 'inherit' },
    )
  }
  const config = join(scratch, 'renovate.cjs')
  writeFileSync(
    config,
    `const all = ['/\\\\.ya?ml$/']
module.exports = { onboarding: false, requireConfig: 'optional', ignorePaths: [],
  enabledManagers: ['helmv3', 'helm-requirements', 'helm-values', 'helmfile', 'kustomize', 'argocd', 'flux', 'kubernetes', 'fleet', 'crossplane'],
  ...Object.fromEntries(['argocd', 'kubernetes', 'flux', 'crossplane', 'helm-values'].map(name => [name, { managerFilePatterns: all }])) }`,
  )
  const env = {
    ...process.env,
    RENOVATE_CONFIG_FILE: config,
    RENOVATE_BASE_DIR: join(scratch, 'renovate'),
    LOG_LEVEL: 'fatal' as const,
  }
  return measure([bin, '--platform=local', '--dry-run=extract'], folder, env)
}

function cold(folder: string): { ours: Cost; floor: Cost; renovate: Cost | null; ratios: number[] } {
  const scan = () => measure([join(root, 'dist/cli.js'), 'scan', '--json'], folder)
  scan()
  const rows = Array.from({ length: withRenovate ? 3 : RUNS }, () => ({
    ours: scan(),
    floor: floor(folder),
    peer: withRenovate ? renovate(folder) : null,
  }))
  const of = (pick: (row: (typeof rows)[number]) => Cost) => ({
    cpu: median(rows.map(row => pick(row).cpu)),
    rss: Math.max(...rows.map(row => pick(row).rss)),
  })
  return {
    ours: of(row => row.ours),
    floor: of(row => row.floor),
    renovate: withRenovate ? of(row => row.peer ?? row.ours) : null,
    ratios: rows.map(({ ours, peer }) => (peer === null ? Number.NaN : peer.cpu / ours.cpu)),
  }
}

function changed(file: RepoFile, run: number): RepoFile {
  return { ...file, blob: `${file.blob}${run}`, text: `${file.text}\n# ${run}\n` }
}

/** CPU seconds of finding the pins again after five files have changed, with everything else known; as the server does it. */
async function push(folder: string): Promise<number> {
  const tree = await readLocalTree(folder)
  detect(tree, DEFAULT_POLICY)
  const manifests = tree.files.filter(({ text }) => /^apiVersion:/m.test(text)).slice(0, 200)
  const costs = Array.from({ length: RUNS * 3 }, (_, run) => {
    const touched = new Set(manifests.slice(run * 5, run * 5 + 5))
    const next: Tree = { ...tree, files: tree.files.map(file => (touched.has(file) ? changed(file, run) : file)) }
    const start = process.cpuUsage()
    detect(next, DEFAULT_POLICY)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  })
  return median(costs)
}

const shared = join(root, '../shared/repos')
const given = args.filter(arg => !arg.startsWith('--'))
const sources =
  given.length > 0
    ? given
    : existsSync(shared)
      ? readdirSync(shared)
          .filter(name => name.endsWith('.tar.gz'))
          .map(name => join(shared, name))
      : []
if (sources.length === 0) throw new Error('nothing to measure: name the folders of GitOps checkouts')

const seconds = (value: number) => `${value.toFixed(2)} s`
const ratios: number[] = []
console.log(
  'repository                               files   scan CPU   peak RSS   floor CPU   push of 5 files   Renovate CPU   ratio',
)
for (const source of sources) {
  const { name, folder } = checkout(source)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    entry => entry.isFile() && !entry.parentPath.includes('/.git'),
  ).length
  const { ours, floor: least, renovate: peer, ratios: pairs } = cold(folder)
  const warm = await push(folder)
  const ratio = median(pairs)
  if (peer !== null) ratios.push(ratio)
  console.log(
    [
      name.padEnd(40),
      String(files).padStart(5),
      seconds(ours.cpu).padStart(10),
      `${Math.round(ours.rss)} MiB`.padStart(10),
      seconds(least.cpu).padStart(11),
      `${Math.round(warm * 1000)} ms`.padStart(17),
      (peer === null ? '-' : seconds(peer.cpu)).padStart(14),
      (peer === null ? '-' : `${ratio.toFixed(1)}x`).padStart(7),
    ].join(' '),
  )
}
if (ratios.length > 0) {
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
  console.log(`geometric mean of Renovate / windlass, CPU: ${mean.toFixed(1)}x`)
}
