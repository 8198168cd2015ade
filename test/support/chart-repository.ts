import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { readChart, sha256 } from '../../src/outside/registries/chart.ts'
import { type Asked, asked, type Loopback, serve } from './loopback.ts'

/** What the index says about a chart, where that is not what is true. `digest: null` leaves it out. */
export type Published = {
  readonly created?: string
  readonly digest?: string | null
  readonly urls?: readonly string[]
}

/** A chart repository over plain HTTP, whose content may change while it runs. */
export type ChartRepository = Loopback & {
  /** Every request so far, oldest first. */
  readonly requests: Asked[]
  /** Publishes a packaged chart, or replaces one of the same name and version. */
  add(tgz: Buffer, published?: Published): Promise<void>
  /** Publishes every .tgz of a folder. */
  addFolder(folder: string, published?: Published): Promise<void>
  remove(name: string, version: string): void
  /** Other bytes under an address that the index names, which stays as it is. */
  tamper(name: string, version: string, tgz: Buffer): void
  /** Answers a path in its own way. */
  answer(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): void
}

type Entry = { readonly name: string; readonly version: string; readonly file: string; readonly line: string }

/** Starts an empty repository with a generated index.yaml, which has an ETag. */
export async function startChartRepository(): Promise<ChartRepository> {
  const entries = new Map<string, Entry>()
  const archives = new Map<string, Buffer>()
  const special = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>()
  const requests: Asked[] = []

  const server = await serve((request, response) => {
    requests.push(asked(request))
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const archive = archives.get(path.slice(1))
    const handler = special.get(path)
    if (handler !== undefined) handler(request, response)
    else if (path === '/index.yaml') answerIndex(request, response, indexOf([...entries.values()]))
    else if (archive !== undefined) response.writeHead(200, { 'content-type': 'application/gzip' }).end(archive)
    else response.writeHead(404).end('not found')
  })

  async function add(tgz: Buffer, published: Published = {}): Promise<void> {
    const chart = await readChart(tgz)
    if (!chart.ok) throw new Error(chart.reason)
    const { name, version, appVersion, deprecated } = chart.value
    const file = `charts/${name}-${version}.tgz`
    const digest = published.digest === undefined ? sha256(tgz).slice('sha256:'.length) : published.digest
    const created = published.created ?? '2024-01-01T00:00:00Z'
    const entry = { name, version, appVersion, deprecated, created, urls: published.urls ?? [file] }
    const line = JSON.stringify(digest === null ? entry : { ...entry, digest })
    entries.set(`${name} ${version}`, { name, version, file, line })
    archives.set(file, tgz)
  }

  return {
    ...server,
    requests,
    add,
    async addFolder(folder, published) {
      const files = (await readdir(folder)).filter(file => file.endsWith('.tgz')).toSorted()
      for (const file of files) await add(await readFile(join(folder, file)), published)
    },
    remove(name, version) {
      archives.delete(entries.get(`${name} ${version}`)?.file ?? '')
      entries.delete(`${name} ${version}`)
    },
    tamper: (name, version, tgz) => void archives.set(`charts/${name}-${version}.tgz`, tgz),
    answer: (path, handler) => void special.set(path, handler),
  }
}

/** JSON is YAML, so each entry is one line of it. */
function indexOf(entries: readonly Entry[]): string {
  const names = [...new Set(entries.map(entry => entry.name))].toSorted()
  const lines = names.flatMap(name => [
    `  ${name}:`,
    ...entries.filter(entry => entry.name === name).map(entry => `    - ${entry.line}`),
  ])
  return names.length === 0
    ? 'apiVersion: v1\nentries: {}\n'
    : `${['apiVersion: v1', 'entries:', ...lines].join('\n')}\n`
}

function answerIndex(request: IncomingMessage, response: ServerResponse, index: string): void {
  const etag = `"${sha256(Buffer.from(index)).slice(7, 23)}"`
  if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
  else response.writeHead(200, { etag, 'content-type': 'text/yaml' }).end(index)
}
