import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Chart, Install, Looked, ValueMap, ValuesLayer } from '../src/model.ts'
import { createKept } from '../src/outside/helm/kept.ts'
import { createRenderer, RENDER_LIMITS, type RendererSettings } from '../src/outside/helm/render.ts'
import { createSemaphore } from '../src/outside/helm/semaphore.ts'
import { findHelm, type Tool } from '../src/outside/helm/tools.ts'
import { readChart } from '../src/outside/registries/chart.ts'
import { aChart } from './support/plans.ts'

let dir = ''
let helm: Tool = { path: '', version: '', origin: 'env' }
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'render-test-'))
  const found = await findHelm(process.env)
  if (!found.ok) throw new Error(found.reason)
  helm = found.value
}, 60_000)
afterAll(() => rm(dir, { recursive: true, force: true }))

const unreachable = async (url: string): Promise<Looked<string>> => ({
  ok: false,
  reason: `${url}: no route to host`,
  retry: true,
})

function renderer(settings: Partial<RendererSettings> = {}) {
  return createRenderer({
    helm,
    fetchSchema: unreachable,
    scratch: join(dir, 'scratch'),
    limits: RENDER_LIMITS,
    ...settings,
  })
}

const CHART_YAML = 'apiVersion: v2\nname: demo\nversion: 1.2.3\n'

function chart(files: Record<string, string>): Chart {
  return aChart({ files: new Map(Object.entries({ 'Chart.yaml': CHART_YAML, ...files })) })
}

function install(...values: ValuesLayer[]): Install {
  return { engine: 'flux', name: 'web', namespace: 'prod', values, crds: 'applied', file: 'web.yaml', line: 1 }
}

const values = (tree: ValueMap): ValuesLayer => ({ kind: 'values', file: 'web.yaml', tree, lines: new Map() })

