import { invalidArgument } from '@hanse/core'

/** Bounds on what one client can take. */
export interface GatewayLimits {
  /**
   * The longest body in bytes, counted as it streams.
   * @defaultValue 1048576
   */
  readonly bodyBytes?: number
  /**
   * All header fields together, in bytes; 431 beyond.
   * @defaultValue 16384
   */
  readonly headerBytes?: number
  /**
   * Header fields; 431 beyond.
   * @defaultValue 100
   */
  readonly headerCount?: number
  /**
   * The request target, in bytes; 414 beyond.
   * @defaultValue 8192
   */
  readonly urlBytes?: number
  /**
   * Time for the header fields to arrive, in milliseconds.
   * @defaultValue 10000
   */
  readonly headersTimeoutMs?: number
  /**
   * Time for the whole request to arrive, in milliseconds.
   * @defaultValue 60000
   */
  readonly requestTimeoutMs?: number
  /**
   * How long a client may stop reading an answer, in milliseconds.
   * @defaultValue 60000
   */
  readonly clientIdleMs?: number
  /**
   * How long an idle connection of a client is kept, in milliseconds.
   * @defaultValue 65000
   */
  readonly keepAliveMs?: number
  /**
   * Requests under way at once; 503 beyond.
   * @defaultValue 10000
   */
  readonly concurrency?: number
  /**
   * Requests under way at once to one service; 503 beyond, so that one slow service cannot take all.
   * @defaultValue 1000
   */
  readonly concurrencyPerService?: number
}

/** {@link GatewayLimits} with every default filled in. */
export type ResolvedLimits = Required<GatewayLimits>

const defaults: ResolvedLimits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  headerCount: 100,
  urlBytes: 8_192,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  clientIdleMs: 60_000,
  keepAliveMs: 65_000,
  concurrency: 10_000,
  concurrencyPerService: 1_000,
}

/**
 * Fills in the defaults and checks them.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function resolveLimits(limits: GatewayLimits = {}): ResolvedLimits {
  const resolved = { ...defaults, ...limits }
  for (const [name, value] of Object.entries(resolved)) {
    if (!Object.hasOwn(defaults, name)) throw invalidArgument('a limit of a gateway', Object.keys(defaults).join(', '), name)
    if (!Number.isInteger(value) || value < 1) throw invalidArgument(`option 'limits.${name}' of a gateway`, 'a whole number from 1 up', value)
  }
  return resolved
}
