import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { DEFAULT_POLICY } from '../src/config.ts'
import { detect } from '../src/detect/index.ts'
import type { Chart, Install, Pin } from '../src/model.ts'
import { createRenderer, RENDER_LIMITS } from '../src/outside/helm/render.ts'
import { findHelm, type Tool } from '../src/outside/helm/tools.ts'
import { readLocalTree } from '../src/outside/local/local-tree.ts'
import { aChart } from './support/plans.ts'

/** Whole repositories, kept beside the checkout; too large to be a part of it. */
const REPOS = join(import.meta.dirname, '../../shared/repos')
const THERE = existsSync(REPOS)
if (!THERE)
  console.warn('NOT CHECKED: no whole repositories beside this checkout, test/whole-repository.test.ts is skipped')

const scratch = mkdtempSync(join(tmpdir(), 'windlass-whole-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** A chart that shows what it was given: the release, its namespace, and every value. */
const ECHO = {
  'Chart.yaml': 'apiVersion: v2\nname: echo\nversion: 1.0.0\n',
  'values.yaml': '{}\n',
  'templates/echo.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: echo }\ndata:\n  release: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\n  values: {{ .Values | toJson | quote }}\n',
}
const echo: Chart = aChart({ name: 'echo', version: '1.0.0', files: new Map(Object.entries(ECHO)) })

let helm: Tool = { path: '', version: '', origin: 'env' }
beforeAll(async () => {
  const found = await findHelm(process.env)
  if (!found.ok) throw new Error(found.reason)
  helm = found.value
  for (const [path, text] of Object.entries(ECHO)) {
    const file = join(scratch, 'echo', path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }
}, 60_000)

const unpacked = new Map<string, string>()

function repository(name: string): string {
  const known = unpacked.get(name)
  if (known !== undefined) return known
  const folder = join(scratch, name)
  mkdirSync(folder)
  execFileSync('tar', ['-xzf', join(REPOS, `${name}.tar.gz`), '-C', folder])
  unpacked.set(name, folder)
  return folder
}

async function pinsOf(name: string): Promise<readonly Pin[]> {
  return detect(await readLocalTree(repository(name), ''), DEFAULT_POLICY).pins
}

type Echoed = { readonly release: string; readonly namespace: string; readonly values: string }
type Shown = { readonly release: string; readonly namespace: string; readonly values: unknown }

async function ours(install: Install): Promise<Shown | string> {
  const renderer = createRenderer({
    helm,
    fetchSchema: async () => ({ ok: false, reason: 'no network', retry: false }),
    scratch: join(scratch, 'render'),
    limits: RENDER_LIMITS,
  })
  const render = await renderer.render(echo, install, null)
  if (!render.ok) return render.reason
  const data = render.objects[0]?.data as Echoed
  return { ...data, values: JSON.parse(data.values) }
}

/** What a person would type, with the values of each layer cut out of its file by the path given. */
type ByHand = {
  readonly release: string
  readonly namespace: string
  readonly layers?: readonly { readonly file: string; readonly kind?: string; readonly at: readonly string[] }[]
}

function byHand(repo: string, { release, namespace, layers = [] }: ByHand): Shown {
  const files = layers.map(({ file, kind, at }, i) => {
    const documents = parseAllDocuments(readFileSync(join(repository(repo), file), 'utf8'))
    const whole = documents.find(one => kind === undefined || one.get('kind') === kind)?.toJS() as unknown
    const part = at.reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], whole)
    const cut = join(scratch, `${release}-${i}.json`)
    writeFileSync(cut, JSON.stringify(part ?? {}))
    return cut
  })
  const args = ['template', release, join(scratch, 'echo'), '--namespace', namespace]
  const all = [...args, ...files.flatMap(file => ['--values', file])]
  const [document] = parseAllDocuments(execFileSync(helm.path, all, { encoding: 'utf8' }))
  const { data } = (document?.toJS() ?? {}) as { readonly data: Echoed }
  return { ...data, values: JSON.parse(data.values) }
}

const ONEDR0P = 'onedr0p+home-ops'
const JENKINS = 'jenkins-infra+kubernetes-management'
const MMALYSKA = 'mmalyska+home-ops'
const CTERENCE = 'cterence+homelab-gitops'
const RELEASE = 'HelmRelease'
const flux = (folder: string, release: string, namespace: string) => {
  const file = `kubernetes/apps/${folder}/app/helmrelease.yaml`
  return [
    ONEDR0P,
    release,
    file,
    { release, namespace, layers: [{ file, kind: RELEASE, at: ['spec', 'values'] }] },
  ] as const
}
const umbrella = (repo: string, folder: string, chart: string, release: string, namespace: string, from: string) =>
  [repo, chart, from, { release, namespace, layers: [{ file: `${folder}/values.yaml`, at: [chart] }] }] as const

/** Repository, release or component, the file that installs it, and what a person would type. */
const PLACES: readonly (readonly [string, string, string, ByHand])[] = [
  flux('cert-manager/cert-manager', 'cert-manager', 'cert-manager'),
  flux('o11y/victoria-logs', 'victoria-logs', 'o11y'),
  [
    ONEDR0P,
    'kube-prometheus-stack',
    'kubernetes/apps/o11y/kube-prometheus-stack/app/helmrelease.yaml',
    {
      release: 'kube-prometheus-stack',
      namespace: 'o11y',
      layers: [
        { file: 'kubernetes/apps/o11y/kube-prometheus-stack/app/resources/flux-metrics.yaml', at: [] },
        {
          file: 'kubernetes/apps/o11y/kube-prometheus-stack/app/helmrelease.yaml',
          kind: RELEASE,
          at: ['spec', 'values'],
        },
      ],
    },
  ],
  flux('default/atuin', 'atuin', 'default'),
  [
    JENKINS,
    'cert-manager',
    'clusters/publick8s.yaml',
    {
      release: 'cert-manager',
      namespace: 'cert-manager',
      layers: [
        { file: 'config/cert-manager.yaml', at: [] },
        { file: 'config/publick8s/cert-manager.yaml', at: [] },
      ],
    },
  ],
  [
    JENKINS,
    'maven-cacher',
    'clusters/cijioagents2.yaml',
    {
      release: 'maven-cacher',
      namespace: 'maven-cache',
      layers: [{ file: 'config/cijioagents2/maven-cacher.yaml', at: [] }],
    },
  ],
  umbrella(MMALYSKA, 'cluster/apps/ai/ollama', 'ollama', 'ollama', 'default', 'cluster/apps/ai/ollama/Chart.yaml'),
  umbrella(CTERENCE, 'k8s-apps/metallb', 'metallb', 'metallb', 'default', 'argocd-apps/applicationset.yaml'),
  umbrella(
    CTERENCE,
    'k8s-apps/external-dns',
    'external-dns',
    'external-dns',
    'default',
    'argocd-apps/applicationset.yaml',
  ),
  umbrella(CTERENCE, 'k8s-apps/traefik', 'traefik', 'traefik', 'default', 'argocd-apps/applicationset.yaml'),
]

describe.runIf(THERE)('ten releases of real repositories get the values that a person would give them', () => {
  test.each(PLACES)('%s: %s', async (repo, name, file, hand) => {
    const installs = (await pinsOf(repo)).flatMap(pin =>
      pin.component === name || pin.installs.some(install => install.name === name) ? pin.installs : [],
    )
    const install = installs.find(one => one.file === file && one.name === hand.release)
    if (!install)
      throw new Error(`no install of ${name} from ${file}: ${installs.map(one => `${one.file} ${one.name}`)}`)
    expect(install.values.filter(({ kind }) => kind === 'missing')).toEqual([])
    expect(await ours(install)).toEqual(byHand(repo, hand))
  })
})

describe.runIf(THERE)('every release of these repositories renders, or says which layer could not be read', () => {
  test.each([
    [ONEDR0P, 69],
    [JENKINS, 55],
    [CTERENCE, 74],
    [MMALYSKA, 58],
  ])(
    '%s: at least %i',
    async (repo, least) => {
      const installs = (await pinsOf(repo)).flatMap(pin => pin.installs)
      expect(installs.length).toBeGreaterThanOrEqual(least)
      for (const install of installs) {
        const shown = await ours(install)
        expect(shown, `${install.file}:${install.line}`).toMatchObject({ release: install.name })
      }
    },
    120_000,
  )
})
