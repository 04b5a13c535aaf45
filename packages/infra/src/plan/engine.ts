/** The servers that can be started. */
export const engineNames = ['cassandra', 'kafka', 'elasticsearch'] as const

/** One of {@link engineNames}. */
export type EngineName = (typeof engineNames)[number]

/**
 * The versions that are started unless another is asked for: those that the tests of Hanse run on.
 * Kafka 3.9.1 is tried, too. Elasticsearch needs a version of 8.18 or 8.19 whose `transport-netty4` is published.
 */
export const defaultVersions: Readonly<Record<EngineName, string>> = { cassandra: '5.0.6', kafka: '4.2.0', elasticsearch: '8.19.21' }

/** The ports that the command line uses, the usual ones of each server. */
export const usualPorts: Readonly<Record<EngineName, number>> = { cassandra: 9042, kafka: 9092, elasticsearch: 9200 }
