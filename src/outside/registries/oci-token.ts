import { z } from 'zod'
import type { Egress, FetchAnswer, FetchOptions, NotFetched } from '../net/egress.ts'
import type { OciRepository } from './oci-reference.ts'

/** Tokens of registries are a few kilobytes. */
const MAX_TOKEN_BYTES = 256 * 1024

const TokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() })

/** Fetches from registries that want a token first. */
export type OciFetch = (repository: OciRepository, url: string, options: FetchOptions) => Promise<FetchAnswer>

/**
 * A fetch that answers a `WWW-Authenticate: Bearer` challenge once (distribution specification, "token authentication").
 * The scope is ours, pull of this repository, whatever the registry asks for. The token goes to the registry's origin only;
 * credentials go to a token server elsewhere only when the operator gave both origins the same.
 */
export function createOciFetch(egress: Egress): OciFetch {
  const tokens = new Map<string, string>()
  return async (repository, url, options) => {
    const key = `${repository.from} ${repository.api} ${repository.name}`
    const ask = (token: string | undefined) => {
      if (token === undefined) return egress.fetch(url, { ...options, from: repository.from })
      const headers = { ...options.headers, authorization: `Bearer ${token}` }
      return egress.fetch(url, { ...options, headers, from: repository.api })
    }
    const answer = await ask(tokens.get(key))
    if (answer.ok || answer.status !== 401) return answer
    const realm = tokenUrl(answer.headers['www-authenticate'], repository)
    if (realm === null) return answer
    const token = await fetchToken(egress, realm, repository)
    if (typeof token !== 'string') return token
    tokens.set(key, token)
    return await ask(token)
  }
}

async function fetchToken(egress: Egress, url: string, { api, from }: OciRepository): Promise<string | NotFetched> {
  const answer = await egress.fetch(url, { maxBytes: MAX_TOKEN_BYTES, accept: 'application/json', from })
  if (!answer.ok) return { ...answer, reason: `the registry ${api} wants a token, and ${answer.reason}` }
  const parsed = TokenAnswer.safeParse(json(answer.value.body))
  const token = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token
  return { ok: false, reason: `the token server of ${api} gave no token`, retry: false, status: null, headers: {} }
}

/** The address of the token server out of `Bearer realm="…",service="…"`, null when the registry wants something else. */
function tokenUrl(challenge: string | undefined, { name }: OciRepository): string | null {
  const [, parameters] = /^\s*bearer\s+(.{1,2000})$/i.exec(challenge ?? '') ?? []
  const realm = parameter(parameters, 'realm')
  if (realm === undefined || !URL.canParse(realm)) return null
  const url = new URL(realm)
  const service = parameter(parameters, 'service')
  if (service !== undefined) url.searchParams.set('service', service)
  url.searchParams.set('scope', `repository:${name}:pull`)
  return url.href
}

function parameter(parameters: string | undefined, name: 'realm' | 'service'): string | undefined {
  return new RegExp(`(?:^|[,\\s])${name}="([^"]*)"`, 'i').exec(parameters ?? '')?.[1]
}

/** JSON, or undefined for what is none. */
export function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
