/** The archive is not one that we read; the message says why and names the entry. */
export class ArchiveRefused extends Error {}

const BLOCK = 512

/** Reads a stream piece by piece. */
export type ByteReader = {
  /** The next `size` bytes; null when the stream ends here, ArchiveRefused when it ends in the middle. */
  read(size: number): Promise<Buffer | null>
  /** Whatever comes next, null at the end. */
  next(): Promise<Buffer | null>
}

/** Draws every byte that is unpacked from the budget and refuses when it is used up, before more is unpacked. */
export function byteReader(stream: AsyncIterable<Buffer>, budget: { bytes: number }): ByteReader {
  const chunks = stream[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function pull(): Promise<Buffer | null> {
    const { done, value } = await chunks.next()
    if (done) return null
    budget.bytes -= value.length
    if (budget.bytes < 0) throw new ArchiveRefused('it unpacks to more than the limit')
    return value
  }

  return {
    async read(size) {
      const have = [rest]
      let length = rest.length
      while (length < size) {
        const chunk = await pull()
        if (chunk === null) break
        have.push(chunk)
        length += chunk.length
      }
      if (length === 0 && size > 0) return null
      if (length < size) throw new ArchiveRefused('it ends in the middle of an entry')
      const all = have.length === 1 ? rest : Buffer.concat(have)
      rest = all.subarray(size)
      return all.subarray(0, size)
    },
    async next() {
      const chunk = rest.length > 0 ? rest : await pull()
      rest = Buffer.alloc(0)
      return chunk
    },
  }
}

/** What a header block says. */
export type TarHeader = { readonly name: string; readonly size: number; readonly type: string }

/** The next header, its checksum verified; null at the end of the archive. Layout: POSIX.1-2017, pax, "ustar Interchange Format". */
export async function readHeader(reader: ByteReader): Promise<TarHeader | null> {
  const block = await reader.read(BLOCK)
  if (block === null) return null
  if (isZero(block)) return await readEnd(reader)
  const name = nameOf(block)
  if (octal(block, 148, 8, name) !== checksum(block)) {
    throw new ArchiveRefused(`the header of ${JSON.stringify(name)} has a wrong checksum`)
  }
  return { name, size: octal(block, 124, 12, name), type: String.fromCharCode(block[156] ?? 0) }
}

/** `size` bytes of content, and the padding after it. */
export async function readPadded(reader: ByteReader, size: number): Promise<Buffer> {
  const padded = await reader.read(Math.ceil(size / BLOCK) * BLOCK)
  if (padded === null) throw new ArchiveRefused('it ends in the middle of an entry')
  // A copy: a slice would keep the whole chunk of the stream alive.
  return Buffer.from(padded.subarray(0, size))
}

/** The name in GNU's long name header. */
export function readLongName(body: Buffer): string {
  return utf8(text(body, 0, body.length))
}

/** `path` and `size` of a pax header, whose records are `<length> <key>=<value>\n`. Sparse files are refused: their content is elsewhere. */
export function readPax(body: Buffer): { path?: string; size?: number } {
  const records: { path?: string; size?: number } = {}
  for (let at = 0; at < body.length; ) {
    const digits = /^\d{1,6}(?= )/.exec(body.subarray(at, at + 7).toString('latin1'))?.[0]
    const end = at + Number(digits)
    if (digits === undefined || end > body.length || end <= at || body[end - 1] !== 0x0a) {
      throw new ArchiveRefused('an extended header is malformed')
    }
    const record = utf8(body.subarray(at + digits.length + 1, end - 1))
    const [key, value] = split(record)
    if (key.startsWith('GNU.sparse')) throw new ArchiveRefused('it has a sparse file: only files and folders are read')
    if (key === 'path') records.path = value
    if (key === 'size') records.size = paxSize(value)
    at = end
  }
  return records
}

function split(record: string): [string, string] {
  const at = record.indexOf('=')
  if (at < 0) throw new ArchiveRefused('an extended header is malformed')
  return [record.slice(0, at), record.slice(at + 1)]
}

function paxSize(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new ArchiveRefused('an extended header has a size that is no number')
  return Number(value)
}

/** Only zeros may follow: a second archive behind the end is what another reader might see. */
async function readEnd(reader: ByteReader): Promise<null> {
  for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
    if (!isZero(chunk)) throw new ArchiveRefused('there is data after its end')
  }
  return null
}

function nameOf(block: Buffer): string {
  const name = utf8(text(block, 0, 100))
  // GNU's own format keeps times where ustar keeps the prefix.
  const isUstar = block.subarray(257, 263).equals(Buffer.from('ustar\0'))
  const prefix = isUstar ? utf8(text(block, 345, 155)) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function text(block: Buffer, start: number, length: number): Buffer {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return end < 0 ? field : field.subarray(0, end)
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ArchiveRefused(`the name ${JSON.stringify(bytes.toString('latin1').slice(0, 200))} is not UTF-8`)
  }
}

function octal(block: Buffer, start: number, length: number, name: string): number {
  const digits = text(block, start, length).toString('latin1').trim()
  // Base 256 marks sizes of 8 GiB and more, which no chart has.
  if (!/^[0-7]+$/.test(digits)) throw new ArchiveRefused(`the header of ${JSON.stringify(name)} is malformed`)
  return Number.parseInt(digits, 8)
}

/** The sum of all bytes of the header, the checksum itself counted as spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

function isZero(bytes: Buffer): boolean {
  return bytes.equals(Buffer.alloc(bytes.length))
}
