import type { IncomingMessage } from 'node:http'

/** GitHub caps webhook payloads at 25 MB (docs: "Webhook events and payloads"). */
const LARGEST = 25 * 1024 * 1024

/** Flux caps its events at 64 kB, and a registry names one artifact. */
export const LARGEST_HOOK = 1024 * 1024

/** As many bodies of the largest size are read at one time: many senders of large unsigned bodies must not fill the memory. */
const TOGETHER = 4

/** Why a body was not read, as an HTTP status and a sentence. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export type ReadBody = (request: IncomingMessage) => Promise<Buffer>

/** Makes the one reader of request bodies of up to `largest` bytes. It throws Refused: 413 when too large (before reading, if the length is told), 503 when too many are read at once. */
export function createBodyReader(largest: number = LARGEST): ReadBody {
  const tooLarge = `larger than ${largest / 1024 / 1024} MiB`
  let reading = 0
  return async request => {
    if (Number(request.headers['content-length'] ?? 0) > largest) throw new Refused(413, tooLarge)
    const chunks: Buffer[] = []
    let size = 0
    try {
      for await (const chunk of request) {
        chunks.push(chunk)
        size += chunk.length
        reading += chunk.length
        if (size > largest) throw new Refused(413, tooLarge)
        if (reading > TOGETHER * largest) throw new Refused(503, 'too many large requests at once')
      }
      return Buffer.concat(chunks, size)
    } finally {
      reading -= size
    }
  }
}
