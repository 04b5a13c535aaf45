import { delimiter, join } from 'node:path'
import type { ServerPlan, ServerSettings } from '../plan/server-plan.ts'

/** How one server is run on a Java machine: plain data that the launcher performs. */
export interface ServerCommand {
  /** Files to write into the server's folder before the start, by their path in it. */
  readonly files: Readonly<Record<string, string>>
  /** Folders that must exist in the server's folder. */
  readonly folders: readonly string[]
  /** Arguments of a run that prepares the data folder, needed once while `unless` does not exist in the server's folder. */
  readonly prepare?: { readonly unless: string; readonly args: readonly string[] }
  /** Arguments of `java`. */
  readonly args: readonly string[]
}

// Small heaps, one collector thread, the quick compiler only: a developer's machine has other things to do.
const frugal = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** Cassandra 5 from its jars. */
export function cassandraCommand(plan: ServerPlan, jars: readonly string[]): ServerCommand {
  const agent = jars.find((jar) => /[\\/]jamm-[^\\/]*\.jar$/.test(jar)) ?? ''
  const to = (flag: string) => (name: string) => [flag, `${name}=ALL-UNNAMED`]
  const several = plan.members.length > 1
  const properties = {
    'jdk.attach.allowAttachSelf': 'true',
    'io.netty.tryReflectionSetAccessible': 'true',
    'cassandra.config': `file://${join(plan.directory, 'cassandra.yaml')}`,
    'cassandra-foreground': 'yes',
    'cassandra.storagedir': join(plan.directory, 'data'),
    'cassandra.skip_wait_for_gossip_to_settle': '0',
    'cassandra.load_ring_state': 'false',
    'cassandra.ring_delay_ms': '1000',
    'cassandra.superuser_setup_delay_ms': '0',
    ...(several ? { 'cassandra.consistent.rangemovement': 'false' } : {}),
    ...(plan.durable ? {} : { 'cassandra.unsafesystem': 'true' }),
  }
  return {
    files: { 'cassandra.yaml': cassandraYaml(plan) },
    folders: ['data'],
    args: [
      `-javaagent:${agent}`,
      '-Xms256m',
      '-Xmx512m',
      ...frugal,
      ...cassandraExports.flatMap(to('--add-exports')),
      ...cassandraOpens.flatMap(to('--add-opens')),
      ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
      '-cp',
      [plan.directory, ...jars].join(delimiter),
      'org.apache.cassandra.service.CassandraDaemon',
    ],
  }
}

const cassandraExports = [
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.base/java.lang.ref',
  'java.base/sun.nio.ch',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
]
const cassandraOpens = [
  ...[
    'java.lang',
    'java.lang.module',
    'java.lang.reflect',
    'java.util',
    'java.util.concurrent',
    'java.util.concurrent.atomic',
    'java.io',
    'java.nio',
    'sun.nio.ch',
  ].map((name) => `java.base/${name}`),
  ...['loader', 'ref', 'reflect', 'math', 'module', 'util.jar'].map((name) => `java.base/jdk.internal.${name}`),
  'jdk.management/com.sun.management.internal',
]

function cassandraYaml(plan: ServerPlan): string {
  const seed = plan.members[0] ?? plan
  const lines = [
    'cluster_name: hanse',
    'num_tokens: 1',
    ...(plan.members.length > 1 ? [`initial_token: '${tokenOf(plan.index, plan.members.length)}'`, 'auto_bootstrap: false'] : []),
    'partitioner: org.apache.cassandra.dht.Murmur3Partitioner',
    'endpoint_snitch: SimpleSnitch',
    'seed_provider:',
    '  - class_name: org.apache.cassandra.locator.SimpleSeedProvider',
    '    parameters:',
    `      - seeds: "${seed.host}:${seed.internalPort}"`,
    `listen_address: ${plan.host}`,
    `rpc_address: ${plan.host}`,
    `storage_port: ${plan.internalPort}`,
    `native_transport_port: ${plan.port}`,
    ...(plan.durable ? ['commitlog_sync: batch'] : ['commitlog_sync: periodic', 'commitlog_sync_period: 1s']),
    'commitlog_segment_size: 8MiB',
    'auto_snapshot: false',
    'memtable_allocation_type: heap_buffers',
    'disk_access_mode: standard',
    'hinted_handoff_enabled: false',
    'concurrent_reads: 8',
    'concurrent_writes: 8',
    'concurrent_counter_writes: 2',
    'materialized_views_enabled: false',
  ]
  return withSettings(lines, plan.settings)
}

