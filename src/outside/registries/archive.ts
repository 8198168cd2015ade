import { createGunzip } from 'node:zlib'
import type { Looked } from '../../model.ts'
import { type ArchivePaths, archivePaths, checkName } from './archive-paths.ts'
import {
  ArchiveRefused,
  type ByteReader,
  byteReader,
  readHeader,
  readLongName,
  readPadded,
  readPax,
  type TarHeader,
} from './tar.ts'

/** Limits of one chart archive, those that Helm (100 MiB, 5 MiB a file) and Flux's source-controller (10 MiB packed) have too. */
export const ARCHIVE_LIMITS = {
  packedBytes: 10 * 1024 * 1024,
  unpackedBytes: 100 * 1024 * 1024,
  fileBytes: 5 * 1024 * 1024,
  /** Headers of every kind. The largest public charts have about a thousand. */
  entries: 10_000,
} as const

/** Extended headers carry a path; anything larger is no path. */
const MAX_EXTENDED_BYTES = 64 * 1024

/** What may still be unpacked; archives inside archives draw on the same one. */
export type ArchiveBudget = { bytes: number; entries: number }

/** A fresh budget for one chart. */
export function archiveBudget(): ArchiveBudget {
  return { bytes: ARCHIVE_LIMITS.unpackedBytes, entries: ARCHIVE_LIMITS.entries }
}

/** The one root folder, and the files below it by path. */
export type Archive = { readonly root: string; readonly files: ReadonlyMap<string, Buffer> }

/**
 * Reads a .tgz strictly, in memory: regular files and folders below one root folder, and nothing that could leave it.
 * Everything else (links, devices, `..`, duplicates, bad checksums, too much of anything) refuses the whole archive,
 * and the reason names the entry. `budget` is drawn down.
 */
export async function readArchive(tgz: Buffer, budget: ArchiveBudget = archiveBudget()): Promise<Looked<Archive>> {
  if (tgz.length > ARCHIVE_LIMITS.packedBytes) {
    return refusal(`it has ${tgz.length} bytes, more than ${ARCHIVE_LIMITS.packedBytes}`)
  }
  const gunzip = createGunzip()
  gunzip.end(tgz)
  try {
    return { ok: true, value: await readEntries(byteReader(gunzip, budget), budget) }
  } catch (error) {
    if (error instanceof ArchiveRefused) return refusal(error.message)
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      return refusal(`it is no complete gzip file (${error.message})`)
    }
    throw error
  } finally {
    gunzip.destroy()
  }
}

function refusal(reason: string): { ok: false; reason: string; retry: false } {
  return { ok: false, reason: `archive refused: ${reason}`, retry: false }
}

async function readEntries(reader: ByteReader, budget: ArchiveBudget): Promise<Archive> {
  const paths = archivePaths()
  let extended: Extended = { path: null, size: null }
  for (;;) {
    const header = await readHeader(reader)
    if (header === null) return paths.done()
    if (--budget.entries < 0) throw new ArchiveRefused(`it has more than ${ARCHIVE_LIMITS.entries} entries`)
    if (EXTENDED_TYPES.has(header.type)) {
      extended = { ...extended, ...(await readExtended(reader, header)) }
      continue
    }
    const entry = { name: extended.path ?? header.name, size: extended.size ?? header.size, type: header.type }
    extended = { path: null, size: null }
    await readEntry(reader, entry, paths)
  }
}

type Extended = { readonly path: string | null; readonly size: number | null }

/** pax headers of one entry (x) or of all (g), and GNU's long name (L). */
const EXTENDED_TYPES: ReadonlySet<string> = new Set(['x', 'g', 'L'])

async function readExtended(reader: ByteReader, { type, name, size }: TarHeader): Promise<Partial<Extended>> {
  if (size > MAX_EXTENDED_BYTES) throw new ArchiveRefused(`the extended header before "${name}" is too large`)
  const body = await readPadded(reader, size)
  if (type === 'L') return { path: readLongName(body) }
  const records = readPax(body)
  if (type === 'g' && Object.keys(records).length > 0) {
    throw new ArchiveRefused('a global header sets a path or size for every entry')
  }
  return records
}

async function readEntry(reader: ByteReader, { name, size, type }: TarHeader, paths: ArchivePaths): Promise<void> {
  const isFolder = type === '5'
  const said = JSON.stringify(name.slice(0, 200))
  if (!isFolder && type !== '0' && type !== '\0') {
    throw new ArchiveRefused(`${said} is ${KINDS[type] ?? 'of an unknown type'}: only files and folders are read`)
  }
  const path = isFolder ? name.replace(/\/$/, '') : name
  checkName(path)
  if (isFolder) {
    if (size > 0) throw new ArchiveRefused(`the folder ${said} has content`)
    paths.addFolder(path)
    return
  }
  if (size > ARCHIVE_LIMITS.fileBytes) {
    throw new ArchiveRefused(`${said} has ${size} bytes, more than ${ARCHIVE_LIMITS.fileBytes}`)
  }
  paths.addFile(path, await readPadded(reader, size))
}

const KINDS: Readonly<Record<string, string>> = {
  1: 'a hard link',
  2: 'a symbolic link',
  3: 'a character device',
  4: 'a block device',
  6: 'a named pipe',
  7: 'a contiguous file',
  K: 'a long link',
  S: 'a sparse file',
}
