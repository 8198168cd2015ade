/** An address as a number; `bits` is 32 for IPv4 and 128 for IPv6. */
export type Ip = { readonly bits: 32 | 128; readonly value: bigint }

const OCTET = /^(?:0|[1-9]\d{0,2})$/

function ipv4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => OCTET.test(part) && Number(part) < 256)) return null
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}

/** The 16-bit groups of a half of an IPv6 address, null when they are none; the last may be IPv4. */
function groups(text: string): readonly bigint[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const tail = last.includes('.') ? ipv4(last) : null
  if (last.includes('.') && tail === null) return null
  const plain = tail === null ? parts : parts.slice(0, -1)
  if (!plain.every(part => /^[0-9a-f]{1,4}$/i.test(part))) return null
  return [...plain.map(part => BigInt(`0x${part}`)), ...(tail === null ? [] : [tail >> 16n, tail & 0xffffn])]
}

function ipv6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = [groups(halves[0] ?? ''), groups(halves[1] ?? '')]
  if (!head || !tail) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const all = [...head, ...Array<bigint>(missing).fill(0n), ...tail]
  return all.reduce((sum, group) => sum * 65536n + group, 0n)
}

/** Reads an IP address as Go does (`netip.ParseAddr`): no zones, no leading zeros. Null when it is none. */
export function readIp(text: string): Ip | null {
  if (text.length > 50) return null
  const value = text.includes(':') ? ipv6(text) : ipv4(text)
  return value === null ? null : { bits: text.includes(':') ? 128 : 32, value }
}

/** Reads `address/length`; the address keeps its host bits. Null when it is none. */
export function readCidr(text: string): (Ip & { readonly length: number }) | null {
  const found = /^([^/]{1,50})\/(0|[1-9]\d{0,2})$/.exec(text)
  const ip = found ? readIp(found[1] ?? '') : null
  const length = Number(found?.[2])
  return ip && length <= ip.bits ? { ...ip, length } : null
}

/** An address as it is written canonically (RFC 5952). */
export function writeIp({ bits, value }: Ip): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.')
  const all = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  const runs = [...all.join(':').matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)].toSorted((a, b) => b[0].length - a[0].length)
  const longest = runs[0]
  if (!longest) return all.join(':')
  const text = all.join(':')
  const [before, after] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)]
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`
}
