import { readCidr, readIp, writeIp } from '../../text/ip.ts'
import { type CelFunction, type Functions, fail, ofString } from './function.ts'
import { type CelValue, type Special, special } from './values.ts'

type Address = Special & { readonly cel: 'ip' }
type Network = Special & { readonly cel: 'cidr' }

const MAPPED = 0xffffn << 32n

/** An address; IPv4 written as IPv6 is none for Kubernetes. */
function address(text: string): Address | null {
  const ip = readIp(text)
  if (!ip || (ip.bits === 128 && ip.value >> 32n === MAPPED >> 32n)) return null
  return { cel: 'ip', ...ip, text: writeIp(ip) }
}

function network(text: string): Network | null {
  const found = readCidr(text)
  return found && address(text.split('/')[0] ?? '') ? { cel: 'cidr', ...found } : null
}

function toAddress(text: string): Address {
  return address(text) ?? fail(`"${text}" is no IP address`)
}

function toNetwork(text: string): Network {
  return network(text) ?? fail(`"${text}" is no CIDR`)
}

function within(ip: Address, { bits, value, length }: Network): boolean {
  const shift = BigInt(bits - length)
  return ip.bits === bits && ip.value >> shift === value >> shift
}

/** Whether an address begins like one of two networks, for IPv4 and for IPv6. */
function like(four: string, six: string): CelFunction {
  return ofAddress(ip => within(ip, toNetwork(ip.bits === 32 ? four : six)))
}

function ofAddress(work: (ip: Address) => CelValue): CelFunction {
  return ([value]) => {
    const ip = special(value, 'ip')
    return ip ? work(ip) : undefined
  }
}

function ofNetwork(work: (cidr: Network, other: CelValue | undefined) => CelValue | undefined): CelFunction {
  return ([value, other]) => {
    const cidr = special(value, 'cidr')
    return cidr ? work(cidr, other) : undefined
  }
}

const isGlobal: CelFunction = (args, budget) => {
  const others = ['.isUnspecified', '.isLoopback', '.isLinkLocalUnicast', 'multicast']
  const ip = special(args[0], 'ip')
  if (!ip || (ip.bits === 32 && ip.value === 0xffffffffn)) return ip ? false : undefined
  return others.every(name => (name === 'multicast' ? MULTICAST : NETWORKS.get(name))?.(args, budget) === false)
}

const MULTICAST = like('224.0.0.0/4', 'ff00::/8')

function masked({ bits, value, length }: Network): Network {
  const shift = BigInt(bits - length)
  return { cel: 'cidr', bits, value: (value >> shift) << shift, length }
}

const containsIP = ofNetwork((cidr, other) => {
  const ip = typeof other === 'string' ? toAddress(other) : special(other, 'ip')
  return ip ? within(ip, cidr) : undefined
})

const containsCIDR = ofNetwork((cidr, other) => {
  const inner = typeof other === 'string' ? toNetwork(other) : special(other, 'cidr')
  if (!inner) return undefined
  const { bits, value } = inner
  return inner.length >= cidr.length && within({ cel: 'ip', bits, value, text: '' }, cidr)
})

/** Kubernetes' libraries of IP addresses and CIDR networks. */
export const NETWORKS: Functions = new Map<string, CelFunction>([
  ['isIP', ofString(text => address(text) !== null)],
  ['ip', ofString(toAddress)],
  ['ip.isCanonical', ofString(text => toAddress(text).text === text)],
  ['.family', ofAddress(({ bits }) => (bits === 32 ? 4n : 6n))],
  ['.isUnspecified', ofAddress(({ value }) => value === 0n)],
  ['.isLoopback', like('127.0.0.0/8', '::1/128')],
  ['.isLinkLocalMulticast', like('224.0.0.0/24', 'ff02::/16')],
  ['.isLinkLocalUnicast', like('169.254.0.0/16', 'fe80::/10')],
  ['.isGlobalUnicast', isGlobal],
  ['isCIDR', ofString(text => network(text) !== null)],
  ['cidr', ofString(toNetwork)],
  ['.containsIP', containsIP],
  ['.containsCIDR', containsCIDR],
  ['.ip', ofNetwork(({ bits, value }) => ({ cel: 'ip', bits, value, text: writeIp({ bits, value }) }))],
  ['.masked', ofNetwork(masked)],
  ['.prefixLength', ofNetwork(({ length }) => BigInt(length))],
  ['string', ofNetwork(({ bits, value, length }) => `${writeIp({ bits, value })}/${length}`)],
])
