import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isPublicAddress } from './addresses.ts'
import type { Credentials } from './credentials.ts'
import { type EgressAllow, hostOf } from './egress-allow.ts'
import type { Mirrors } from './mirrors.ts'

/** What decides which addresses may be asked. */
export type Guard = {
  readonly allow: EgressAllow
  readonly mirrors: Mirrors
  /** Every address of a host. Told apart for tests only; default is the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>
}

/** An address that may be asked, and the only addresses that may be connected to for it. */
export type Target = { readonly url: URL; readonly addresses: readonly LookupAddress[] }

/** The address as it may be connected to, or why it may not. */
export async function admit(guard: Guard, address: string, signal: AbortSignal): Promise<Target | string> {
  if (!URL.canParse(address)) return 'refused: this is no URL'
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'refused: only https is fetched'
  if (url.username !== '' || url.password !== '') {
    return 'refused: there is a user name or password in the URL; credentials belong into the file of WINDLASS_REGISTRY_AUTH'
  }
  const addresses = await addressesOf(url, guard.resolve ?? resolveAll, signal)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const permitted = addresses.filter(({ address }) => isPermitted(guard, url, port, address))
  if (permitted.length > 0) return { url, addresses: permitted }
  const add = `add ${hostOf(url)}:${port} to WINDLASS_EGRESS_ALLOW if this host is meant to be reached`
  if (addresses.some(({ address }) => isPublicAddress(address))) return `refused: plain http; ${add}`
  return `refused: its address is not public; ${add}`
}

function isPermitted({ allow, mirrors }: Guard, url: URL, port: number, address: string): boolean {
  if (mirrors.origins.has(url.origin) || allow.permits(hostOf(url), port, address)) return true
  return url.protocol === 'https:' && isPublicAddress(address)
}

function resolveAll(host: string): Promise<readonly LookupAddress[]> {
  return lookup(host, { all: true })
}

async function addressesOf(
  url: URL,
  resolve: (host: string) => Promise<readonly LookupAddress[]>,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const host = hostOf(url).replace(/^\[|\]$/g, '')
  const family = isIP(host)
  if (family !== 0) return [{ address: host, family }]
  // The system's resolver knows no abort, so the time limit is raced.
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return await Promise.race([resolve(host), expired])
}

/**
 * Whether credentials may go to `origin` when `home` sent us there. Another origin gets its own only when the operator
 * gave both the same ones: a registry and its token server belong together, a stranger's redirect proves nothing.
 */
export function isTrusted(credentials: Credentials, home: string, origin: string): boolean {
  return home === origin || credentials.authorization(home) === credentials.authorization(origin)
}