function configMap(data: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: it\ndata:\n${data.replace(/^/gm, '  ')}\n`
}

/** The data of the one ConfigMap that a chart renders, or the reason why there is none. */
async function dataOf(data: string, ...layers: ValuesLayer[]): Promise<unknown> {
  const render = await renderer().render(chart({ 'templates/it.yaml': configMap(data) }), install(...layers), null)
  return render.ok ? render.objects[0]?.data : render.reason
}

describe('rendering', () => {
  test('the layers of the user and the defaults of the chart meet in the templates', async () => {
    const files = {
      'values.yaml': 'image: {repository: nginx, tag: "1"}\nkept: default\ngone: default\n',
      'templates/it.yaml': configMap(
        'image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\nkept: {{ .Values.kept }}\ngone: {{ hasKey .Values "gone" | quote }}\nhosts: {{ .Values.hosts | join "," }}',
      ),
    }
    const layers: ValuesLayer[] = [
      values({ image: { tag: '2' }, hosts: ['a', 'b'], gone: null }),
      values({ image: { tag: '3' } }),
      { kind: 'parameter', file: 'web.yaml', line: 9, key: 'hosts[1]', value: 'c,d', asString: false },
    ]
    const render = await renderer().render(chart(files), install(...layers), null)
    expect(render.ok && render.objects[0]?.data).toEqual({
      image: 'nginx:3',
      kept: 'default',
      gone: 'false',
      hosts: 'a,c,d',
    })
  })

  test('release, namespace and Kubernetes version reach the templates', async () => {
    const template = configMap('it: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion }}')
    const demo = chart({ 'templates/it.yaml': template })
    const data = async (kube: string | null) => {
      const render = await renderer().render(demo, install(), kube)
      return render.ok ? render.objects[0]?.data : render.reason
    }
    expect(await data('1.31.2')).toEqual({ it: 'web prod v1.31.2' })
    expect(await data(null)).toEqual({ it: 'web prod v1.36.0' })
  })

  test('hooks and tests are kept, crds/ is not, lists are taken apart, comments alone are nothing', async () => {
    const hook =
      'apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: migrate-\n  annotations: {"helm.sh/hook": pre-install}\n'
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: one}}\n- {apiVersion: v1, kind: Secret, metadata: {name: two}}\n'
    const crd =
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.example.com}\n'
    const files = {
      'templates/hook.yaml': hook,
      'templates/list.yaml': list,
      'templates/nothing.yaml': '# only a comment\n',
      'crds/a.yaml': crd,
    }
    const render = await renderer().render(chart(files), install(), null)
    expect(render.ok && render.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
      'Job migrate-',
      'Secret one',
      'Secret two',
    ])
  })

  test('a packaged chart with a packed subchart renders, and its .helmignore hides nothing', async () => {
    const pack = async (name: string, files: Record<string, string | Buffer>): Promise<Buffer> => {
      const root = await mkdtemp(join(dir, 'pack-'))
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(root, name, path)), { recursive: true })
        await writeFile(join(root, name, path), content)
      }
      return execFileSync('tar', ['-czf', '-', '-C', root, name])
    }
    const sub = await pack('sub', {
      'Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
      'templates/sub.yaml': configMap('a: {{ .Values.a | quote }}'),
      'values.schema.json': JSON.stringify({ $ref: 'https://schemas.example.com/sub.json' }),
    })
    const whole = await pack('demo', {
      'Chart.yaml': `${CHART_YAML}dependencies:\n- {name: sub, version: 0.1.0, repository: ""}\n`,
      '.helmignore': 'charts/\nit.yaml\n',
      'templates/it.yaml': configMap('b: main'),
      'charts/sub-0.1.0.tgz': sub,
    })
    const read = await readChart(whole)
    if (!read.ok) throw new Error(read.reason)
    const schemas = async (): Promise<Looked<string>> => ({
      ok: true,
      value: '{"properties": {"a": {"type": "integer"}}}',
    })
    const render = (a: string | number) =>
      renderer({ fetchSchema: schemas }).render(read.value, install(values({ sub: { a } })), null)
    expect(await render(1)).toMatchObject({ ok: true, objects: [{ data: { a: '1' } }, { data: { b: 'main' } }] })
    expect(await render('x')).toMatchObject({
      ok: false,
      reason: expect.stringContaining("at '/a': got string, want integer"),
    })
  })

  test('the scratch folder may be given relative to where we run', async () => {
    const scratch = relative(process.cwd(), join(dir, 'scratch'))
    const render = await renderer({ scratch }).render(
      chart({ 'templates/it.yaml': configMap('a: b') }),
      install(),
      null,
    )
    expect(render).toMatchObject({ ok: true, objects: [{ data: { a: 'b' } }] })
  })

  test('nothing stays in the scratch folder', async () => {
    await dataOf('a: b')
    await dataOf('a: {{ fail "no" }}')
    expect(await readdir(join(dir, 'scratch'))).toEqual([])
  })
})

describe('a render that fails says why', () => {
  test('a template that refuses, without our paths', async () => {
    expect(await dataOf('a: {{ required "image.tag is needed" .Values.tag }}')).toMatch(
      /^rendering demo 1\.2\.3: helm exited 1: execution error at \(demo\/templates\/it\.yaml:6:8\): image\.tag is needed$/,
    )
  })

  test('a template that makes broken YAML', async () => {
    const reason = await dataOf('a: [1')
    expect(reason).toContain('helm exited 1: YAML parse error on demo/templates/it.yaml')
    expect(reason).not.toContain('--debug')
  })

  test.each([
    ['apiVersion: v1\nkind: Secret\n', 'metadata.name is missing'],
    ['kind: Secret\nmetadata: {name: a}\n', 'apiVersion or kind is missing'],
    ['- just\n- a list\n', ''],
    ['apiVersion: v1\nkind: Secret\nmetadata: {name: 12}\n', 'metadata.name is missing or not text'],
    [`apiVersion: v1\nkind: Secret\nmetadata: {name: a}\na: &a [x, x]\n${bomb()}`, 'excessive aliasing'],
  ])('output that is no Kubernetes object: %s', async (template, why) => {
    const render = await renderer().render(chart({ 'templates/it.yaml': template }), install(), null)
    expect(render.ok === false && render.reason).toMatch(/^rendering demo 1\.2\.3: /)
    expect(render.ok === false && render.reason).toContain(why)
    expect(render.ok === false && render.reason).toContain('demo/templates/it.yaml')
  })

  test('a parameter that helm would refuse names its file and line', async () => {
    const layer: ValuesLayer = {
      kind: 'parameter',
      file: 'web.yaml',
      line: 9,
      key: 'a,b=c',
      value: '',
      asString: false,
    }
    expect(await dataOf('a: b', layer)).toContain('rendering demo 1.2.3: web.yaml:9: the parameter cannot be read')
  })
})

/** Each level holds the one before ten times: ten thousand million values when written out. */
function bomb(): string {
  const levels = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
  return levels
    .map(
      (name, i) =>
        `${name}: &${name} [${Array(10)
          .fill(`*${levels[i - 1] ?? 'a'}`)
          .join(', ')}]\n`,
    )
    .join('')
}

async function survivors(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter(line => line.includes(join(dir, 'scratch')))
}

describe('a hostile chart', () => {
  test('that hangs is stopped at the limit, and nothing of it survives', async () => {
    const loop = '{{ range until 9999 }}{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}{{ end }}'
    const limits = { ...RENDER_LIMITS, timeoutMs: 1000 }
    const render = await renderer({ limits }).render(chart({ 'templates/it.yaml': loop }), install(), null)
    expect(render).toEqual({ ok: false, reason: 'rendering demo 1.2.3: helm was stopped after 1 s' })
    await expect.poll(survivors).toEqual([])
  })

  test('that prints without end is cut off', async () => {
    const limits = { ...RENDER_LIMITS, maxOutput: 2 ** 20 }
    const huge = configMap('a: {{ repeat 2000000 "x" }}')
    const render = await renderer({ limits }).render(chart({ 'templates/it.yaml': huge }), install(), null)
    expect(render.ok === false && render.reason).toContain('helm was stopped because it printed more than 1 MiB')
  })

  test.runIf(process.platform === 'linux')('that eats memory is stopped by the kernel', async () => {
    const render = await renderer().render(chart({ 'templates/it.yaml': '{{ until 2000000000 }}' }), install(), null)
    expect(render.ok === false && render.reason).toContain('helm needed more than the 2048 MiB of memory it may use')
  })

  test('sees no cluster, no file outside itself, no name server and no environment', async () => {
    const asked = [
      'lookup: {{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}',
      'file: {{ .Files.Get "../../../../../../etc/passwd" | quote }}',
      'absolute: {{ .Files.Get "/etc/passwd" | quote }}',
      'values: {{ .Files.Get "../values.json" | quote }}',
      'dns: {{ getHostByName "localhost" | quote }}',
    ]
    expect(await dataOf(asked.join('\n'))).toEqual({ lookup: '{}', file: '', absolute: '', values: '', dns: '' })
    expect(await dataOf('a: {{ env "HOME" }}')).toContain('function "env" not defined')
    expect(await dataOf('a: {{ expandenv "$HOME" }}')).toContain('function "expandenv" not defined')
  })

  test('cannot write outside its folder', async () => {
    const escaping = chart({ '../escaped.yaml': 'a: b' })
    await expect(renderer().render(escaping, install(), null)).rejects.toThrow()
    expect(await readdir(join(dir, 'scratch'))).toEqual([])
  })
})

describe('what helm is started with', () => {
  async function fakeHelm(script: string): Promise<Tool> {
    const path = join(await mkdtemp(join(dir, 'fake-')), 'helm')
    await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    return { path, version: '4.2.3', origin: 'env' }
  }

  test.each([
    [{ name: '--post-renderer=./x.sh' }, 'is no release name that helm accepts'],
    [{ name: '-h' }, 'is no release name that helm accepts'],
    [{ name: 'a'.repeat(54) }, 'is no release name that helm accepts'],
    [{ name: 'web\n' }, 'is no release name that helm accepts'],
    [{ namespace: '--kubeconfig=x' }, 'is no name of a namespace'],
    [{ namespace: '' }, 'is no name of a namespace'],
  ])('%o is refused before helm starts', async (names, why) => {
    const marker = join(dir, 'started')
    const render = await renderer({ helm: await fakeHelm(`touch ${marker}`) }).render(
      chart({}),
      { ...install(), ...names },
      null,
    )
    expect(render.ok === false && render.reason).toContain(why)
    expect(await readdir(dir)).not.toContain('started')
  })

  test('a Kubernetes version that is none is refused', async () => {
    const render = await renderer().render(chart({}), install(), '--debug')
    expect(render).toEqual({ ok: false, reason: 'rendering demo 1.2.3: "--debug" is no Kubernetes version' })
  })

  test('its environment is ours alone, and no value of the user is an argument', async () => {
    process.env.WINDLASS_TEST_SECRET = 'hunter2'
    const tell = await fakeHelm('for a in "$@"; do echo "arg $a" >&2; done; /usr/bin/env | /usr/bin/sort >&2; exit 3')
    const layer: ValuesLayer = { kind: 'parameter', file: 'w', line: 1, key: 'pw', value: 's3cret', asString: true }
    const render = await renderer({ helm: tell }).render(chart({}), install(values({ a: 's3cret' }), layer), '1.31')
    delete process.env.WINDLASS_TEST_SECRET
    const told = render.ok ? '' : render.reason
    const lines = told.replace(/^.*helm exited 3: /, '').split('\n')
    expect(lines.filter(line => line.startsWith('arg '))).toEqual(
      [
        ...['template', 'web', expect.stringMatching(/chart$/), '--namespace', 'prod', '--values', 'values.json'],
        ...['--kube-version', '1.31', '--include-crds=false'],
      ].map(arg => (typeof arg === 'string' ? `arg ${arg}` : arg)),
    )
    // PWD, SHLVL and _ are made by the shell of this test's script.
    const names = lines.map(line => line.split('=')[0]).filter(name => /^[A-Z][A-Z_]*$/.test(name ?? ''))
    expect(names.filter(name => !['PWD', 'OLDPWD', 'SHLVL'].includes(name ?? ''))).toEqual(
      [
        ...['GOMAXPROCS', 'GOMEMLIMIT', 'HELM_CACHE_HOME', 'HELM_CONFIG_HOME', 'HELM_DATA_HOME', 'HELM_NO_PLUGINS'],
        ...['HELM_PLUGINS', 'HOME', 'HTTPS_PROXY', 'HTTP_PROXY', 'KUBECONFIG', 'TMPDIR', 'TZ'],
      ].sort(),
    )
    expect(told).not.toContain('s3cret')
    expect(told).not.toContain('hunter2')
    expect(told).not.toContain(dir)
  })

  test('colours and control characters of a refusal are not passed on, and it is cut', async () => {
    const loud = await fakeHelm(
      `printf 'Error: \\033[31mred\\033[0m\\007\\n' >&2; /usr/bin/yes >&2 & sleep 0.2; exit 1`,
    )
    const limits = { ...RENDER_LIMITS, maxOutput: 2 ** 30 }
    const render = await renderer({ helm: loud, limits }).render(chart({}), install(), null)
    const reason = render.ok ? '' : render.reason
    expect(reason).toMatch(/^rendering demo 1\.2\.3: helm exited 1: red\ny\n/)
    expect(reason.length).toBeLessThan(2100)
  })
})

test('a semaphore lets in as many as there are places, in order, and gives back the place of a task that failed', async () => {
  const inTurn = createSemaphore(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const task = (id: number) => () =>
    new Promise<void>((resolve, reject) => {
      begun.push(id)
      ends[id] = id === 0 ? () => reject(new Error('failed')) : resolve
    })
  const tasks = [0, 1, 2, 3].map(id => inTurn(task(id)))
  const first = expect(tasks[0]).rejects.toThrow('failed')
  await expect.poll(() => begun).toEqual([0, 1])
  ends[0]?.()
  await first
  await expect.poll(() => begun).toEqual([0, 1, 2])
  ends[2]?.()
  ends[1]?.()
  await expect.poll(() => begun).toEqual([0, 1, 2, 3])
  ends[3]?.()
  await Promise.all(tasks.slice(1))
})

describe('what was rendered before', () => {
  const random = () =>
    chart({ 'templates/it.yaml': configMap('word: {{ randAlphaNum 30 }} {{ .Release.Namespace }} {{ .Values.a }}') })

  test('is remembered by the files of the chart, the values, the names and the Kubernetes version', async () => {
    const one = renderer()
    const first = await one.render(random(), install(values({ a: 1 })), null)
    expect(await one.render(random(), install(values({ a: 0 }), values({ a: 1 })), null)).toEqual(first)
    for (const [layers, more, kube] of [
      [[values({ a: 2 })], {}, null],
      [[values({ a: 1 })], { namespace: 'test' }, null],
      [[values({ a: 1 })], { name: 'other' }, null],
      [[values({ a: 1 })], {}, '1.30.0'],
    ] as const)
      expect(await one.render(random(), { ...install(...layers), ...more }, kube)).not.toEqual(first)
  })

  test('is not shared between charts of one digest that differ in a file', async () => {
    const one = renderer()
    const [a, b] = ['a', 'b'].map(word => chart({ 'templates/it.yaml': configMap(`word: ${word}`) }))
    if (!a || !b) throw new Error('unreachable')
    const renders = [await one.render(a, install(), null), await one.render(b, install(), null)]
    expect(renders.map(render => render.ok && render.objects[0]?.data)).toEqual([{ word: 'a' }, { word: 'b' }])
  })

  test('a document that both sides print is read once', async () => {
    const one = renderer()
    const same = configMap('word: same')
    const sides = ['1', '2'].map(word =>
      chart({ 'templates/a.yaml': same, 'templates/b.yaml': `${configMap(`word: "${word}"`)}` }),
    )
    const renders = await Promise.all(sides.map(side => one.render(side, install(), null)))
    const [old, next] = renders.map(render => (render.ok ? render.objects : []))
    expect(old?.[0]).toBe(next?.[0])
    expect(old?.[1]).not.toEqual(next?.[1])
  })
})

describe('a room of so many bytes', () => {
  test('the least recently used goes first, and what is too large is not kept', () => {
    const kept = createKept<string>(10)
    kept.put('a', 'A', 4)
    kept.put('b', 'B', 4)
    expect(kept.get('a')).toBe('A')
    kept.put('c', 'C', 4)
    kept.put('d', 'D', 11)
    expect(['a', 'b', 'c', 'd'].map(key => kept.get(key))).toEqual(['A', undefined, 'C', undefined])
  })

  test('what is put in again counts once', () => {
    const kept = createKept<number>(10)
    for (let i = 0; i < 5; i++) kept.put('a', i, 6)
    kept.put('b', 1, 4)
    expect([kept.get('a'), kept.get('b')]).toEqual([4, 1])
  })
})
