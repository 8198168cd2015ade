import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { RENDER_LIMITS } from '../../src/outside/helm/render.ts'
import { sha256 } from '../../src/outside/registries/chart.ts'
import { createLog } from '../../src/server/log.ts'
import type { People } from '../github-double/people.ts'
import { makeCheckout } from '../support/checkout.ts'
import { makeArchive, makeChart, type TarEntry } from '../support/make-chart.ts'
import { BEACON, LIMITS, onlyBeacon } from './fixtures.ts'
import { WINDLASS_SERVE } from './process.ts'
import { startTown, type Town } from './town.ts'

/** Long enough for an honest chart on a busy machine. */
const PATIENCE_MS = 8_000

let town: Town
const logged: string[] = []

beforeAll(async () => {
  const log = createLog('info', { write: line => void logged.push(line) })
  town = await startTown(
    ['beacon-3.2.0', 'beacon-3.2.1'],
    {},
    { log, limits: { ...RENDER_LIMITS, timeoutMs: PATIENCE_MS } },
  )
})

afterAll(async () => {
  await town?.stop()
})

afterEach(() => town.github.assertHonest())

async function push(repo: People): Promise<void> {
  const payload = town.github.pushPayload(repo, 'main', null, await repo.head('main'))
  expect((await town.github.deliver('push', payload)).status).toBe(202)
  await town.settled()
}

/** What the log says about a repository, one message a line. */
function said(repo: People): readonly string[] {
  return logged
    .map(line => JSON.parse(line) as { readonly repository?: string; readonly msg: string; readonly reason?: string })
    .filter(({ repository }) => repository === `acme/${repo.name}`)
    .map(({ msg, reason }) => (reason === undefined ? msg : `${msg}: ${reason}`))
}

/** A release of a chart that goes from 1.0.0 to 1.1.0. */
const release = (chart: string, at = '') => `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: { name: of-${chart}, namespace: flux-system }
spec: { url: https://charts.windlass-demo.example${at} }
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${chart}, namespace: ${chart} }
spec:
  chart:
    spec:
      chart: ${chart}
      version: 1.0.0
      sourceRef: { kind: HelmRepository, name: of-${chart}, namespace: flux-system }
`

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: it }\n'

const honest = (name: string, version: string) =>
  makeChart({ name, version, files: { 'templates/it.yaml': CONFIG_MAP } })

/** Publishes 1.0.0 of a chart, and as its 1.1.0 an archive that the index knows no digest of. */
async function publish(name: string, archive: Buffer): Promise<void> {
  await town.upstream.http.add(honest(name, '1.0.0'))
  await town.upstream.http.add(honest(name, '1.1.0'), { digest: null })
  town.upstream.http.tamper(name, '1.1.0', archive)
}

function chartWith(name: string, entry: TarEntry): Buffer {
  return makeArchive([{ name: `${name}/Chart.yaml`, body: `apiVersion: v2\nname: ${name}\nversion: 1.1.0\n` }, entry])
}

