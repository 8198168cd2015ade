import type { IncomingMessage } from 'node:http'

/** GitHub caps webhook payloads at 25 MB (docs: "Webhook events and payloads"). */
const LARGEST = 25 * 1024 * 1024

/** Bytes of all bodies being read at one time: many senders of large unsigned bodies must not fill the memory. */
const TOGETHER = 4 * LARGEST

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

/** Makes the one reader of request bodies. It throws Refused: 413 when too large (before reading, if the length is told), 503 when too many are read at once. */
export function createBodyReader(): ReadBody {
  let reading = 0
  return async request => {
    if (Number(request.headers['content-length'] ?? 0) > LARGEST) throw new Refused(413, 'larger than 25 MiB')
    const chunks: Buffer[] = []
    let size = 0
    try {
      for await (const chunk of request) {
        chunks.push(chunk)
        size += chunk.length
        reading += chunk.length
        if (size > LARGEST) throw new Refused(413, 'larger than 25 MiB')
        if (reading > TOGETHER) throw new Refused(503, 'too many large requests at once')
      }
      return Buffer.concat(chunks, size)
    } finally {
      reading -= size
    }
  }
}
