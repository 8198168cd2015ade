import { BlockList, isIP } from 'node:net'
import type { Problem } from '../../model.ts'
import type { Setting } from './operator-file.ts'

/** What the operator opened: destinations that may be reached although their address is private or the scheme plain http. */
export type EgressAllow = {
  /** `host` as `hostOf` says it, `port` as it is connected to, `address` that the host resolved to. */
  permits(host: string, port: number, address: string): boolean
}

/**
 * Reads the entries of `WINDLASS_EGRESS_ALLOW`: each a host (every port), a host:port or a CIDR (every host whose
 * address lies in it). IPv6 with a port is written in brackets.
 */
export function parseEgressAllow(entries: readonly string[]): Setting<EgressAllow> {
  const hosts = new Set<string>()
  const networks = new BlockList()
  const problems: Problem[] = []
  for (const entry of entries) {
    if (entry.includes('/') ? addNetwork(networks, entry) : addHost(hosts, entry)) continue
    const reason = `WINDLASS_EGRESS_ALLOW: "${entry}" is no host, host:port or CIDR; write for example registry.example.com:5000 or 10.0.0.0/8`
    problems.push({ file: null, line: null, reason })
  }
  if (problems.length > 0) return { ok: false, problems }
  const permits: EgressAllow['permits'] = (host, port, address) =>
    hosts.has(host) || hosts.has(`${host}:${port}`) || networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return { ok: true, value: { permits } }
}

function addNetwork(networks: BlockList, entry: string): boolean {
  const [address = '', prefix = '', ...more] = entry.split('/')
  const family = isIP(address)
  const bits = Number(prefix)
  if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(prefix) || bits > (family === 4 ? 32 : 128)) return false
  networks.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return true
}

/** Through the URL parser, so that an entry is compared in the same normal form as the URLs that are fetched. */
function addHost(hosts: Set<string>, entry: string): boolean {
  const bare = isIP(entry) === 6 ? `[${entry}]` : entry
  const parts = /^(?:\[[0-9a-f:.]+\]|[^:@?#*\\[\]]+)(:\d{1,5})?$/i.exec(bare)
  if (parts === null || !URL.canParse(`https://${bare}`)) return false
  // From the text, not the URL: the parser drops the scheme's own port.
  hosts.add(hostOf(new URL(`https://${bare}`)) + (parts[1] ?? ''))
  return true
}

/** The host of a URL in the form that is compared: IPv6 in brackets, without the dot that may end a full name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/\.$/, '')
}