/** YAML with settings over its own; those named here are each one line. */
function withSettings(lines: readonly string[], settings: ServerSettings): string {
  const own = lines.filter((line) => !Object.keys(settings).some((key) => line.startsWith(`${key}:`)))
  return [...own, ...Object.entries(settings).map(([key, value]) => `${key}: ${value}`), ''].join('\n')
}

/** The token of one of `count` nodes that share the ring of Murmur3 evenly. */
export function tokenOf(index: number, count: number): bigint {
  return -(2n ** 63n) + (2n ** 64n / BigInt(count)) * BigInt(index)
}

// Any 22 characters of base64 that encode 16 bytes: all brokers of a cluster are formatted with the same.
const kafkaClusterId = 'aGFuc2UtaW5mcmEta2Fmaw'

/** Kafka in KRaft mode from its jars, broker and controller in one. */
export function kafkaCommand(plan: ServerPlan, jars: readonly string[]): ServerCommand {
  const java = ['-Xms128m', '-Xmx384m', ...frugal, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', jars.join(delimiter)]
  const properties = join(plan.directory, 'server.properties')
  const users = Object.entries(plan.scramUsers).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  )
  return {
    files: { 'server.properties': kafkaProperties(plan) },
    folders: [],
    prepare: { unless: 'data/meta.properties', args: [...java, 'kafka.tools.StorageTool', 'format', '-t', kafkaClusterId, '-c', properties, ...users] },
    args: [...java, 'kafka.Kafka', properties],
  }
}

function kafkaProperties(plan: ServerPlan): string {
  const replicas = Math.min(3, plan.members.length)
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': plan.index + 1,
    'controller.quorum.voters': plan.members.map(({ host, internalPort }, index) => `${index + 1}@${host}:${internalPort}`).join(','),
    listeners: `PLAINTEXT://${plan.host}:${plan.port},CONTROLLER://${plan.host}:${plan.internalPort}`,
    'advertised.listeners': `PLAINTEXT://${plan.host}:${plan.port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'default.replication.factor': replicas,
    'min.insync.replicas': Math.max(1, replicas - 1),
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': Math.max(1, replicas - 1),
    'offsets.topic.num.partitions': replicas,
    'transaction.state.log.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'log.dirs': join(plan.directory, 'data'),
    ...plan.settings,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** Elasticsearch from its jars; `home` is what `buildElasticsearch` made. */
export function elasticsearchCommand(plan: ServerPlan, home: string): ServerCommand {
  return {
    files: { 'config/elasticsearch.yml': elasticsearchYaml(plan), 'config/log4j2.properties': elasticsearchLog },
    folders: ['data', 'logs', 'plugins', 'lib', 'tmp'],
    args: [
      '-Xms256m',
      '-Xmx512m',
      ...frugal,
      `-Djava.io.tmpdir=${join(plan.directory, 'tmp')}`,
      `-Des.path.home=${plan.directory}`,
      '--module-path',
      join(home, 'lib'),
      '--add-modules=ALL-MODULE-PATH,jdk.net,java.management,jdk.management',
      '-cp',
      join(home, 'classes'),
      'NodeMain',
    ],
  }
}

function elasticsearchYaml(plan: ServerPlan): string {
  const lines = [
    'cluster.name: hanse',
    `node.name: ${plan.name}`,
    'discovery.type: single-node',
    `network.host: ${plan.host}`,
    `http.port: ${plan.port}`,
    `transport.port: ${plan.internalPort}`,
    `path.data: ${join(plan.directory, 'data')}`,
    `path.logs: ${join(plan.directory, 'logs')}`,
    // A full disk of a developer must not turn indices read-only: a server of tests is small.
    'cluster.routing.allocation.disk.threshold_enabled: false',
  ]
  return withSettings(lines, plan.settings)
}

const elasticsearchLog = [
  'status = error',
  'appender.console.type = Console',
  'appender.console.name = console',
  'appender.console.layout.type = PatternLayout',
  'appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name]%marker %m%n',
  'rootLogger.level = info',
  'rootLogger.appenderRef.console.ref = console',
  '',
].join('\n')
