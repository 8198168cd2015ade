import { execFileSync } from 'node:child_process'
import { createSign, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenAuth } from './docker-registry.ts'
import { type Asked, asked, type Loopback, serve } from './loopback.ts'

/** A token server as registries name one in their challenge (distribution.github.io/distribution/spec/auth/token). */
export type TokenServer = Loopback &
  TokenAuth & {
    readonly requests: Asked[]
  }

type Access = { readonly type: string; readonly name: string; readonly actions: readonly string[] }

const NAMES = { issuer: 'tokens of the test', service: 'registry of the test' }

/**
 * Starts one that gives tokens to whoever logs in with `login` (the whole Authorization header), for what they ask. Null, said on
 * stderr, where openssl is missing, which makes the certificate that the registry trusts.
 */
export async function startTokenServer(login: string): Promise<TokenServer | null> {
  const folder = mkdtempSync(join(tmpdir(), 'windlass-tokens-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  try {
    const subject = ['-subj', '/CN=tokens.example.test', '-days', '1']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...subject],
      {
        stdio: 'ignore',
      },
    )
  } catch {
    console.warn('openssl is not installed: token authentication of docker-registry is not tested')
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  const sign = (access: readonly Access[]) =>
    tokenFor(access, readFileSync(key, 'utf8'), readFileSync(certificate, 'utf8'))
  const requests: Asked[] = []
  const server = await serve((request, response) => {
    requests.push(asked(request))
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.headers.authorization !== login) return response.writeHead(401).end()
    const access = url.searchParams.getAll('scope').map(accessOf)
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: sign(access) }))
  })
  return {
    ...server,
    requests,
    token: () =>
      sign(['app', 'charts'].map(name => ({ type: 'repository', name: `clay/${name}`, actions: ['pull', 'push'] }))),
    config: `auth:
  token:
    realm: ${server.url}/token
    service: ${NAMES.service}
    issuer: ${NAMES.issuer}
    rootcertbundle: ${certificate}
`,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function accessOf(scope: string): Access {
  const [type = '', name = '', actions = ''] = scope.split(':')
  return { type, name, actions: actions.split(',') }
}

/** A JSON Web Token with the certificate beside it (RFC 7515, `x5c`), as docker-registry checks it. */
function tokenFor(access: readonly Access[], key: string, certificate: string): string {
  const x5c = [certificate.replaceAll(/-----[A-Z ]+-----|\s/g, '')]
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, nbf: now - 10, exp: now + 300, jti: randomUUID() }
  const claims = { iss: NAMES.issuer, sub: 'reader', aud: NAMES.service, ...times, access }
  const parts = [{ typ: 'JWT', alg: 'RS256', x5c }, claims].map(part =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return `${parts.join('.')}.${createSign('sha256').update(parts.join('.')).sign(key, 'base64url')}`
}
