import { BlockList, isIP } from 'node:net'
import { invalidArgument } from '@hanse/core'

/** Which addresses a registry accepts, when it writes its own and when it reads those of others. */
export interface AddressRuleOptions {
  /**
   * Networks in CIDR notation (`10.0.0.0/8`, `fd00::/8`). When given, addresses outside are refused, and so are host names that `allowedHosts` does not name.
   * @defaultValue all networks but link-local ones
   */
  readonly allowedNetworks?: readonly string[]
  /**
   * Host names; one that starts with a dot allows every name below it: `.svc.internal`. When given, other names are refused.
   * @defaultValue all names, or none when `allowedNetworks` is given
   */
  readonly allowedHosts?: readonly string[]
  /**
   * Ports, or ranges as `[from, to]`, both included.
   * @defaultValue all ports
   */
  readonly allowedPorts?: readonly (number | readonly [from: number, to: number])[]
  /**
   * Whether processes of several hosts share the store. Then loopback addresses are refused: they would mean another host to every reader.
   * @defaultValue false
   */
  readonly sharedBetweenHosts?: boolean
}

/** Looks at an origin; says what is wrong with it, or nothing. */
export type AddressCheck = (url: URL) => string | undefined

const linkLocal = networks(['169.254.0.0/16', 'fe80::/10'], 'link-local')
const loopback = networks(['127.0.0.0/8', '::1/128'], 'loopback')
const unspecified = networks(['0.0.0.0/8', '::/128'], 'unspecified')

/**
 * Compiles the rules once. A link-local address is refused unless `allowedNetworks` covers it; `0.0.0.0` and `::` always, since nobody can call them.
 * @throws HanseError `INVALID_ARGUMENT` for a network or a port that is none
 */
export function createAddressCheck(options: AddressRuleOptions = {}): AddressCheck {
  const { allowedHosts, allowedNetworks, sharedBetweenHosts = false } = options
  const allowed = allowedNetworks === undefined ? undefined : networks(allowedNetworks, "option 'allowedNetworks'")
  const portAllowed = compilePorts(options.allowedPorts)
  return (url) => {
    const host = hostOf(url)
    const port = portOf(url)
    if (port === 0) return 'port 0 means "any"; give the port that is really bound'
    if (!portAllowed(port)) return `port ${port} is not among the allowed ports`
    return isIP(host) === 0 ? nameProblem(host, allowedHosts, allowed !== undefined, sharedBetweenHosts) : ipProblem(host, allowed, sharedBetweenHosts)
  }
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
}

/** The port of a URL, also when it is the scheme's own. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

function ipProblem(host: string, allowed: BlockList | undefined, shared: boolean): string | undefined {
  if (contains(unspecified, host)) return 'it means every address of the listener; advertise one that others can call'
  if (shared && contains(loopback, host)) return 'it is a loopback address, and the store is shared between hosts; advertise one that the others can reach'
  if (allowed !== undefined) return contains(allowed, host) ? undefined : 'it is outside the allowed networks'
  return contains(linkLocal, host) ? 'it is link-local; name its network in allowedNetworks if you mean it' : undefined
}

function nameProblem(host: string, names: readonly string[] | undefined, networksGiven: boolean, shared: boolean): string | undefined {
  const local = host === 'localhost' || host.endsWith('.localhost')
  if (shared && local) return 'it is a loopback name, and the store is shared between hosts; advertise one that the others can reach'
  if (names?.some((name) => (name.startsWith('.') ? host.endsWith(name) : host === name)) === true) return undefined
  if (names !== undefined) return 'its host name is not among the allowed hosts'
  return networksGiven ? 'it is a host name, and only networks are allowed; add it to allowedHosts' : undefined
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function networks(cidrs: readonly string[], subject: string): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/')
    const family = isIP(address)
    const bits = Number(prefix)
    if (family === 0 || prefix === '' || !Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32)) {
      throw invalidArgument(subject, 'networks in CIDR notation, such as 10.0.0.0/8', cidr)
    }
    list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

function compilePorts(ports: AddressRuleOptions['allowedPorts']): (port: number) => boolean {
  if (ports === undefined) return () => true
  const ranges = ports.map((entry) => (typeof entry === 'number' ? ([entry, entry] as const) : entry))
  for (const [from, to] of ranges) {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to > 65_535 || from > to) {
      throw invalidArgument("option 'allowedPorts'", 'ports from 1 to 65535, or ranges [from, to]', `${from}-${to}`)
    }
  }
  return (port) => ranges.some(([from, to]) => port >= from && port <= to)
}
