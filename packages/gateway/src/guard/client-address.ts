import { BlockList, isIP, isIPv6 } from 'node:net'
import { invalidArgument } from '@hanse/core'

/**
 * Which forwarding headers to believe. Nobody's by default: then the client is the peer of the socket.
 * `hops` counts proxies of yours in front of the gateway; `proxies` names them by address or CIDR range.
 */
export type TrustOptions = { readonly hops: number } | { readonly proxies: readonly string[] }

/** Says who the client is. */
export interface AddressReader {
  /** Whether the peer's forwarding headers are believed. */
  trusts(peer: string): boolean
  /** The client's address, from the peer's and, where it is trusted, the X-Forwarded-For list. */
  client(peer: string, forwardedFor: string | undefined): string
}

/**
 * Makes an {@link AddressReader}. The list is read from the right, so that a client's own entries are never believed.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function createAddressReader(trust: TrustOptions | undefined): AddressReader {
  if (trust === undefined) return { trusts: () => false, client: (peer) => plainAddress(peer) }
  if ('hops' in trust) return byHops(trust.hops)
  return byProxies(trust.proxies)
}

/** An address without the IPv6 wrapping of an IPv4 address, and without a zone. Pure. */
export function plainAddress(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  const zone = address.indexOf('%')
  return zone === -1 ? address : address.slice(0, zone)
}

/** The key that counts for one client: an IPv4 address, or the /64 network of an IPv6 address, which one client owns whole. Pure. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':')
    while (groups.length + behind.length < 8) groups.push('0')
    groups.push(...behind)
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}

function byHops(hops: number): AddressReader {
  if (!Number.isInteger(hops) || hops < 0) throw invalidArgument("option 'trust.hops'", 'a whole number from 0 up', hops)
  return {
    trusts: () => hops > 0,
    client(peer, forwardedFor) {
      const chain = chainOf(peer, hops > 0 ? forwardedFor : undefined)
      return chain[Math.max(0, chain.length - 1 - hops)] ?? plainAddress(peer)
    },
  }
}

function byProxies(proxies: readonly string[]): AddressReader {
  const trusted = new BlockList()
  for (const proxy of proxies) addRange(trusted, proxy)
  const trusts = (address: string): boolean => isTrusted(trusted, plainAddress(address))
  return {
    trusts,
    client(peer, forwardedFor) {
      const chain = chainOf(peer, trusts(peer) ? forwardedFor : undefined)
      return chain.findLast((address) => !trusts(address)) ?? chain[0] ?? plainAddress(peer)
    },
  }
}

/** Client first, peer last; entries from the right up to the first that is no address. */
function chainOf(peer: string, forwardedFor: string | undefined): readonly string[] {
  const chain = [plainAddress(peer)]
  for (const entry of (forwardedFor ?? '').split(',').reverse()) {
    const address = plainAddress(entry.trim())
    if (isIP(address) === 0) break
    chain.unshift(address)
  }
  return chain
}

function addRange(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/')
  const version = isIP(address)
  const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix)
  if (version === 0 || !Number.isInteger(bits) || bits < 0 || bits > (version === 6 ? 128 : 32)) {
    throw invalidArgument("option 'trust.proxies'", "addresses or CIDR ranges like '10.0.0.0/8'", range)
  }
  list.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4')
}

function isTrusted(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
