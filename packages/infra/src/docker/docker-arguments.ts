import type { ServerPlan } from '../plan/server-plan.ts'

const images = {
  cassandra: (version: string) => `cassandra:${version}`,
  kafka: (version: string) => `apache/kafka:${version}`,
  elasticsearch: (version: string) => `docker.elastic.co/elasticsearch/elasticsearch:${version}`,
}

/** The arguments of `docker` that start one server, its client port bound to loopback. Pure, so that it can be read and tested without Docker. */
export function dockerRunArguments(plan: ServerPlan): readonly string[] {
  const inside = { cassandra: 9042, kafka: plan.port, elasticsearch: 9200 }[plan.engine]
  const environment = environmentOf(plan)
  return [
    'run',
    '--detach',
    '--label',
    'dev.hanse.infra=1',
    '--label',
    `dev.hanse.infra.directory=${plan.directory}`,
    '--publish',
    `${plan.host}:${plan.port}:${inside}`,
    ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    images[plan.engine](plan.version),
  ]
}

function environmentOf(plan: ServerPlan): Readonly<Record<string, string>> {
  if (plan.engine === 'cassandra') return { MAX_HEAP_SIZE: '512M', HEAP_NEWSIZE: '128M', CASSANDRA_SNITCH: 'SimpleSnitch' }
  if (plan.engine === 'elasticsearch') return { 'discovery.type': 'single-node', 'xpack.security.enabled': 'false', ES_JAVA_OPTS: '-Xms512m -Xmx512m' }
  return {
    KAFKA_HEAP_OPTS: '-Xms128m -Xmx384m',
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
    KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${plan.port},CONTROLLER://127.0.0.1:9093`,
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${plan.host}:${plan.port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  }
}
