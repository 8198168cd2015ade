import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sha256 } from '../../src/outside/chart.ts'
import { freePort, type Loopback } from './loopback.ts'
import { chartArtifact, MANIFEST_TYPE } from './oci-manifest.ts'

/** The reference implementation of the registry protocol, the Debian package docker-registry. */
export type DockerRegistry = Loopback & {
  /** Pushes a chart as Helm does; answers the digests of the manifest and of the archive. */
  push(repository: string, tag: string, tgz: Buffer, created?: string): Promise<{ manifest: string; archive: string }>
}

/** Starts a registry with storage of its own on a free port; null, said on stderr, where the package is not installed. */
export async function startDockerRegistry(): Promise<DockerRegistry | null> {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-registry-'))
  const url = `http://127.0.0.1:${await freePort()}`
  const config = join(folder, 'config.yml')
  await writeFile(config, configOf(folder, new URL(url).host))
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
  return { url, stop, push: (...what) => push(url, ...what) }
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
    if (answer?.ok) return
    await pause(50)
  }
  throw new Error('docker-registry did not answer in 5 s')
}

async function push(url: string, repository: string, tag: string, tgz: Buffer, created?: string) {
  const { config, archive, manifest } = chartArtifact(tgz, created)
  for (const blob of [config, archive]) await upload(`${url}/v2/${repository}/blobs/uploads/`, blob)
  const headers = { 'content-type': MANIFEST_TYPE }
  await expectCreated(
    await fetch(`${url}/v2/${repository}/manifests/${tag}`, { method: 'PUT', headers, body: bytes(manifest) }),
  )
  return { manifest: sha256(manifest), archive: sha256(archive) }
}

async function upload(uploads: string, blob: Buffer): Promise<void> {
  const started = await fetch(uploads, { method: 'POST' })
  const target = new URL(started.headers.get('location') ?? '', uploads)
  target.searchParams.set('digest', sha256(blob))
  const headers = { 'content-type': 'application/octet-stream' }
  await expectCreated(await fetch(target, { method: 'PUT', headers, body: bytes(blob) }))
}

function bytes(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer)
}

async function expectCreated(answer: Response): Promise<void> {
  if (answer.status !== 201) throw new Error(`docker-registry answered ${answer.status}: ${await answer.text()}`)
}
