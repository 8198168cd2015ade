import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sha256 } from '../../src/outside/registries/chart.ts'
import { freePort, type Loopback } from './loopback.ts'
import { chartArtifact, MANIFEST_TYPE } from './oci-manifest.ts'

/** The reference implementation of the registry protocol, the Debian package docker-registry. */
export type DockerRegistry = Loopback & {
  /** Pushes a chart as Helm does; answers the digests of the manifest and of the archive. */
  push(repository: string, tag: string, tgz: Buffer, created?: string): Promise<{ manifest: string; archive: string }>
  /** Pushes an image for one platform behind an index, as builders do; answers the digest of the index. */
  pushImage(repository: string, tag: string, created: string): Promise<string>
}

/** A registry that wants a token: its configuration, and a token that may push. */
export type TokenAuth = { readonly config: string; readonly token: () => string }

/** Starts a registry with storage of its own on a free port; null, said on stderr, where the package is not installed. */
export async function startDockerRegistry(auth: TokenAuth | null = null): Promise<DockerRegistry | null> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-registry-'))
  const url = `http://127.0.0.1:${await freePort()}`
  const config = join(folder, 'config.yml')
  await writeFile(config, configOf(folder, new URL(url).host) + (auth?.config ?? ''))
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore', env: { PATH: process.env.PATH } })
  const stop = async () => {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  const absent = await Promise.race([once(child, 'error').then(() => true), once(child, 'spawn').then(() => false)])
  if (absent) {
    console.warn('docker-registry is not installed (Debian package docker-registry): not tested against it')
    await rm(folder, { recursive: true, force: true })
    return null
  }
  await answering(url, () => child.exitCode !== null)
  const send: Send = async (target, init) => {
    const authorization = auth === null ? {} : { authorization: `Bearer ${auth.token()}` }
    return await fetch(target, { ...init, headers: { ...init.headers, ...authorization } })
  }
  return {
    url,
    stop,
    push: (...what) => push(send, url, ...what),
    pushImage: (...what) => pushImage(send, url, ...what),
  }
}

function configOf(folder: string, address: string): string {
  return `version: 0.1
storage:
  filesystem:
    rootdirectory: ${folder}/data
http:
  addr: ${address}
  secret: only-for-this-run
log:
  level: error
`
}

async function answering(url: string, hasEnded: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (hasEnded()) throw new Error('docker-registry ended before it answered')
    const answer = await fetch(`${url}/v2/`).catch(() => null)
    if (answer?.ok || answer?.status === 401) return
    await pause(50)
  }
  throw new Error('docker-registry did not answer in 5 s')
}

type Sent = {
  readonly method: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array<ArrayBuffer>
}
type Send = (target: string | URL, init: Sent) => Promise<Response>

async function push(send: Send, url: string, repository: string, tag: string, tgz: Buffer, created?: string) {
  const { config, archive, manifest } = chartArtifact(tgz, created)
  for (const blob of [config, archive]) await upload(send, `${url}/v2/${repository}/blobs/uploads/`, blob)
  await put(send, `${url}/v2/${repository}/manifests/${tag}`, MANIFEST_TYPE, manifest)
  return { manifest: sha256(manifest), archive: sha256(archive) }
}

async function pushImage(send: Send, url: string, repository: string, tag: string, created: string): Promise<string> {
  const platform = { architecture: 'amd64', os: 'linux' }
  const config = Buffer.from(JSON.stringify({ ...platform, created, rootfs: { type: 'layers', diff_ids: [] } }))
  await upload(send, `${url}/v2/${repository}/blobs/uploads/`, config)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: config.length },
      layers: [],
    }),
  )
  await put(send, `${url}/v2/${repository}/manifests/${sha256(manifest)}`, MANIFEST_TYPE, manifest)
  const child = { mediaType: MANIFEST_TYPE, digest: sha256(manifest), size: manifest.length, platform }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [child] }))
  await put(send, `${url}/v2/${repository}/manifests/${tag}`, INDEX_TYPE, index)
  return sha256(index)
}

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'

async function upload(send: Send, uploads: string, blob: Buffer): Promise<void> {
  const started = await send(uploads, { method: 'POST' })
  const target = new URL(started.headers.get('location') ?? '', uploads)
  target.searchParams.set('digest', sha256(blob))
  await put(send, target, 'application/octet-stream', blob)
}

async function put(send: Send, target: string | URL, type: string, body: Buffer): Promise<void> {
  const answer = await send(target, { method: 'PUT', headers: { 'content-type': type }, body: new Uint8Array(body) })
  if (answer.status !== 201) throw new Error(`docker-registry answered ${answer.status}: ${await answer.text()}`)
}
