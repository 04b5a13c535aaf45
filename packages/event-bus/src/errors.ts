import { HanseError } from '@hanse/core'

/** The codes of errors that `@hanse/event-bus` throws, besides those of `@hanse/core`. */
export const eventBusErrorCodes = [
  'TOPIC_MISSING',
  'TOPIC_MISMATCH',
  'BUFFER_FULL',
  'PUBLISH_FAILED',
  'UNDECODABLE',
  'UNKNOWN_VERSION',
  'PARTITION_LOST',
  'RETRY_LATER',
  'DEAD_LETTER',
  'DROP',
  'CONNECT_FAILED',
  'ENGINE_FAILED',
] as const

/** One of {@link eventBusErrorCodes}. */
export type EventBusErrorCode = (typeof eventBusErrorCodes)[number]

/** The error of a topic that nobody has made. */
export function topicMissing(topic: string): HanseError<EventBusErrorCode> {
  return new HanseError(`topic '${topic}' does not exist. Create it, or let the bus create it with the option topics: 'create'.`, {
    code: 'TOPIC_MISSING',
    details: { topic },
  })
}

/** The error of a topic that exists with another number of partitions. */
export function topicMismatch(topic: string, expected: number, received: number): HanseError<EventBusErrorCode> {
  return new HanseError(
    `topic '${topic}' must have ${expected} partitions; it has ${received}. Change 'partitions' in its event, because adding partitions later would break the order by key.`,
    { code: 'TOPIC_MISMATCH', details: { topic, expected, received } },
  )
}

/** The error of a commit, or the reason of an abort, when a partition has gone to another member. */
export function partitionLost(group: string, topic: string, partition: number): HanseError<EventBusErrorCode> {
  return new HanseError(`partition ${partition} of topic '${topic}' now belongs to another member of group '${group}'.`, {
    code: 'PARTITION_LOST',
    details: { group, topic, partition },
  })
}
