import type { LookupAddress } from 'node:dns'
import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** One GET to one checked address, without redirects. */
export type Hop = {
  readonly url: URL
  /** The only addresses that are connected to, whatever the name resolves to by now. */
  readonly addresses: readonly LookupAddress[]
  readonly headers: OutgoingHttpHeaders
  /** Bytes on the wire and, apart from it, bytes after decoding. */
  readonly maxBytes: number
  /** Hand over the bytes as they came, whatever the content-encoding says. */
  readonly raw: boolean
  readonly signal: AbortSignal
}

/** What a server answered. */
export type HttpAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

/** The answer is larger than it may be, or encoded in a way that was not asked for: asking again does not help. */
export class UnfitAnswer extends Error {}

const AGENTS = {
  'http:': { request: http.request, agent: new http.Agent({ keepAlive: true, maxSockets: 8 }) },
  'https:': { request: https.request, agent: new https.Agent({ keepAlive: true, maxSockets: 8 }) },
} as const

/** Performs one GET. Throws UnfitAnswer, or the error of the network or of the aborted signal. Bodies of redirects are not read. */
export async function get(hop: Hop): Promise<HttpAnswer> {
  const response = await respond(hop)
  const status = response.statusCode ?? 0
  if ((status >= 300 && status < 400) || status === 204) {
    response.destroy()
    return { status, headers: response.headers, body: Buffer.alloc(0) }
  }
  return { status, headers: response.headers, body: await readBody(response, hop) }
}

function respond({ url, addresses, headers, signal }: Hop): Promise<IncomingMessage> {
  const { request, agent } = AGENTS[url.protocol === 'https:' ? 'https:' : 'http:']
  return new Promise((resolve, reject) => {
    request(url, { agent, headers, signal, lookup: pinned(addresses) })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
}

/** Answers every DNS question with the addresses that were checked: a second answer of the server cannot slip in. */
function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (host, options, callback) => {
    const [first] = addresses
    if (first === undefined) callback(new Error(`no address for ${host}`), '', 0)
    else if (options.all === true) callback(null, [...addresses])
    else callback(null, first.address, first.family)
  }
}

async function readBody(response: IncomingMessage, { maxBytes, raw }: Hop): Promise<Buffer> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy()
    throw tooLarge(maxBytes)
  }
  const chunks: Buffer[] = []
  const stream = raw ? response : decoded(response, maxBytes)
  for await (const chunk of capped(stream, maxBytes)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function decoded(response: IncomingMessage, maxBytes: number): AsyncIterable<Buffer> {
  const encoding = (response.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity') return response
  if (encoding === 'gzip' || encoding === 'x-gzip') {
    return pipeline(
      response,
      stream => capped(stream, maxBytes),
      createGunzip(),
      () => {},
    )
  }
  response.destroy()
  throw new UnfitAnswer(`is encoded as ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`)
}

async function* capped(stream: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
}

function tooLarge(maxBytes: number): UnfitAnswer {
  return new UnfitAnswer(`is larger than the limit of ${maxBytes} bytes`)
}
