import { generateId as systemGenerateId, invalidArgument, safeLogger, systemClock, systemRandom } from '@hanse/core'
import type { Clock, GenerateId, Logger, Random } from '@hanse/core'
import type { Database } from '@hanse/data'
import { resolveHealthPolicy } from './detect/health-policy.ts'
import type { HealthPolicy, HealthPolicyOptions } from './detect/health-policy.ts'
import { httpProber } from './detect/http-prober.ts'
import type { Prober } from './detect/prober.ts'
import { createAddressCheck } from './record/address-rules.ts'
import type { AddressCheck, AddressRuleOptions } from './record/address-rules.ts'

/** How this process tells that it lives. */
export interface BeatOptions {
  /**
   * Milliseconds between two beats, jittered by a fifth.
   * @defaultValue 2000
   */
  readonly everyMs?: number
  /**
   * How long the record outlives the last beat, in milliseconds; at least three beats, rounded up to seconds.
   * @defaultValue 30000, or five beats when that is more
   */
  readonly ttlMs?: number
}

/** How the snapshot is kept fresh. */
export interface RefreshOptions {
  /**
   * Milliseconds between two reads of the store, jittered by a tenth.
   * @defaultValue 1000
   */
  readonly everyMs?: number
}

/** How suspects are probed. */
export interface ProbeOptions {
  /** @defaultValue `httpProber()`: the health endpoint by HTTP, else the port by TCP */
  readonly prober?: Prober
  /**
   * Milliseconds between two probes of a suspect.
   * @defaultValue 500
   */
  readonly everyMs?: number
  /**
   * A probe that takes longer has failed, in milliseconds.
   * @defaultValue 1000
   */
  readonly timeoutMs?: number
}

/** Options of `createRegistry`. */
export interface RegistryOptions extends AddressRuleOptions {
  /** The database that all processes share. The registry adds its own table and never closes it. */
  readonly store: Database
  /**
   * Separates registries in one store.
   * @defaultValue 'default'
   */
  readonly namespace?: string
  /**
   * Partitions that the records are spread over: one for each thousand processes. The same number in every process.
   * @defaultValue 1
   */
  readonly shards?: number
  readonly beat?: BeatOptions
  readonly refresh?: RefreshOptions
  /** When an instance is suspected, given up and trusted again. */
  readonly health?: HealthPolicyOptions
  /**
   * How suspects are probed; `false` leaves the judgement to beats and reports alone.
   * @defaultValue probes by `httpProber()`
   */
  readonly probe?: ProbeOptions | false
  /** @defaultValue the system's clock */
  readonly clock?: Clock
  /** @defaultValue the system's chance */
  readonly random?: Random
  /** @defaultValue UUIDv7 */
  readonly generateId?: GenerateId
  /** @defaultValue silent */
  readonly logger?: Logger
}

/** {@link RegistryOptions}, checked, with every default filled in. */
export interface ResolvedRegistryOptions {
  readonly store: Database
  readonly namespace: string
  readonly shards: number
  readonly beatEveryMs: number
  readonly ttlSeconds: number
  readonly refreshEveryMs: number
  readonly policy: HealthPolicy
  readonly probe: Required<ProbeOptions> | undefined
  readonly check: AddressCheck
  readonly clock: Clock
  readonly random: Random
  readonly generateId: GenerateId
  readonly logger: Logger
}

/**
 * Checks the options once.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function resolveRegistryOptions(options: RegistryOptions): ResolvedRegistryOptions {
  const { store, namespace = 'default', shards = 1, clock = systemClock, random = systemRandom } = options
  if (typeof store?.extend !== 'function') throw invalidArgument("option 'store' of createRegistry", 'a database made by createDatabase', store)
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(namespace)) throw invalidArgument("option 'namespace'", 'lower case letters, digits, dots and dashes', namespace)
  if (!Number.isInteger(shards) || shards < 1 || shards > 1024) throw invalidArgument("option 'shards'", 'a whole number from 1 to 1024', shards)
  const beatEveryMs = demandMs("option 'beat.everyMs'", options.beat?.everyMs ?? 2_000)
  return {
    store,
    namespace,
    shards,
    beatEveryMs,
    ttlSeconds: resolveTtl(beatEveryMs, options.beat?.ttlMs),
    refreshEveryMs: demandMs("option 'refresh.everyMs'", options.refresh?.everyMs ?? 1_000),
    policy: resolveHealthPolicy(options.health),
    probe: resolveProbe(options.probe),
    check: createAddressCheck(options),
    clock,
    random,
    generateId: options.generateId ?? systemGenerateId,
    logger: safeLogger(options.logger),
  }
}

function resolveTtl(everyMs: number, ttlMs: number = Math.max(30_000, 5 * everyMs)): number {
  if (!Number.isFinite(ttlMs) || ttlMs < 3 * everyMs) throw invalidArgument("option 'beat.ttlMs'", `at least three beats (${3 * everyMs} ms)`, ttlMs)
  return Math.ceil(ttlMs / 1_000)
}

function resolveProbe(probe: RegistryOptions['probe']): Required<ProbeOptions> | undefined {
  if (probe === false) return undefined
  const { prober = httpProber(), everyMs = 500, timeoutMs = 1_000 } = probe ?? {}
  return { prober, everyMs: demandMs("option 'probe.everyMs'", everyMs), timeoutMs: demandMs("option 'probe.timeoutMs'", timeoutMs) }
}

function demandMs(subject: string, value: number): number {
  if (Number.isFinite(value) && value >= 1 && value <= 3_600_000) return value
  throw invalidArgument(subject, 'milliseconds from 1 to 3600000', value)
}
