import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import type { Chart, Install, Looked, Render } from '../../model.ts'
import type { Renderer } from '../../world.ts'
import { writeFiles } from '../registries/chart-write.ts'
import { helmChartFiles } from './helm-chart-files.ts'
import { describeFailure } from './helm-failure.ts'
import { createKept, type Kept } from './kept.ts'
import { type Outcome, run } from './process.ts'
import type { FetchSchema } from './remote-schemas.ts'
import { type KnownDocuments, readObjects } from './rendered-objects.ts'
import type { Limits } from './sandbox.ts'
import { createSemaphore } from './semaphore.ts'
import type { Tool } from './tools.ts'
import { mergeLayers, valuesText } from './values-file.ts'

/** What one run of helm may cost. Times in milliseconds, sizes in bytes. */
export type RenderLimits = { readonly timeoutMs: number; readonly maxOutput: number; readonly limits: Limits }

/**
 * Far above the largest charts measured (kube-prometheus-stack: 0.4 s, 5 MiB of output, 137 MiB resident). helm 4.2 only
 * reserves most of its address space: it needs 1.3 to 1.8 GiB to start reliably, and 2 GiB leave it about 600 MiB to use.
 */
export const RENDER_LIMITS: RenderLimits = {
  timeoutMs: 60_000,
  maxOutput: 32 * 2 ** 20,
  limits: { addressSpaceBytes: 2 * 2 ** 30, cpuSeconds: 60, fileSizeBytes: 64 * 2 ** 20, processes: 128 },
}

/**
 * The Kubernetes version that charts see when nobody told the cluster's: the one that helm 4.2 assumes by itself (the
 * version of its client libraries, `helm version`), written down so that another helm renders the same.
 */
export const DEFAULT_KUBE_VERSION = '1.36.0'

