import type { IncomingMessage, ServerResponse } from 'node:http'
import { sha256 } from '../../src/outside/registries/chart.ts'
import { type Asked, asked, type Loopback, serve } from './loopback.ts'
import { chartArtifact, MANIFEST_TYPE } from './oci-manifest.ts'

/** A small OCI registry in memory. Its own address, as `oci://`, needs a mirror to be reached over plain http. */
export type OciTestRegistry = Loopback & {
  readonly requests: Asked[]
  /** Publishes a chart under a tag (replacing it); answers the digests of the manifest and of the archive. */
  add(repository: string, tag: string, tgz: Buffer, created?: string | null): { manifest: string; archive: string }
  /** Other bytes behind a digest or a tag, while the registry goes on saying the old digest. */
  tamper(repository: string, digestOrTag: string, bytes: Buffer): void
}

export type OciTestOptions = {
  /** Wants a token for everything; its token server wants this login, or nobody's when null. */
  readonly tokens?: { readonly username: string; readonly password: string } | null
  /** Where the token server says it is; default is the registry itself. */
  readonly realm?: string
  /** Tags a page; default all that are asked for. */
  readonly page?: number
  /** Where the next page is said to be; default the registry itself. */
  readonly nextOrigin?: string
}

type Item = { readonly bytes: Buffer; readonly digest: string }

const TOKEN = 'token-of-the-test-registry'

/** Starts an empty registry. */
export async function startOciRegistry(options: OciTestOptions = {}): Promise<OciTestRegistry> {
  const items = new Map<string, Item>()
  const tags = new Map<string, string[]>()
  const requests: Asked[] = []

  const server = await serve((request, response) => {
    requests.push(asked(request))
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    if (url.pathname === '/token') return answerToken(request, response, options)
    if (options.tokens !== undefined && request.headers.authorization !== `Bearer ${TOKEN}`) {
      const realm = options.realm ?? `${url.origin}/token`
      const challenge = `Bearer realm="${realm}",service="test",scope="repository:everything:push"`
      return response.writeHead(401, { 'www-authenticate': challenge }).end()
    }
    const [, name = '', kind, reference = ''] = /^\/v2\/(.+)\/(tags|manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? []
    if (kind === 'tags') return answerTags(response, url, tags.get(name), options)
    const item = items.get(`${name} ${decodeURIComponent(reference)}`)
    if (item === undefined) return response.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}')
    const type = kind === 'manifests' ? MANIFEST_TYPE : 'application/octet-stream'
    return response.writeHead(200, { 'content-type': type, 'docker-content-digest': item.digest }).end(item.bytes)
  })

  function put(repository: string, bytes: Buffer, ...also: string[]): string {
    const digest = sha256(bytes)
    for (const reference of [digest, ...also]) items.set(`${repository} ${reference}`, { bytes, digest })
    return digest
  }

  return {
    ...server,
    requests,
    add(repository, tag, tgz, created = null) {
      const { config, archive, manifest } = chartArtifact(tgz, created)
      put(repository, config)
      tags.set(repository, [...new Set([...(tags.get(repository) ?? []), tag])])
      return { archive: put(repository, archive), manifest: put(repository, manifest, tag) }
    },
    tamper(repository, reference, bytes) {
      const key = `${repository} ${reference}`
      items.set(key, { bytes, digest: items.get(key)?.digest ?? '' })
    },
  }
}

function answerToken(request: IncomingMessage, response: ServerResponse, { tokens }: OciTestOptions) {
  const login = tokens ? `Basic ${Buffer.from(`${tokens.username}:${tokens.password}`).toString('base64')}` : null
  if (login !== null && request.headers.authorization !== login) return response.writeHead(401).end()
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: TOKEN }))
}

function answerTags(response: ServerResponse, url: URL, tags: string[] | undefined, options: OciTestOptions) {
  if (tags === undefined) return response.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}')
  const all = tags.toSorted()
  const start = url.searchParams.has('last') ? all.indexOf(url.searchParams.get('last') ?? '') + 1 : 0
  const page = all.slice(start, start + (options.page ?? Number(url.searchParams.get('n') ?? 100)))
  const last = page.at(-1)
  if (last !== undefined && last !== all.at(-1)) {
    response.setHeader('link', `<${options.nextOrigin ?? ''}${url.pathname}?n=1000&last=${last}>; rel="next"`)
  }
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tags: page }))
}
