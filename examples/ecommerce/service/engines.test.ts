import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { clusterAddresses, clusterEnvironment, clusterSettings } from './engine-config.ts'
import { chooseEngines, keyspaceOf } from './engines.ts'
import { z } from 'zod'

const settings = (given: Readonly<Record<string, string>>) => clusterAddresses(z.object(clusterEnvironment).parse(given))
const complete = {
  CASSANDRA_HOSTS: '10.0.0.1:9043, 10.0.0.2:9043',
  CASSANDRA_DATACENTER: 'eu1',
  KAFKA_BROKERS: '10.0.0.3:9092',
  ELASTICSEARCH_URL: 'http://10.0.0.4:9200',
}

it('uses the engines that are configured, for state, events and search (seed-requirement 62)', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'hanse-engines-'))
  const embedded = await chooseEngines({ name: 'order-service', dataFolder, engines: { kind: 'embedded' } })
  expect([embedded.state('x').name, embedded.events().name, embedded.search().constructor.name]).toEqual(['sqlite', 'embedded', 'EmbeddedSearchEngine'])
  const addresses = settings(complete)
  if (addresses === undefined) throw new Error('addresses were given')
  const cluster = await chooseEngines({ name: 'order-service', dataFolder, engines: { kind: 'cluster', ...addresses } })
  expect([cluster.state('x').name, cluster.events().name, cluster.search().constructor.name]).toEqual(['cassandra', 'kafka', 'ElasticsearchSearchEngine'])
  rmSync(dataFolder, { recursive: true, force: true })
})

it('reads addresses, and writes them as it reads them', () => {
  const addresses = settings(complete)
  expect(addresses).toEqual({
    cassandra: { contactPoints: ['10.0.0.1', '10.0.0.2'], port: 9043, localDataCenter: 'eu1' },
    kafka: { brokers: ['10.0.0.3:9092'] },
    elasticsearch: { node: 'http://10.0.0.4:9200' },
    copies: 1,
  })
  expect(addresses === undefined ? undefined : settings(clusterSettings(addresses))).toEqual(addresses)
  expect(settings({})).toBeUndefined()
})

it('names what is missing, and what does not go together', () => {
  expect(() => settings({ KAFKA_BROKERS: '10.0.0.3:9092' })).toThrow('missing: CASSANDRA_HOSTS, ELASTICSEARCH_URL, CASSANDRA_DATACENTER')
  expect(() => settings({ ...complete, CASSANDRA_HOSTS: 'a:1,b:2' })).toThrow('on one port; got 1 and 2')
  expect(() => settings({ ...complete, ELASTICSEARCH_USERNAME: 'elastic' })).toThrow('go together')
})

it('gives each owner a keyspace', () => {
  expect(keyspaceOf('order-service')).toBe('shop_order_service')
})