/** Helm's pattern and length (helm pkg/chart/v2/util/validate_name.go); nothing that starts with `-` can pass. */
const RELEASE_NAME = /^(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
/** RFC 1123 label, as Kubernetes asks of a namespace. */
const NAMESPACE = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const KUBE_VERSION = /^v?\d{1,4}\.\d{1,4}(\.\d{1,4})?([-+][0-9A-Za-z.+-]{1,64})?$/

/** What a renderer needs: helm, the guarded client for schemas, a folder of ours for scratch files, and its limits. */
export type RendererSettings = {
  readonly helm: Tool
  readonly fetchSchema: FetchSchema
  readonly scratch: string
  readonly limits: RenderLimits
}

function refuse(install: Install, kubeVersion: string): string | null {
  const shown = (text: string) => JSON.stringify(text.slice(0, 100))
  if (!RELEASE_NAME.test(install.name)) return `${shown(install.name)} is no release name that helm accepts`
  if (!NAMESPACE.test(install.namespace)) return `${shown(install.namespace)} is no name of a namespace`
  if (!KUBE_VERSION.test(kubeVersion)) return `${shown(kubeVersion)} is no Kubernetes version`
  return null
}

/** helm's whole environment: every home is an empty folder of ours, so that no plugin, repository or kubeconfig is seen. */
function environment(home: string): Record<string, string> {
  return {
    HOME: home,
    TMPDIR: home,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
    HELM_PLUGINS: join(home, 'plugins'),
    HELM_NO_PLUGINS: '1',
    KUBECONFIG: join(home, 'kubeconfig'),
    TZ: 'UTC',
    GOMAXPROCS: '2',
    GOMEMLIMIT: '1GiB',
    // Port 9 discards: where the kernel gives no network namespace, this at least leads Go's http client nowhere.
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  }
}

/** Renders as for a first install, hooks included; `crds/` is compared on its own. */
async function runHelm(dir: string, install: Install, kube: string, settings: RendererSettings): Promise<Outcome> {
  const home = join(dir, 'home')
  await mkdir(join(home, 'plugins'), { recursive: true, mode: 0o700 })
  return run({
    file: settings.helm.path,
    args: [
      'template',
      install.name,
      join(dir, 'chart'),
      '--namespace',
      install.namespace,
      '--values',
      join(dir, 'values.json'),
      '--kube-version',
      kube,
      '--include-crds=false',
    ],
    cwd: home,
    env: environment(home),
    ...settings.limits,
  })
}

async function inScratch<T>(scratch: string, use: (dir: string) => Promise<T>): Promise<T> {
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  const dir = await mkdtemp(join(resolve(scratch), 'render-'))
  try {
    return await use(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The files of a chart as helm gets them, schemas bundled, and the digest of them all. */
type Prepared = { readonly files: ReadonlyMap<string, Buffer>; readonly digest: string }

/** Memory for renders: how much text, in UTF-16 units, the objects were read from. They live in memory alone, for they hold Secrets. */
const KEPT_TEXT = { renders: 24 * 2 ** 20, documents: 8 * 2 ** 20 } as const

/** What was rendered before, and the documents in it. */
type Memory = { readonly renders: Kept<Render>; readonly documents: KnownDocuments }

async function prepare(chart: Chart, fetchSchema: FetchSchema): Promise<Looked<Prepared>> {
  const files = await helmChartFiles(chart, fetchSchema)
  if (!files.ok) return files
  const hash = createHash('sha256')
  for (const [path, bytes] of files.value) hash.update(`${path.length} ${path} ${bytes.length} `).update(bytes)
  return { ok: true, value: { files: files.value, digest: hash.digest('hex') } }
}

/** All that decides what helm prints. */
function keyOf(digest: string, values: string, install: Install, kube: string, helm: Tool): string {
  const parts = [digest, values, install.name, install.namespace, kube, helm.version]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

async function renderFiles(
  { files, digest }: Prepared,
  install: Install,
  kube: string,
  settings: RendererSettings,
  { renders, documents }: Memory,
): Promise<Render> {
  const merged = mergeLayers(install.values)
  if (!merged.ok) return merged
  const values = valuesText(merged.values)
  const key = keyOf(digest, values, install, kube, settings.helm)
  const before = renders.get(key)
  if (before !== undefined) return before
  return inScratch(settings.scratch, async dir => {
    await writeFiles(files, join(dir, 'chart'))
    await writeFile(join(dir, 'values.json'), values, { flag: 'wx', mode: 0o600 })
    const outcome = await runHelm(dir, install, kube, settings)
    if (outcome.kind !== 'exited' || outcome.code !== 0)
      return { ok: false, reason: describeFailure(outcome, dir, settings.limits.limits) }
    const render = readObjects(outcome.stdout, documents)
    renders.put(key, render, outcome.stdout.length)
    return render
  })
}

/**
 * Renders charts with the user's values in bounded children, at most one per core at a time; what was rendered before from the
 * same files, values and names is remembered, as far as it printed objects. A render that could not be made is a value with the reason; only our own disk makes it throw.
 */
export function createRenderer(settings: RendererSettings): Renderer {
  const inTurn = createSemaphore(availableParallelism())
  const memory: Memory = { renders: createKept(KEPT_TEXT.renders), documents: createKept(KEPT_TEXT.documents) }
  const prepared = new WeakMap<Chart, Promise<Looked<Prepared>>>()
  const filesOf = async (chart: Chart): Promise<Looked<Prepared>> => {
    const pending = prepared.get(chart) ?? prepare(chart, settings.fetchSchema)
    prepared.set(chart, pending)
    const files = await pending
    if (!files.ok && files.retry) prepared.delete(chart)
    return files
  }
  return {
    async render(chart, install, kubeVersion) {
      const kube = kubeVersion ?? DEFAULT_KUBE_VERSION
      const failed = (reason: string): Render => ({
        ok: false,
        reason: `rendering ${chart.name} ${chart.version}: ${reason}`,
      })
      const refused = refuse(install, kube)
      if (refused !== null) return failed(refused)
      const files = await filesOf(chart)
      if (!files.ok) return failed(files.reason)
      const render = await inTurn(() => renderFiles(files.value, install, kube, settings, memory))
      return render.ok ? render : failed(render.reason)
    },
  }
}
