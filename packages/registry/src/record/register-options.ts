import { HanseError, invalidArgument } from '@hanse/core'
import { valid as validVersion } from 'semver'
import { addressRefused } from '../errors.ts'
import { hostOf, portOf } from './address-rules.ts'
import type { AddressCheck } from './address-rules.ts'
import type { Instance } from './instance.ts'

/** Where an instance is reached: a URL, or its parts. The server must be bound before it registers, so that the port is the real one. */
export type AddressOptions =
  | {
      /** `http://` or `https://`, host and port; no path. */
      readonly url: string
      readonly scheme?: never
      readonly host?: never
      readonly port?: never
    }
  | {
      readonly url?: never
      /** @defaultValue 'http' */
      readonly scheme?: 'http' | 'https'
      /** A name or an address that the others can reach. */
      readonly host: string
      readonly port: number
    }

/** What an instance says about itself. */
export type RegisterOptions = AddressOptions & {
  /** The service's name: lower case letters, digits, `-`, `_` and `.`, at most 100, a letter first. */
  readonly name: string
  /** The service's version, as semver. */
  readonly version: string
  /** The path of a health endpoint on the instance itself, answered with 2xx while it can serve: `/health/live`. */
  readonly healthPath?: string
  /** The whole URL of a health endpoint that has another scheme, host or port than the instance. Not together with `healthPath`. */
  readonly healthUrl?: string
  /** Free facts, string to string: at most 64, keys up to 128 characters, values up to 1024. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Where it runs, in your own words. */
  readonly zone?: string
  /**
   * Its share of the traffic against the others', above 0 and at most 1000: a canary with 0.1 gets a tenth of what the others get.
   * @defaultValue 1
   */
  readonly weight?: number
}

/** What the registry adds to what the instance says. */
export interface InstanceIdentity {
  readonly id: string
  readonly incarnation: number
  readonly startedAt: Date
}

/**
 * Checks what an instance says about itself and fills in the rest. Pure.
 * @throws HanseError `INVALID_ARGUMENT`, or `REGISTRY_ADDRESS_REFUSED` for an address against the rules
 */
export function resolveInstance(options: RegisterOptions, identity: InstanceIdentity, check: AddressCheck): Instance {
  const url = addressOf(options)
  demandAddress(url, check)
  const health = healthOf(options, url, check)
  return Object.freeze({
    id: identity.id,
    service: demandName(options.name),
    url: url.origin,
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    host: hostOf(url),
    port: portOf(url),
    version: demandVersion(options.version),
    ...(health === undefined ? {} : { healthUrl: health }),
    metadata: demandMetadata(options.metadata),
    ...(options.zone === undefined ? {} : { zone: demandText("option 'zone' of register", options.zone, 100) }),
    weight: demandWeight(options.weight),
    startedAt: identity.startedAt,
    incarnation: identity.incarnation,
  })
}

/** Checks a service name. */
function demandName(name: unknown): string {
  if (typeof name === 'string' && /^[a-z][a-z0-9._-]{0,99}$/.test(name)) return name
  throw invalidArgument("option 'name' of register", "lower case letters, digits, '-', '_' and '.', a letter first, at most 100 characters", name)
}

function addressOf(options: RegisterOptions): URL {
  if (options.url !== undefined) return demandOrigin(options.url, "option 'url' of register")
  const { scheme = 'http', host, port } = options
  if (scheme !== 'http' && scheme !== 'https') throw invalidArgument("option 'scheme' of register", "'http' or 'https'", scheme)
  if (typeof host !== 'string' || host === '') throw invalidArgument("option 'host' of register", 'a host name or address, or give the whole url', host)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalidArgument("option 'port' of register", 'the bound port, from 1 to 65535', port)
  return demandOrigin(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`, "options 'host' and 'port' of register")
}

function demandOrigin(text: string, subject: string): URL {
  const url = demandUrl(text, subject)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw invalidArgument(subject, 'scheme, host and port alone, without a path', text)
  return url
}

function demandUrl(text: unknown, subject: string): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw invalidArgument(subject, 'a URL with http or https', text)
  if (url.username !== '' || url.password !== '') throw invalidArgument(subject, 'a URL without user name and password', 'one with them')
  return url
}

function demandAddress(url: URL, check: AddressCheck): void {
  const problem = check(url)
  if (problem !== undefined) throw addressRefused(url.origin, problem)
}

function healthOf(options: RegisterOptions, base: URL, check: AddressCheck): string | undefined {
  const { healthPath, healthUrl } = options
  if (healthPath !== undefined && healthUrl !== undefined) {
    throw invalidArgument("options 'healthPath' and 'healthUrl' of register", 'given one at a time', 'both')
  }
  if (healthUrl !== undefined) {
    const url = demandUrl(healthUrl, "option 'healthUrl' of register")
    demandAddress(url, check)
    return url.href
  }
  if (healthPath === undefined) return undefined
  const url = typeof healthPath === 'string' && healthPath.startsWith('/') ? URL.parse(`${base.origin}${healthPath}`) : null
  if (url === null || url.origin !== base.origin) throw invalidArgument("option 'healthPath' of register", "a path that starts with '/'", healthPath)
  return url.href
}

function demandVersion(version: unknown): string {
  const parsed = typeof version === 'string' ? validVersion(version) : null
  if (parsed === null) throw invalidArgument("option 'version' of register", 'a semver version, such as 1.4.0', version)
  return parsed
}

function demandMetadata(metadata: unknown): Readonly<Record<string, string>> {
  if (metadata === undefined) return Object.freeze({})
  const subject = "option 'metadata' of register"
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) throw invalidArgument(subject, 'an object of strings', metadata)
  const entries = Object.entries(metadata)
  if (entries.length > 64) throw invalidArgument(subject, 'at most 64 entries', `${entries.length} entries`)
  for (const [key, value] of entries) {
    if (key === '' || key.length > 128) throw invalidArgument(subject, 'keys of 1 to 128 characters', key)
    demandText(`entry '${key}' of ${subject}`, value, 1024)
  }
  return Object.freeze(Object.fromEntries(entries))
}

function demandText(subject: string, value: unknown, limit: number): string {
  if (typeof value === 'string' && value.length <= limit) return value
  throw invalidArgument(subject, `a string of at most ${limit} characters`, value)
}

function demandWeight(weight: unknown = 1): number {
  if (typeof weight === 'number' && weight > 0 && weight <= 1000) return weight
  throw invalidArgument("option 'weight' of register", 'a number above 0, at most 1000', weight)
}

/** What is wrong with an instance that was read from the store, or nothing. */
export function instanceProblem(candidate: RegisterOptions, identity: InstanceIdentity, check: AddressCheck): Instance | string {
  try {
    return resolveInstance(candidate, identity, check)
  } catch (error) {
    if (HanseError.isInstance(error)) return error.message
    throw error
  }
}
