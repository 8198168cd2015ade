import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The storage where logs of jobs lie: another host than the API's, which must never see a token of it. */
export type LogHost = {
  readonly origin: string
  /** The authorization header of every request that came, null for none. */
  readonly asked: readonly (string | null)[]
  readonly put: (job: number, log: string) => void
  readonly stop: () => Promise<void>
}

/** Starts the storage on a free port of 127.0.0.1. Addresses are signed; without the signature it answers 403. */
export async function startLogHost(): Promise<LogHost> {
  const logs = new Map<string, string>()
  const asked: (string | null)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? null)
    const url = new URL(request.url ?? '/', 'http://storage')
    const log = logs.get(url.pathname)
    const status = url.searchParams.get('sig') !== 'genuine' ? 403 : log === undefined ? 404 : 200
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? log : '')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    put: (job, log) => void logs.set(`/logs/${job}`, log),
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
