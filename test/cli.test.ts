import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createProgress } from '../src/cli/progress.ts'
import { type Checkout, makeCheckout, makeFolder } from './support/checkout.ts'
import { schemaErrors } from './support/schemas.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DEMO = join(ROOT, 'manifests-fixtures', 'repos', 'demo')

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs `windlass` in a process of its own with a bare environment; `cwd` is where a person would stand. */
function windlass(args: readonly string[], options: { cwd?: string; env?: Readonly<Record<string, string>> } = {}) {
  return new Promise<Ended>((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: cache.root, ...options.env }
    const child = spawn(process.execPath, [join(ROOT, 'src', 'cli.ts'), ...args], { cwd: options.cwd ?? ROOT, env })
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.stderr.on('data', chunk => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, out, err }))
  })
}

const cache = makeFolder()
const made: Checkout[] = []
afterAll(() => cache.remove())
afterEach(() => {
  for (const one of made.splice(0)) one.remove()
})

function folder(files: Readonly<Record<string, string | Uint8Array>>): Checkout {
  const one = makeFolder(files)
  made.push(one)
  return one
}

/** The demo repository as a checkout of its own, with these files on top. */
function demo(files: Readonly<Record<string, string>> = {}): Checkout {
  const one = makeFolder()
  made.push(one)
  cpSync(DEMO, one.root, { recursive: true })
  for (const [path, text] of Object.entries(files)) one.write(path, text)
  one.git('init', '--quiet', '--initial-branch=main')
  one.commit('The cluster as it is')
  return one
}

describe('the command line', () => {
  test('helps, with examples and exit codes', async () => {
    const { code, out } = await windlass(['--help'])
    expect(code).toBe(0)
    for (const word of [
      'scan',
      'plan',
      'upgrade',
      'bump',
      'compare',
      'config',
      'serve',
      'Exit codes: 0 done, 1 a finding',
    ])
      expect(out).toContain(word)
  })

  test('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(await windlass(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  test.each([
    [['scn'], "unknown command 'scn'\n(Did you mean scan?)"],
    [['scan', '--jsn'], "unknown option '--jsn'\n(Did you mean --json?)"],
    [['scan', 'no/such/folder'], 'no/such/folder: there is no such folder'],
    [['plan', '--fail-on', 'terrible'], 'Allowed choices are low, medium, high, critical'],
    [['plan', '--to', '1.0.0'], '--to is a version of one component: say which with --component'],
    [['upgrade', DEMO], 'upgrade: say either --write or --branch'],
    [['upgrade', DEMO, '--write', '--branch'], 'upgrade: say either --write or --branch'],
    [['bump', '--dependency', 'a', '--from', '1'], "required option '--to <version>' not specified"],
    [['bump', '--dependency', 'a', '--from', '1', '--to', '2', '--digest', 'x=y'], '--digest x=y: write OLD=NEW'],
  ])('answers %j with 2 and a hint on stderr', async (args, hint) => {
    const { code, out, err } = await windlass(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(hint)
    expect(err).not.toMatch(/^\s+at /m)
  })

  test('names a variable that is misspelt, and does not start', async () => {
    const { code, err } = await windlass(['plan', DEMO], { env: { WINDLASS_DATE: '/tmp' } })
    expect(code).toBe(2)
    expect(err).toContain('WINDLASS_DATE: unknown variable; write did you mean WINDLASS_DATA?')
  })
})

const UPGRADES = join(ROOT, 'manifests-fixtures', 'upgrades')

