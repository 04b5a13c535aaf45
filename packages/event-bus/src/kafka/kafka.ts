import { createDeadline, raceAbort } from '@hanse/core'
import type { ConnectOptions, EventTransport, TransportSession } from '../transport/event-transport.ts'
import { connectFailed, isCertificateTrouble } from './kafka-failures.ts'
import { resolveKafkaOptions } from './kafka-options.ts'
import type { KafkaOptions, ResolvedKafkaOptions } from './kafka-options.ts'
import { KafkaSession } from './kafka-session.ts'
import { openKafkajs } from './kafkajs/open-kafkajs.ts'

/**
 * The transport on Apache Kafka (3.9 and 4.x are tested), through `kafkajs`, which the application installs.
 *
 * - Publishing: one idempotent producer a bus, all in-sync replicas must have a record; what is published while a request is under way goes together
 *   with the next. Keys go to the partitions that the Java client would choose.
 * - Consuming: members keep their partitions through rebalances, drain what moves before it moves (as the cooperative protocol does), commit exactly
 *   what the bus says, and come back after a crash of the client. A group on a topic is the Kafka group `group/topic`.
 * - Topics are made with the partitions that their events declare, or named when they must exist and do not.
 *
 * @throws HanseError `INVALID_ARGUMENT`; connecting throws `CONNECT_FAILED`, which names the option that is wrong
 *
 * @example
 * ```ts
 * const bus = createEventBus({ transport: kafka({ brokers: ['127.0.0.1:9092'] }), source: 'order-service' })
 * ```
 */
export function kafka(options: KafkaOptions): EventTransport {
  return new KafkaTransport(resolveKafkaOptions(options))
}

class KafkaTransport implements EventTransport {
  readonly name = 'kafka'
  readonly capabilities: EventTransport['capabilities'] = ['durable']
  readonly #options: ResolvedKafkaOptions

  constructor(options: ResolvedKafkaOptions) {
    this.#options = options
  }

  async connect(options: ConnectOptions): Promise<TransportSession> {
    const { signal, logger } = options
    const { connectTimeoutMs, sessionTimeoutMs, maxRecordBytes } = this.#options
    using deadline = createDeadline({ timeoutMs: connectTimeoutMs, subject: 'the connection to Kafka', ...(signal === undefined ? {} : { signal }) })
    const refused = Promise.withResolvers<never>()
    const opening = openKafkajs(this.#options, logger, (message) => {
      if (isCertificateTrouble(message)) refused.reject(new Error(message))
    })
    try {
      const client = await Promise.race([raceAbort(opening, deadline.signal), refused.promise])
      return new KafkaSession({ ...options, client, sessionTimeoutMs, maxRecordBytes })
    } catch (error) {
      // A client that comes up after all is not left behind.
      opening.then((late) => late.close()).catch(() => undefined)
      signal?.throwIfAborted()
      throw connectFailed(this.#options, error)
    }
  }
}
