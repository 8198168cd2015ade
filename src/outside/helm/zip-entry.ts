import type { Readable } from 'node:stream'
import { type Entry, open, type ZipFile } from 'yauzl'

function openZip(archive: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(archive, { lazyEntries: true, autoClose: false }, (error, zip) => (error ? reject(error) : resolve(zip)))
  })
}

function findEntry(zip: ZipFile, name: string): Promise<Entry> {
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => (entry.fileName === name ? resolve(entry) : zip.readEntry()))
    zip.once('end', () => reject(new Error(`it holds no ${name}`)))
    zip.once('error', reject)
    zip.readEntry()
  })
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)))
  })
}

/** Hands the bytes of one file inside a zip archive to `use`. Throws when the archive or the file cannot be read. */
export async function withZipEntry(
  archive: string,
  name: string,
  use: (bytes: Readable) => Promise<void>,
): Promise<void> {
  const zip = await openZip(archive)
  try {
    await use(await openEntry(zip, await findEntry(zip, name)))
  } finally {
    zip.close()
  }
}
