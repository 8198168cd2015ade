import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DEFAULT_POLICY } from '../src/config.ts'
import { detect, readAhead } from '../src/detect/index.ts'
import { inTurns } from '../src/in-turns.ts'
import { readChanges, readFiles } from '../src/outside/git/git-files.ts'
import { parseIndex } from '../src/outside/registries/helm-index.ts'
import { benchBurst } from './bench-burst.ts'
import { benchRecovery } from './bench-recovery.ts'
import { benchUpgrades } from './bench-upgrade.ts'

/**
 * `npm run bench [-- --renovate] [-- FOLDER...]`: what a scan costs, side by side in one run. FOLDER are GitOps checkouts (or .tar.gz of them);
 * without any, the archives in ../shared/repos. `-- --burst` and `-- --recovery`: the server under load, and when one of two is killed. CPU is user + system of the whole process; medians; ratios of pairs that ran in turn.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)
const withRenovate = args.includes('--renovate')
const RUNS = 5
const PUSHES = 21
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

/** A bare copy of a checkout as the server has one, and commits that change five manifests each; the first commit is the checkout. */
function pushes(folder: string): { readonly mirror: string; readonly commits: readonly string[] } {
  const git = (...argv: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', ...argv], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
  const commit = (message: string) => {
    git('commit', '--quiet', '--all', `--message=${message}`)
    return git('rev-parse', 'HEAD').trim()
  }
  const yaml = git('ls-files', '-z')
    .split('\0')
    .filter(path => /\.ya?ml$/.test(path) && textOf(join(folder, path)) !== '')
  const kubernetes = yaml.filter(path => /^apiVersion:/m.test(textOf(join(folder, path))))
  const manifests = kubernetes.length < 5 ? yaml : kubernetes
  const commits = [commit('The checkout')]
  for (let run = 0; run < PUSHES; run++) {
    const from = Math.floor((run * manifests.length) / PUSHES)
    const five = Array.from({ length: 5 }, (_, i) => manifests[(from + i) % manifests.length] ?? '')
    for (const path of new Set(five)) writeFileSync(join(folder, path), `${textOf(join(folder, path))}\n# ${run}\n`)
    commits.push(commit(`Push ${run}`))
  }
  const mirror = `${folder}.git`
  execFileSync('git', ['clone', '--quiet', '--bare', folder, mirror])
  return { mirror, commits }
}

/** Symbolic links that lead nowhere are in some repositories. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Milliseconds of CPU of this process, the children that it has waited for not counted. */
function cpuOf(usage: NodeJS.CpuUsage): number {
  return (usage.user + usage.system) / 1000
}

/** The longest time, in milliseconds of CPU of this thread, in which nothing else was let in while the work ran. */
async function longestStall(work: () => Promise<unknown>): Promise<number> {
  const now = () => cpuOf(process.threadCpuUsage())
  let [last, longest, isOn] = [now(), 0, true]
  const turn = () => {
    longest = Math.max(longest, now() - last)
    last = now()
    if (isOn) setImmediate(turn)
  }
  turn()
  await work()
  await sleep(1)
  isOn = false
  return longest
}

type Push = { readonly whole: number; readonly detecting: number; readonly stall: number }

/**
 * What the server does for a push of five files, with everything before it known: asks git what has changed, reads that and finds the pins
 * again. `whole` is CPU of our process (git's own is a few ms more), `detecting` the last part of it; `stall` is of the first reading.
 */
async function push(folder: string): Promise<Push> {
  const { mirror, commits } = pushes(folder)
  const options = { cwd: mirror }
  const [first = '', ...rest] = commits
  let tree = { commit: first, ...(await readFiles(first, options, [])) }
  const stall = await longestStall(async () => {
    await inTurns(readAhead(tree, DEFAULT_POLICY))
    detect(tree, DEFAULT_POLICY)
  })
  const costs: { whole: number; detecting: number }[] = []
  for (const commit of rest) {
    const start = process.cpuUsage()
    tree = { commit, ...(await readChanges(tree, commit, options)) }
    const middle = process.cpuUsage()
    await inTurns(readAhead(tree, DEFAULT_POLICY))
    detect(tree, DEFAULT_POLICY)
    costs.push({ whole: cpuOf(process.cpuUsage(start)), detecting: cpuOf(process.cpuUsage(middle)) })
  }
  return {
    whole: median(costs.map(({ whole }) => whole)),
    detecting: median(costs.map(({ detecting }) => detecting)),
    stall,
  }
}

const MANIFEST = (i: number) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: app-${i} }\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          image: ghcr.io/acme/app-${i}:1.${i}.0\n`

/** A thousand good files, alone and with one file each of: an alias of nothing, 1 GiB, 10,000 aliases, another encoding. */
function odd(): string {
  const [clean, mixed] = ['clean', 'odd'].map(name => {
    const folder = join(scratch, name)
    mkdirSync(folder)
    for (let i = 0; i < 1000; i++) writeFileSync(join(folder, `${i}.yaml`), MANIFEST(i))
    execFileSync('git', ['init', '--quiet'], { cwd: folder })
    return folder
  }) as [string, string]
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: odd }\ndata:\n'
  writeFileSync(join(mixed, 'alias.yaml'), `${map}  a: *nothing\n`)
  writeFileSync(join(mixed, 'aliases.yaml'), `${map}  a: &a x\n  all:\n${'    - *a\n'.repeat(10_000)}`)
  writeFileSync(join(mixed, 'latin1.yaml'), Buffer.from(`${map}  a: caf\u00e9\n`, 'latin1'))
  writeFileSync(join(mixed, 'gigabyte.yaml'), '')
  truncateSync(join(mixed, 'gigabyte.yaml'), 2 ** 30)
  const scan = (folder: string) => measure([join(root, 'dist/cli.js'), 'scan', '--json'], folder).cpu
  scan(mixed)
  const pairs = Array.from({ length: RUNS * 2 + 1 }, () => [scan(clean), scan(mixed)] as const)
  const [without, withOdd] = [median(pairs.map(([a]) => a)), median(pairs.map(([, b]) => b))]
  return `one odd file each: ${seconds(withOdd)}, without: ${seconds(without)} (${(withOdd / without).toFixed(2)}x)`
}

/** An index like those of large repositories: 2,400 versions, 3 MB. */
function indexOf(versions: number): string {
  const entry = (i: number) => `  - annotations:
      artifacthub.io/changes: |
