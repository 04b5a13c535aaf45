import { describe, expect, it } from 'vitest'
import { planServers } from '../plan/server-plan.ts'
import type { ServerSettings } from '../plan/server-plan.ts'
import type { EngineName } from '../plan/engine.ts'
import { cassandraCommand, elasticsearchCommand, kafkaCommand, tokenOf } from './server-command.ts'

const plansOf = (engine: EngineName, nodes: number, durable: boolean, settings?: ServerSettings) =>
  planServers({
    engine,
    version: '1.0',
    addresses: Array.from({ length: nodes }, (_, index) => ({ host: `127.0.0.${index + 1}`, port: 9000, internalPort: 7000 })),
    directory: '/data',
    durable,
    settings,
  })

describe('tokenOf', () => {
  it('parts the ring evenly', () => {
    expect([0, 1, 2].map((index) => tokenOf(index, 3))).toEqual([-9223372036854775808n, -3074457345618258603n, 3074457345618258602n])
  })
})

describe('cassandraCommand', () => {
  it('lets several nodes join the first without a bootstrap, each with its part of the ring', () => {
    const [, second] = plansOf('cassandra', 3, true)
    const { files, args } = cassandraCommand(second!, ['/m2/jamm-0.4.0.jar', '/m2/cassandra.jar'])
    expect(files['cassandra.yaml']).toContain('- seeds: "127.0.0.1:7000"')
    expect(files['cassandra.yaml']).toContain("initial_token: '-3074457345618258603'\nauto_bootstrap: false")
    expect(files['cassandra.yaml']).toContain('listen_address: 127.0.0.2')
    expect(args[0]).toBe('-javaagent:/m2/jamm-0.4.0.jar')
  })

  it('syncs every write unless the data is thrown away anyway', () => {
    const yaml = (durable: boolean) => cassandraCommand(plansOf('cassandra', 1, durable)[0]!, []).files['cassandra.yaml']
    expect(yaml(true)).toContain('commitlog_sync: batch')
    expect(yaml(false)).toContain('commitlog_sync: periodic')
    expect(cassandraCommand(plansOf('cassandra', 1, true)[0]!, []).args).not.toContain('-Dcassandra.unsafesystem=true')
  })
})

describe('kafkaCommand', () => {
  it('names every controller and replicates to all brokers, up to three', () => {
    const command = kafkaCommand(plansOf('kafka', 3, true)[1]!, ['/m2/kafka.jar'])
    expect(command.files['server.properties']).toContain('controller.quorum.voters=1@127.0.0.1:7000,2@127.0.0.2:7000,3@127.0.0.3:7000\n')
    expect(command.files['server.properties']).toContain('node.id=2\n')
    expect(command.files['server.properties']).toContain('min.insync.replicas=2\n')
    expect(kafkaCommand(plansOf('kafka', 1, true)[0]!, []).files['server.properties']).toContain('default.replication.factor=1\n')
    expect(command.prepare?.unless).toBe('data/meta.properties')
  })
})

describe('settings', () => {
  it('replace those of this package and add further ones', () => {
    const [cassandra] = plansOf('cassandra', 1, true, { authenticator: 'PasswordAuthenticator', concurrent_reads: '16' })
    const yaml = cassandraCommand(cassandra!, []).files['cassandra.yaml']
    expect(yaml).toContain('\nauthenticator: PasswordAuthenticator\n')
    expect(yaml?.match(/concurrent_reads: .*/g)).toEqual(['concurrent_reads: 16'])
    const [kafka] = plansOf('kafka', 1, true, { 'min.insync.replicas': '2' })
    expect(kafkaCommand(kafka!, []).files['server.properties']?.match(/min.insync.replicas=.*/g)).toEqual(['min.insync.replicas=2'])
    const [elasticsearch] = plansOf('elasticsearch', 1, true, { 'http.max_content_length': '1mb' })
    expect(elasticsearchCommand(elasticsearch!, '').files['config/elasticsearch.yml']).toContain('http.max_content_length: 1mb\n')
  })
})

describe('elasticsearchCommand', () => {
  it('binds to loopback and keeps its data in its own folder', () => {
    const command = elasticsearchCommand(plansOf('elasticsearch', 1, true)[0]!, '/cache/home')
    expect(command.files['config/elasticsearch.yml']).toContain('network.host: 127.0.0.1\nhttp.port: 9000\n')
    expect(command.args).toContain('/cache/home/lib')
    expect(command.args).toContain('-Des.path.home=/data/elasticsearch-1')
  })
})
