import type { AbortOptions, Closable } from '@hanse/core'
import type { EngineName } from './plan/engine.ts'

/** Servers that run, and what clients need to reach them. */
export interface Infra extends Closable {
  /** `jvm`: Java processes from published jars; `docker`: containers. */
  readonly provider: 'jvm' | 'docker'
  /** What is used, for people: `JDK 17.0.15 and Maven 3.8.7`. */
  readonly description: string
  /** Where configuration, data and logs lie. */
  readonly directory: string
  /** Set when Cassandra was started. */
  readonly cassandra?: CassandraEndpoint
  /** Set when Kafka was started. */
  readonly kafka?: KafkaEndpoint
  /** Set when Elasticsearch was started. */
  readonly elasticsearch?: ElasticsearchEndpoint
  /** The servers, in the order of their start. */
  readonly nodes: readonly InfraNode[]
  /**
   * One server by its name: `cassandra-2`.
   * @throws HanseError `UNKNOWN_NODE`
   */
  node(name: string): InfraNode
  /** Ends every server: asked politely first, killed after 20 seconds. Data of a directory that was named stays, other data is removed. */
  close(options?: AbortOptions): Promise<void>
}

/** How to reach Cassandra; fits the options of `cassandra()` in `@hanse/data/cassandra`. */
export interface CassandraEndpoint {
  /** Addresses without a port: `['127.0.0.1']`. */
  readonly contactPoints: readonly string[]
  /** The one port that all nodes share. */
  readonly port: number
  /** Always `datacenter1`. */
  readonly localDataCenter: string
  /** `5.0.6`. */
  readonly version: string
}

/** How to reach Kafka; fits the options of `kafka()` in `@hanse/event-bus/kafka`. */
export interface KafkaEndpoint {
  /** `['127.0.0.1:9092']`. */
  readonly brokers: readonly string[]
  /** `4.2.0`. */
  readonly version: string
}

/** How to reach Elasticsearch; fits the options of `elasticsearch()` in `@hanse/search/elasticsearch`. */
export interface ElasticsearchEndpoint {
  /** `http://127.0.0.1:9200`. */
  readonly node: string
  /** `8.19.21`. */
  readonly version: string
}

/** How a server is: it runs, it is frozen by `stop()`, or it has ended. */
export type NodeState = 'running' | 'frozen' | 'ended'

/** One server, for drills. */
export interface InfraNode {
  /** `kafka-1`. */
  readonly name: string
  readonly engine: EngineName
  readonly version: string
  /** An address on loopback. */
  readonly host: string
  /** The port for clients. */
  readonly port: number
  /** How the server's process is; whether it answers is not asked. */
  state(): Promise<NodeState>
  /** Ends the server at once, as `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>
  /** Freezes the server: its connections stay open and nothing answers. */
  stop(): Promise<void>
  /** Lets a frozen server go on. */
  continue(): Promise<void>
  /** Starts a server that has ended on its old data and address; resolves when the whole cluster is ready. Does nothing when it runs. */
  start(options?: AbortOptions): Promise<void>
  /** The last lines that the server printed. */
  logs(lines?: number): Promise<string>
}
