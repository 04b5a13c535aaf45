import { BlockList, isIP } from 'node:net'

/** Networks that no instance may live in: link-local, with the clouds' metadata services, and the unspecified address. */
const refused = new BlockList()
refused.addSubnet('169.254.0.0', 16, 'ipv4')
refused.addSubnet('0.0.0.0', 8, 'ipv4')
refused.addSubnet('fe80::', 10, 'ipv6')
refused.addAddress('::', 'ipv6')
refused.addAddress('fd00:ec2::254', 'ipv6')

/**
 * The origin of an instance's address; `undefined` for anything but `http(s)://host[:port]`, and for networks that no service lives in. Pure.
 * The registry's data are not trusted blindly: a record must not turn the gateway into a way to inner addresses.
 */
export function parseOrigin(url: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return undefined
  if (parsed.username !== '' || parsed.password !== '' || parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') return undefined
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  const version = isIP(host)
  if (version !== 0 && refused.check(host, version === 6 ? 'ipv6' : 'ipv4')) return undefined
  return parsed.origin
}

/** Makes a {@link parseOrigin} that remembers the addresses it has seen. */
export function createOriginParser(maxEntries = 10_000): typeof parseOrigin {
  const known = new Map<string, string | undefined>()
  return (url) => {
    if (known.has(url)) return known.get(url)
    if (known.size >= maxEntries) known.clear()
    const origin = parseOrigin(url)
    known.set(url, origin)
    return origin
  }
}
