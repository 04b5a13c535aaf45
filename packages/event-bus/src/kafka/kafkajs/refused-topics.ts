/** What kafkajs tells of topics that were not made: one error for each, which it does not call an error where the topic is there already. */
interface RefusedTopic extends Error {
  readonly type?: string
  readonly retriable?: boolean
}

/**
 * The error of topics that were not made, without those that are there. A factor of replication that the cluster can have, and has not enough brokers
 * for now, is no refusal for good: brokers that were away are counted again after a while.
 *
 * @param brokers - how many brokers the cluster is known to have
 */
export function refusedTopics(error: unknown, replicationFactor: number, brokers: number): unknown {
  const { message, errors } = error as { readonly message: string; readonly errors?: readonly RefusedTopic[] }
  if (errors === undefined) return error
  const passes = ({ type }: RefusedTopic): boolean => type === 'INVALID_REPLICATION_FACTOR' && replicationFactor <= brokers
  const refused = errors.filter(({ type }) => type !== 'TOPIC_ALREADY_EXISTS')
  return new AggregateError(
    refused.map((one) => (passes(one) ? Object.assign(one, { retriable: true }) : one)),
    message,
  )
}
