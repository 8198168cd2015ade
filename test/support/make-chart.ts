import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** One entry of a tar archive, honest or not. Everything but the name has an honest default. */
export type TarEntry = {
  readonly name: string
  readonly body?: string | Buffer
  /** The type flag of the header; '0' is a regular file. */
  readonly type?: string
  readonly linkname?: string
  /** What the header says about the size, when that is not the size of the body. */
  readonly size?: number
  /** What the header says about its checksum, when that is not the checksum. */
  readonly checksum?: number
}

/** A tar archive of these entries, always the same bytes for the same entries. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(entryBlocks), Buffer.alloc(1024)])
}

/** A .tgz of these entries. */
export function makeArchive(entries: readonly TarEntry[]): Buffer {
  return gzipSync(makeTar(entries))
}

/** What a chart is packaged from; `files` are below the chart's root, a Chart.yaml among them replaces the one made here. */
export type ChartContent = {
  readonly name: string
  readonly version: string
  readonly appVersion?: string
  readonly files?: Readonly<Record<string, string | Buffer>>
}

/** A packaged chart, always the same bytes for the same content. */
export function makeChart({ name, version, appVersion, files = {} }: ChartContent): Buffer {
  const app = appVersion === undefined ? '' : `appVersion: ${JSON.stringify(appVersion)}\n`
  const about = `apiVersion: v2\nname: ${name}\nversion: ${version}\n${app}`
  const all = Object.entries({ 'Chart.yaml': about, ...files })
  return makeArchive(all.map(([path, body]) => ({ name: `${name}/${path}`, body })))
}

/** Packages an unpacked chart as a version: the folder's files in the order of their names, below a root folder `name`. */
export async function packChart(folder: string, name: string, version: string): Promise<Buffer> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter(one => one.isFile()).map(one => join(one.parentPath, one.name))
  const entries = paths.toSorted().map(async path => {
    const body = await readFile(path, 'utf8')
    const isAbout = path === join(folder, 'Chart.yaml')
    return {
      name: `${name}${path.slice(folder.length).replaceAll('\\', '/')}`,
      body: isAbout ? body.replace(/^version:.*$/m, `version: ${version}`) : body,
    }
  })
  return makeArchive(await Promise.all(entries))
}

/** A pax header that sets records for the next entry (or, with type 'g', for all). */
export function paxHeader(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): TarEntry {
  return { name: 'pax', type, body: Object.entries(records).map(paxRecord).join('') }
}

function paxRecord([key, value]: [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  const length = [1, 2, 3, 4, 5].map(digits => rest + digits).find((sum, at) => String(sum).length === at + 1)
  return `${length} ${key}=${value}\n`
}

function entryBlocks(entry: TarEntry): Buffer[] {
  const body = Buffer.from(entry.body ?? '')
  const isLong = Buffer.byteLength(entry.name) > 100
  const long = isLong ? entryBlocks(paxHeader({ path: entry.name })) : []
  const padding = Buffer.alloc((512 - (body.length % 512)) % 512)
  return [...long, header(isLong ? { ...entry, name: 'long' } : entry, body.length), body, padding]
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  block.write(entry.name, 0, 100, 'utf8')
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(entry.size ?? size, 124, 12)
  octal(0, 136, 12)
  block.write('        ', 148)
  block.write(entry.type ?? '0', 156)
  block.write(entry.linkname ?? '', 157, 100, 'utf8')
  block.write('ustar\x0000', 257, 'latin1')
  octal(entry.checksum ?? block.reduce((sum, byte) => sum + byte, 0), 148, 7)
  return block
}
