import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on a free port of the loopback interface. `url` has no slash at its end. */
export type Loopback = { readonly url: string; stop(): Promise<void> }

/** What a server was asked; `authorization` null when the request had none. */
export type Asked = {
  readonly path: string
  readonly authorization: string | null
  readonly headers: IncomingMessage['headers']
}

/** Starts a server; what the handler throws is answered with 500. */
export async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Loopback> {
  const listener: RequestListener = (request, response) => {
    try {
      handler(request, response)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  }
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The request as tests look at it. */
export function asked(request: IncomingMessage): Asked {
  return { path: request.url ?? '', authorization: request.headers.authorization ?? null, headers: request.headers }
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const server = await serve(() => {})
  await server.stop()
  return Number(new URL(server.url).port)
}
