import type { ConnectionOptions } from 'node:tls'
import { invalidArgument } from '@hanse/core'

/** How to prove who we are. */
export type KafkaSasl = {
  /** The mechanism that the brokers ask for. */
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** Options of {@link kafka}. */
export interface KafkaOptions {
  /** Some brokers, each `host:port`; the others are found through them. */
  readonly brokers: readonly string[]
  /**
   * Names this application in the brokers' logs and quotas.
   * @defaultValue 'hanse'
   */
  readonly clientId?: string
  /** Encrypts the connections: `true`, or Node's own TLS options, such as `ca`. */
  readonly tls?: true | ConnectionOptions
  /** Where the brokers ask for a name and a password. */
  readonly sasl?: KafkaSasl
  /**
   * Copies of the topics that are made; at most the number of brokers. -1 is the brokers' own default.
   * @defaultValue -1
   */
  readonly replicationFactor?: number
  /**
   * How batches of about 16 KiB and more are compressed; smaller ones are not, because it takes longer than it saves. Reading knows gzip and
   * uncompressed batches.
   * @defaultValue 'gzip'
   */
  readonly compression?: 'gzip' | 'none'
  /**
   * The largest record that is sent, in bytes before compression, as the Java client's `max.request.size`; larger ones are refused at once.
   * @defaultValue 1000000, a little less than what brokers take unless told otherwise
   */
  readonly maxRecordBytes?: number
  /**
   * How soon the partitions of a dead process go to others, in milliseconds; the brokers allow 6 seconds to 30 minutes unless told otherwise.
   * @defaultValue 6000
   */
  readonly sessionTimeoutMs?: number
  /**
   * How long connecting may take before it fails with what it found.
   * @defaultValue 10000
   */
  readonly connectTimeoutMs?: number
}

/** The options with every default filled in. */
export type ResolvedKafkaOptions = Required<Omit<KafkaOptions, 'tls' | 'sasl'>> & Pick<KafkaOptions, 'tls' | 'sasl'>

/**
 * Fills in the defaults and checks them.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function resolveKafkaOptions(options: KafkaOptions): ResolvedKafkaOptions {
  const resolved = {
    clientId: 'hanse',
    replicationFactor: -1,
    compression: 'gzip' as const,
    maxRecordBytes: 1_000_000,
    sessionTimeoutMs: 6_000,
    connectTimeoutMs: 10_000,
    ...options,
  }
  const { brokers, replicationFactor, compression, sessionTimeoutMs, connectTimeoutMs } = resolved
  if (!Array.isArray(brokers) || brokers.length === 0 || !brokers.every((broker) => /^[^\s/]+:\d{1,5}$/.test(String(broker))))
    throw invalidArgument("option 'brokers' of kafka", "an array of at least one 'host:port'", brokers)
  if (replicationFactor !== -1 && !(Number.isInteger(replicationFactor) && replicationFactor >= 1))
    throw invalidArgument("option 'replicationFactor' of kafka", 'a whole number from 1 up, or -1', replicationFactor)
  if (compression !== 'gzip' && compression !== 'none') throw invalidArgument("option 'compression' of kafka", "'gzip' or 'none'", compression)
  if (!(resolved.maxRecordBytes >= 1)) throw invalidArgument("option 'maxRecordBytes' of kafka", 'a number from 1 up', resolved.maxRecordBytes)
  if (!(sessionTimeoutMs >= 1_000)) throw invalidArgument("option 'sessionTimeoutMs' of kafka", 'a number from 1000 up', sessionTimeoutMs)
  if (!(connectTimeoutMs > 0)) throw invalidArgument("option 'connectTimeoutMs' of kafka", 'a positive number of milliseconds', connectTimeoutMs)
  return resolved
}