${'        - kind: changed\n          description: "version: 1.0.0 and more of what people write about a change"\n'.repeat(5)}    apiVersion: v2
    appVersion: v1.${i}.0
    created: "2026-01-02T03:04:05.678Z"
    dependencies:
    - name: common
      repository: https://charts.example.com
      version: 0.${i}.*
    description: A chart that is as long as charts are, with a description that goes on
      over two lines
    digest: ${i.toString(16).padStart(64, '0')}
    name: app
    urls:
    - https://charts.example.com/app-1.${i}.0.tgz
    version: 1.${i}.0
`
  return `apiVersion: v1\nentries:\n  app:\n${Array.from({ length: versions }, (_, i) => entry(i)).join('')}generated: "2026-01-02T03:04:05Z"\n`
}

/** What reading the versions of a large index takes, as the server does it when the index has changed. */
function index(): string {
  const body = Buffer.from(indexOf(2400))
  const costs = Array.from({ length: RUNS * 2 + 1 }, () => {
    const start = process.cpuUsage()
    const read = parseIndex(body, 'https://charts.example.com/index.yaml')
    if (!read.ok) throw new Error(read.reason)
    return cpuOf(process.cpuUsage(start))
  })
  return `index.yaml of 2,400 versions, ${(body.length / 1e6).toFixed(1)} MB: ${median(costs).toFixed(0)} ms`
}

/** The value of an option, a number. */
const number = (name: string, otherwise: number) => Number(args[args.indexOf(name) + 1] ?? otherwise) || otherwise

if (args.includes('--burst')) {
  for await (const line of benchBurst(root, scratch, number('--deliveries', 10_000), number('--seconds', 30)))
    console.log(line)
  process.exit()
}

if (args.includes('--recovery')) {
  for await (const line of benchRecovery(root, scratch, number('--kills', 30))) console.log(line)
  process.exit()
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
  'repository                               files   scan CPU   peak RSS   floor CPU   push of 5 (detect)   longest stall   Renovate CPU   ratio',
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
      `${warm.whole.toFixed(1)} (${warm.detecting.toFixed(1)}) ms`.padStart(20),
      `${warm.stall.toFixed(0)} ms`.padStart(15),
      (peer === null ? '-' : seconds(peer.cpu)).padStart(14),
      (peer === null ? '-' : `${ratio.toFixed(1)}x`).padStart(7),
    ].join(' '),
  )
}
if (ratios.length > 0) {
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
  console.log(`geometric mean of Renovate / windlass, CPU: ${mean.toFixed(1)}x`)
}
console.log(odd())
console.log(index())
for (const line of await benchUpgrades(root, join(scratch, 'upgrades'))) console.log(line)
