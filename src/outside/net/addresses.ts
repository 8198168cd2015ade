import { BlockList, isIPv4 } from 'node:net'

/**
 * IPv4 ranges that are not the public internet.
 * Source: IANA IPv4 Special-Purpose Address Registry (RFC 6890 and updates), plus multicast (RFC 5771).
 */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network, unspecified
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, metadata services of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]

/** The only IPv6 range that is allocated for the public internet (IANA IPv6 Global Unicast Address Assignments). */
const GLOBAL_V6: readonly (readonly [string, number])[] = [['2000::', 3]]

/** What lies inside it and is not public. Source: IANA IPv6 Special-Purpose Address Registry. */
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, Teredo among them: carries an IPv4 address inside
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries an IPv4 address inside
  ['3fff::', 20], // documentation
]

const notPublicV4 = blockList(NOT_PUBLIC_V4, 'ipv4')
const globalV6 = blockList(GLOBAL_V6, 'ipv6')
const notPublicV6 = blockList(NOT_PUBLIC_V6, 'ipv6')

function blockList(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, family)
  return list
}

/**
 * Whether an address (as `net.isIP` accepts it) belongs to the public internet. IPv6 forms that carry an IPv4
 * address (mapped, NAT64, 6to4, Teredo) never do: through them a private address could be reached.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublicV4.check(address, 'ipv4')
  return globalV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6')
}