describe('compare', () => {
  test('says the risk and why, and follows its schema', async () => {
    const { code, out } = await windlass(['compare', join(UPGRADES, 'crd-removed-in-use'), '--json'])
    expect(code).toBe(0)
    const document = JSON.parse(out)
    expect(schemaErrors('compare', document)).toEqual([])
    expect(document).toMatchObject({ risk: 'critical', floor: 'critical', problems: [] })
    expect(document.resources).toMatchObject([{ status: 'broken', why: [{ kind: 'crd-removed' }] }])
    const text = await windlass(['compare', join(UPGRADES, 'crd-removed-in-use')])
    expect(text.out).toMatch(/^Risk: critical\n\ncritical {3}resource-broken {3}/)
  })

  test('--fail-on answers 1 at that risk, and 0 below', async () => {
    const asked = (limit: string) => windlass(['compare', join(UPGRADES, 'value-removed'), '--fail-on', limit])
    expect([(await asked('high')).code, (await asked('critical')).code]).toEqual([1, 0])
  })

  test('what cannot be read is named with file and line, and the rest is compared', async () => {
    const crd = (versions: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: kilns.fire.example.com }\nspec:\n  group: fire.example.com\n  names: { kind: Kiln }\n  scope: Namespaced\n  versions: [${versions}]\n`
    const { root } = folder({
      'crds-before/kiln.yaml': crd('{ name: v1, served: true, storage: true }'),
      'crds-before/odd.yaml': 'spec: 1\n',
      'crs/odd.yaml': 'apiVersion: v1\nkind: Kiln\nspec: *nowhere\n',
      'user-values.yaml': '- a list\n',
      'values-after.yaml': Buffer.from([0xff, 0xfe]),
      'values.schema.json': '{',
    })
    const { code, out } = await windlass(['compare', root, '--json'])
    expect(code).toBe(3)
    const document = JSON.parse(out)
    expect(schemaErrors('compare', document)).toEqual([])
    expect(document.problems.map(({ file, line }: { file: string; line: number }) => `${file}:${line}`)).toEqual([
      'crds-before/odd.yaml:1',
      'crs/odd.yaml:3',
      'values-after.yaml:null',
      'values.schema.json:null',
    ])
    expect(document.facts).toContainEqual(expect.objectContaining({ kind: 'crd-removed' }))
    expect(document.facts).toContainEqual({ kind: 'not-rendered', reason: expect.stringContaining('not a map') })
  })
})

describe('scan', () => {
  test('lists every pin by environment, with its place', async () => {
    const { code, out, err } = await windlass(['scan', DEMO])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const rows = out.split('\n')
    expect(rows[0]).toMatch(/^component +environment +version +kind +source +place$/)
    expect(rows[1]?.split(/ {2,}/)).toEqual([
      'agentflow-operator',
      'dev',
      '0.4.0',
      'flux-helmrelease',
      'https://charts.windlass-demo.example',
      'clusters/dev/infrastructure/agentflow/release.yaml:17:16',
    ])
    expect(out).toContain('\n9 pins in 9 files\n')
  })

  test('prints one JSON document that keeps its schema', async () => {
    const { code, out } = await windlass(['scan', DEMO, '--json'])
    const document = JSON.parse(out)
    expect(code).toBe(0)
    expect(schemaErrors('scan', document)).toEqual([])
    expect(document.pins).toHaveLength(9)
  })

  test('names broken YAML beside good files, and shows no control characters of either', async () => {
    const { root } = folder({
      'bad.yaml': 'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: [1\nb: x\n',
      'Chart.yaml':
        'apiVersion: v2\nname: x\nversion: 1.0.0\ndependencies:\n  - { name: "a\\x9b31m\\e[31m", version: 1.0.0, repository: "https://charts.example.com" }\n',
    })
    const text = await windlass(['scan', root])
    expect(text.code).toBe(0)
    expect(text.out).toMatch(/Left out:\n {2}bad\.yaml:\d+ not valid YAML/)
    expect(text.out).not.toMatch(/(?!\n)\p{Cc}/u)
    const json = await windlass(['scan', root, '--json'])
    expect(json.out).not.toMatch(/(?!\n)\p{Cc}/u)
    expect(JSON.parse(json.out).skipped).toHaveLength(1)
  })

  test('a policy that cannot be read stops everything, with the place and what was meant', async () => {
    const { root } = folder({ '.github/windlass.yaml': 'prHourlyLimit: 2\nignorePath: [a]\n' })
    const { code, out, err } = await windlass(['scan', root])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^\.github\/windlass\.yaml:2:1 .*ignorePath.*ignorePaths/)
  })
})

describe('bump', () => {
  const BEFORE =
    '\uFEFFapiVersion: v2\r\nname: x\r\nversion: 0.1.0\r\ndependencies:\r\n- {name: beacon, version: \'3.2.0\', repository: "https://charts.example.com"} # keep\r\n'

  test('writes exactly the bytes of the version', async () => {
    const { root } = folder({ 'a/Chart.yaml': BEFORE, 'b/Chart.yaml': BEFORE })
    const args = [
      'bump',
      root,
      '--dependency',
      'beacon',
      '--from',
      '3.2.0',
      '--to',
      '3.2.1',
      '--file',
      './a/Chart.yaml',
    ]
    const dry = await windlass(args)
    expect(dry).toEqual({ code: 0, out: 'a/Chart.yaml:5:28 3.2.0 → 3.2.1\n', err: '' })
    expect(readFileSync(join(root, 'a/Chart.yaml'), 'utf8')).toBe(BEFORE)
    const written = await windlass([...args, '--write', '--json'])
    expect(JSON.parse(written.out)).toEqual({
      edits: [{ file: 'a/Chart.yaml', line: 5, column: 28, from: '3.2.0', to: '3.2.1', why: 'asked' }],
      written: true,
    })
    expect(readFileSync(join(root, 'a/Chart.yaml'), 'utf8')).toBe(BEFORE.replace('3.2.0', '3.2.1'))
    expect(readFileSync(join(root, 'b/Chart.yaml'), 'utf8')).toBe(BEFORE)
  })

  test('says what moves along, and why', async () => {
    const { root } = folder({
      'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: 1.2.3\n',
      'web/values.yaml': 'image: team/web:v1.2.3\n',
    })
    const args = ['bump', root, '--dependency', 'team/web', '--from', 'v1.2.3', '--to', 'v1.3.0']
    expect(await windlass(args)).toEqual({
      code: 0,
      out: 'web/values.yaml:1:17 v1.2.3 → v1.3.0\nweb/Chart.yaml:4:13 1.2.3 → 1.3.0\nweb/Chart.yaml:3:10 0.1.0 → 0.2.0\n',
      err:
        'web/Chart.yaml:4:13 moves along: a chart with other content says so in its Chart.yaml\n' +
        'web/Chart.yaml:3:10 moves along: a chart with other content says so in its Chart.yaml\n',
    })
    const json = JSON.parse((await windlass([...args, '--json'])).out) as { edits: { why: string }[] }
    expect(json.edits.map(({ why }) => why)).toEqual(['asked', 'own-chart', 'own-chart'])
    expect((await windlass([...args, '--file', 'web/values.yaml'])).out).toBe('web/values.yaml:1:17 v1.2.3 → v1.3.0\n')
  })

  test('says when the dependency stands nowhere', async () => {
    const { code, err } = await windlass(['bump', DEMO, '--dependency', 'beacon', '--from', '9.9.9', '--to', '1.0.0'])
    expect(code).toBe(3)
    expect(err).toContain('beacon at 9.9.9 stands nowhere here')
  })

  test('refuses to write what is no version', async () => {
    const { root } = folder({ 'Chart.yaml': BEFORE })
    const { code, err } = await windlass([
      'bump',
      root,
      '--dependency',
      'beacon',
      '--from',
      '3.2.0',
      '--to',
      "1'}\nx: y",
      '--write',
    ])
    expect(code).toBe(2)
    expect(err).toContain('is not a version that can be written')
    expect(readFileSync(join(root, 'Chart.yaml'), 'utf8')).toBe(BEFORE)
  })
})

describe('config', () => {
  test('validate takes a good file, and finds it by itself', async () => {
    expect(await windlass(['config', 'validate'], { cwd: DEMO })).toEqual({
      code: 0,
      out: '.github/windlass.yaml is valid\n',
      err: '',
    })
  })

  test('validate refuses a bad one with every place and what to write instead', async () => {
    const { root } = folder({ 'windlass.yaml': 'prHourlyLimt: 2\nrules:\n  - match: { component: 3 }\n' })
    const { code, out, err } = await windlass(['config', 'validate', 'windlass.yaml'], { cwd: root })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^windlass\.yaml:1:1 .*prHourlyLimt.*prHourlyLimit/m)
    expect(err).toMatch(/^windlass\.yaml:3:\d+ /m)
  })

  test('validate says which file it looked for', async () => {
    const { root } = folder({})
    expect(await windlass(['config', 'validate'], { cwd: root })).toMatchObject({ code: 2 })
    expect((await windlass(['config', 'validate', 'x.yaml'], { cwd: root })).err).toContain('there is no such file')
  })

  test('schema prints the schema that is published', async () => {
    const { code, out } = await windlass(['config', 'schema'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(join(ROOT, 'schemas', 'windlass.schema.json'), 'utf8')))
  })
})

describe('progress', () => {
  test('a live line is cut to the terminal and carries no control characters of strangers', () => {
    vi.stubEnv('CI', undefined)
    const written: string[] = []
    const write = (text: unknown) => written.push(String(text)) > 0
    createProgress({ isTTY: true, columns: 20, write } as never).line(`dev/a\u001b]0;owned\u0007${'x'.repeat(50)}`)
    createProgress({ isTTY: false, write } as never).line('a\u001b[2J\nb')
    vi.unstubAllEnvs()
    expect(written).toEqual([`\r\u001b[K${'dev/a]0;ownedxxxxxx'}`, 'a[2J b\n'])
  })
})

describe('with registries', () => {
  let upstream: Upstream
  let env: Readonly<Record<string, string>>
  beforeAll(async () => {
    upstream = await startUpstream([
      'agentflow-operator-0.4.0',
      'agentflow-operator-0.5.0',
      'beacon-3.2.0',
      'beacon-3.2.1',
      'vaultsync-1.8.2',
      'vaultsync-2.0.0',
    ])
    await upstream.writeMirrors(join(cache.root, 'mirrors.yaml'))
    env = { WINDLASS_REGISTRY_MIRRORS: join(cache.root, 'mirrors.yaml'), WINDLASS_DATA: join(cache.root, 'data') }
  })
  afterAll(() => upstream.stop())

  describe('plan', () => {
    test('prints one JSON document with the critical upgrade, and progress on stderr alone', async () => {
      const { root, git } = demo()
      const { code, out, err } = await windlass(['plan', root, '--component', 'vaultsync', '--json'], { env })
      expect(code).toBe(0)
      expect(err).toContain('windlass/dev/vaultsync: rendering 1.8.2 and 2.0.0\n')
      const document = JSON.parse(out)
      expect(schemaErrors('plan', document)).toEqual([])
      expect(document.commit).toBe(git('rev-parse', 'HEAD').trim())
      const [dev, ...others] = document.upgrades
      expect(dev).toMatchObject({
        environment: 'dev',
        from: '1.8.2',
        to: '2.0.0',
        risk: 'critical',
        resources: [
          { file: 'argocd/dev/policies/team-a.yaml', doc: 0, status: 'broken' },
          { file: 'argocd/dev/policies/team-a.yaml', doc: 1, status: 'valid' },
        ],
        values: [
          {
            key: 'controller.syncPeriod',
            status: 'renamed',
            to: 'controller.resyncPeriod',
            file: 'argocd/dev/vaultsync.yaml',
            line: 18,
          },
        ],
        edits: [{ file: 'argocd/dev/vaultsync.yaml', line: 14, from: '1.8.2', to: '2.0.0' }],
      })
      expect(
        others.map(({ environment, held }: { environment: string; held: object }) => [environment, held !== null]),
      ).toEqual([
        ['prod', true],
        ['staging', true],
      ])
      expect(git('status', '--porcelain')).toBe('')
    })

    test('for people is a table, gravest first, and --fail-on decides the exit code', async () => {
      const { root } = demo()
      const critical = await windlass(['plan', root, '--fail-on', 'critical'], { env })
      expect(critical.code).toBe(1)
      const [head, first] = critical.out.split('\n')
      expect(head).toMatch(/^component +environment +now +next +risk +because$/)
      expect(first).toMatch(/ critical +\d resources? of yours stops? working with this version$/)
      expect(critical.out).toMatch(/beacon +dev +3\.2\.0 +3\.2\.1 +low +nothing you use changes/)
      expect(critical.out).toContain('\n1 up to date\n')
      const quiet = await windlass(['plan', root, '--component', 'beacon', '--fail-on', 'medium'], { env })
      expect(quiet.code).toBe(0)
    })

    test.each([
      [['--component', 'vaultsnyc'], 'no pin of a component `vaultsnyc` here. Did you mean `vaultsync`?'],
      [['--component', 'zzz'], 'There are: agentflow-operator, beacon, vaultsync'],
      [
        ['--component', 'vaultsync', '--to', '9.9.9'],
        'no upgrade of vaultsync to 9.9.9: it must exist, be newer than what stands here (1.8.2), and be allowed by the policy',
      ],
      [['--component', 'beacon', '--to', '3.1.0'], 'no upgrade of beacon to 3.1.0: it must exist, be newer than'],
    ])('%j is wrong usage', async (args, says) => {
      const { code, out, err } = await windlass(['plan', DEMO, ...args], { env })
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toContain(says)
    })

    test('a registry that does not answer is a problem of its components; the others go on, and the exit code says so', async () => {
      const down = await startUpstream(['beacon-3.2.0', 'beacon-3.2.1'])
      const mirrors = join(cache.root, 'down.yaml')
      await down.writeMirrors(mirrors)
      await down.http.stop()
      try {
        const { code, out } = await windlass(['plan', DEMO, '--json'], {
          env: { ...env, WINDLASS_REGISTRY_MIRRORS: mirrors, WINDLASS_DATA: join(cache.root, 'other') },
        })
        const document = JSON.parse(out)
        expect(code).toBe(3)
        expect(schemaErrors('plan', document)).toEqual([])
        expect(document.upgrades[0]).toMatchObject({ component: 'beacon', environment: 'dev', risk: 'low', held: null })
        expect(document.problems).toHaveLength(6)
        expect(document.problems[0].reason).toMatch(/^(?:vaultsync|agentflow-operator) in (?:dev|staging|prod): /)
      } finally {
        await down.oci.stop()
      }
    })
  })

  describe('upgrade', () => {
    test('--branch commits HEAD with the edit, writes the bodies beside it, and a second run changes nothing', async () => {
      const { root, git, write } = demo()
      const out = join(cache.root, 'bodies')
      write(
        'argocd/dev/vaultsync.yaml',
        `${readFileSync(join(root, 'argocd/dev/vaultsync.yaml'), 'utf8')}# not committed\n`,
      )
      const dirty = git('status', '--porcelain')
      const args = ['upgrade', root, '--branch', '--out', out]
      const first = await windlass(args, { env })
      expect(first.code).toBe(0)
      expect(git('status', '--porcelain')).toBe(dirty)
      const branches = git('branch', '--list', 'windlass/*', '--format=%(refname:short) %(objectname)')
      expect(branches.match(/^\S+/gm)).toEqual([
        'windlass/dev/agentflow-operator',
        'windlass/dev/beacon',
        'windlass/dev/vaultsync',
      ])
      expect(git('diff', '--unified=0', 'main', 'windlass/dev/vaultsync').split('\n')).toEqual([
        'diff --git a/argocd/dev/vaultsync.yaml b/argocd/dev/vaultsync.yaml',
        expect.stringMatching(/^index /),
        '--- a/argocd/dev/vaultsync.yaml',
        '+++ b/argocd/dev/vaultsync.yaml',
        '@@ -14 +14 @@ spec:',
        '-    targetRevision: 1.8.2',
        '+    targetRevision: 2.0.0',
        '@@ -18 +18 @@ spec:',
        '-          syncPeriod: 1m   # people want to see their secrets at once',
        '+          resyncPeriod: 1m   # people want to see their secrets at once',
        '',
      ])
      expect(readdirSync(out).sort()).toEqual(['dev--agentflow-operator.md', 'dev--beacon.md', 'dev--vaultsync.md'])
      const body = readFileSync(join(out, 'dev--vaultsync.md'), 'utf8')
      expect(body).toMatch(
        /^# feat\(vaultsync\)!: upgrade vaultsync 1\.8\.2 → 2\.0\.0 in dev\n\n## Critical: 1 resource of yours stops working/,
      )
      expect(body).toContain(
        '| SyncPolicy/database | `argocd/dev/policies/team-a.yaml:2` | **breaks**: `vaultsync.example.com/v1alpha1` is removed',
      )
      expect(body).toContain(
        '| `controller.syncPeriod` | `argocd/dev/vaultsync.yaml:18` | renamed to `controller.resyncPeriod`',
      )

      const second = await windlass(args, { env })
      expect(second.code).toBe(0)
      expect(git('branch', '--list', 'windlass/*', '--format=%(refname:short) %(objectname)')).toBe(branches)
    })

    test('--branch leaves a branch with a commit of a person, does the others, and exits with 3', async () => {
      const { root, git, write, commit } = demo()
      git('checkout', '--quiet', '-b', 'windlass/dev/beacon')
      write('mine.yaml', 'a: 1\n')
      const mine = commit('Mine')
      git('checkout', '--quiet', 'main')
      const { code, err } = await windlass(['upgrade', root, '--branch', '--out', join(cache.root, 'refused')], { env })
      expect(code).toBe(3)
      expect(err).toContain('committing windlass/dev/beacon: its last commit is by ada@example.com')
      expect(git('rev-parse', 'windlass/dev/beacon').trim()).toBe(mine)
      expect(git('branch', '--list', 'windlass/*').trim().split('\n')).toHaveLength(3)
      expect(existsSync(join(cache.root, 'refused', 'dev--beacon.md'))).toBe(false)
    })

    test('--branch outside of a git checkout says what to do instead', async () => {
      const { root } = folder({})
      const { code, err } = await windlass(['upgrade', root, '--branch'], { env })
      expect(code).toBe(2)
      expect(err).toContain('is no git checkout with a commit; use --write')
    })

    test('--write makes two edits of one file, and nothing else', async () => {
      const chart = [
        'apiVersion: v2',
        'name: platform',
        'version: 0.1.0',
        'dependencies:',
        '  - { name: beacon, version: 3.2.0, repository: "https://charts.windlass-demo.example" }',
        '  - { name: vaultsync, version: 1.8.2, repository: "https://charts.windlass-demo.example" }',
        '',
      ].join('\n')
      const one = makeCheckout({ 'platform/Chart.yaml': chart })
      made.push(one)
      const { root, git } = one
      const { code } = await windlass(['upgrade', root, '--write', '--out', join(cache.root, 'written')], { env })
      expect(code).toBe(0)
      expect(readFileSync(join(root, 'platform/Chart.yaml'), 'utf8')).toBe(
        chart.replace('3.2.0', '3.2.1').replace('1.8.2', '2.0.0'),
      )
      expect(git('status', '--porcelain').trim()).toBe('M platform/Chart.yaml')
    })
  })
})