/** Nine levels of nine references each: 387 million values. */
const BOMB = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: bomb }\ndata:',
  '  a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(
    n =>
      `  a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
  ),
  '',
].join('\n')

const LOOP = '{{ range until 9999 }}{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}{{ end }}'

describe('one repository with everything that can be wrong, beside one good release', () => {
  let repo: People
  const swapped = honest('swapped', '1.1.0')
  const other = makeChart({
    name: 'swapped',
    version: '1.1.0',
    files: { 'templates/it.yaml': `${CONFIG_MAP}data: { evil: "yes" }\n` },
  })
  const pull = (chart: string) => repo.pulls().find(({ head }) => head === `windlass/dev/${chart}`)

  beforeAll(async () => {
    await publish('dots', chartWith('dots', { name: 'dots/../../../etc/cron.d/dots', body: 'x' }))
    await publish('linked', chartWith('linked', { name: 'linked/values.yaml', type: '2', linkname: '/etc/passwd' }))
    await publish('hanging', makeChart({ name: 'hanging', version: '1.1.0', files: { 'templates/it.yaml': LOOP } }))
    await town.upstream.http.add(honest('swapped', '1.0.0'))
    await town.upstream.http.add(swapped)
    town.upstream.http.tamper('swapped', '1.1.0', other)
    town.upstream.http.answer('/broken/index.yaml', (_, response) => void response.writeHead(500).end('a stack trace'))
    await publish('flaky', honest('flaky', '1.1.0'))
    const answers503 = (_: unknown, response: ServerResponse) => void response.writeHead(503).end()
    town.upstream.http.answer('/charts/flaky-1.1.0.tgz', answers503)
    const at = (name: string) => `clusters/dev/${name}.yaml`
    repo = await town.github.repo(
      'acme',
      'bad-input',
      new Map<string, string | Uint8Array>([
        ['.github/windlass.yaml', LIMITS],
        [at('beacon'), BEACON],
        [
          at('broken'),
          'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: [broken\nspec: {}\n',
        ],
        [at('bomb'), BOMB],
        [at('latin1'), Buffer.from('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "caf\u00e9" }\n', 'latin1')],
        ...['dots', 'linked', 'hanging', 'swapped', 'flaky'].map((name): [string, string] => [at(name), release(name)]),
        [at('down'), release('down', '/broken')],
      ]),
    )
    await push(repo)
  })

  test('the good one gets its pull request', () => {
    expect(pull('beacon')).toMatchObject({ title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in dev', state: 'open' })
    expect(pull('beacon')?.labels).toContain('risk/low')
  })

  test.each([
    ['broken YAML', /^clusters\/dev\/broken\.yaml:5 not valid YAML: /],
    ['an alias bomb', /^clusters\/dev\/bomb\.yaml:1 not read: its aliases come to \d+ values, more than 100000$/],
    ['a file that is not UTF-8', /^clusters\/dev\/latin1\.yaml:3 is not UTF-8 text: not read$/],
    ['a registry that answers 500', /^down in dev: .*\/broken\/index\.yaml answered 500$/],
    ['an archive that cannot be had now', /^flaky in dev: .*\/charts\/flaky-1\.1\.0\.tgz answered 503$/],
  ])('%s is a problem of the pass, with its place', (_, line) => {
    expect(said(repo).filter(text => line.test(text))).toHaveLength(1)
  })

  test.each([
    ['an archive with a parent segment', 'dots', ['dots/../../../etc/cron.d/dots', 'leads out of the archive']],
    ['an archive with a symbolic link', 'linked', ['linked/values.yaml', 'is a symbolic link']],
    ['a chart that renders for ever', 'hanging', ['does not render', 'was stopped after 8 s']],
    ['an archive that is not what the index says', 'swapped', [sha256(swapped), sha256(other), 'refused']],
  ])('%s is a finding of its pull request, which is not called safe', (_, chart, words) => {
    const { body = '', labels = [] } = pull(chart) ?? {}
    for (const word of words) expect(body).toContain(word)
    expect(labels.filter(label => /^risk\/(high|critical)$/.test(label))).toHaveLength(1)
  })

  test('a second pass says the same and writes nothing', async () => {
    const writes = () =>
      town.github.log.filter(
        entry =>
          entry.kind === 'request' &&
          ['POST', 'PATCH', 'PUT', 'DELETE'].includes(entry.method) &&
          entry.path.includes(`/repos/acme/${repo.name}/`),
      )
    const before = writes().length
    await push(repo)
    expect(writes().slice(before)).toEqual([])
    expect(repo.pulls()).toHaveLength(5)
  })
})

describe('a policy with keys that nobody knows', () => {
  const POLICY =
    'prHourlyLimit: 2\nminimumReleaseAgee: 3 days\nrules:\n  - matchComponents: [beacon]\n    enabeld: false\n'
  let repo: People

  beforeAll(async () => {
    repo = await town.github.repo('acme', 'bad-policy', onlyBeacon())
    await push(repo)
    await repo.commit('main', new Map([['.github/windlass.yaml', POLICY]]), { author: 'ada', message: 'Policy' })
    await town.upstream.publishAs('beacon-3.2.1', '3.2.2')
    await push(repo)
  })

  test('is not applied: what is open stays as it is', () => {
    expect(repo.pulls().map(({ title, state }) => ({ title, state }))).toEqual([
      { title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.1 in dev', state: 'open' },
    ])
  })

  test('is said at the commit that brought it, with line, column and what was meant', async () => {
    const [check, ...more] = repo.checks((await repo.head('main')) ?? '')
    expect(more).toEqual([])
    expect(check).toMatchObject({ name: 'windlass', status: 'completed', conclusion: 'failure' })
    expect(check?.output.title).toMatch(/^The policy cannot be read: \d errors$/)
    expect(check?.output.summary).toContain('`.github/windlass.yaml:2:1`')
    expect(check?.output.summary).toContain('`minimumReleaseAge`')
    expect(check?.output.summary).toContain('`.github/windlass.yaml:5:5`')
    expect(check?.output.summary).toContain('`enabled`')
  })

  test('is said once, and in the log', async () => {
    const [before] = repo.checks((await repo.head('main')) ?? '')
    const text = JSON.stringify(before)
    await push(repo)
    const after = repo.checks((await repo.head('main')) ?? '')
    expect(after.map(check => JSON.stringify(check))).toEqual([text])
    expect(said(repo).at(-1)).toMatch(
      /^stopped until something changes: \.github\/windlass\.yaml:2:1 .*minimumReleaseAge/,
    )
  })

  test('once mended, the work goes on', async () => {
    await repo.commit('main', new Map([['.github/windlass.yaml', LIMITS]]), { author: 'ada', message: 'Mend' })
    await push(repo)
    expect(repo.pulls()).toMatchObject([{ title: 'fix(beacon): upgrade beacon 3.2.0 → 3.2.2 in dev', state: 'open' }])
    expect(repo.checks((await repo.head('main')) ?? '')).toEqual([])
  })

  test('`windlass plan` says the same and ends with 2', async () => {
    const checkout = makeCheckout({ ...Object.fromEntries(onlyBeacon()), '.github/windlass.yaml': POLICY })
    const data = await mkdtemp(join(tmpdir(), 'windlass-plan-'))
    try {
      const [cli = ''] = WINDLASS_SERVE
      const env = { PATH: process.env.PATH, WINDLASS_DATA: data }
      const ended = await promisify(execFile)(process.execPath, [cli, 'plan', checkout.root], { env }).catch(
        error => error,
      )
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toMatch(/\.github\/windlass\.yaml:2:1 .*minimumReleaseAgee.*minimumReleaseAge/)
    } finally {
      checkout.remove()
      await rm(data, { recursive: true, force: true })
    }
  })
})

describe('a reviewer whom GitHub does not take', () => {
  let repo: People

  beforeAll(async () => {
    const policy = 'reviewers: [ada, nobody-here]\n'
    repo = await town.github.repo('acme', 'bad-reviewer', new Map([...onlyBeacon(), ['.github/windlass.yaml', policy]]))
    repo.setPermission('ada', 'write')
    await push(repo)
  })

  test('is said once, and the pull request is finished all the same', async () => {
    await push(repo)
    const [pull, ...more] = repo.pulls()
    expect(more).toEqual([])
    expect(pull?.labels).toContain('risk/low')
    expect(repo.checks(pull?.headSha ?? '')).toHaveLength(1)
    const [comment, ...others] = repo.comments(pull?.number ?? 0)
    expect(others).toEqual([])
    expect(comment?.body).toContain('GitHub refuses the reviewers that the policy names (`ada`, `nobody-here`)')
  })
})
