import { describe, expect, it } from 'vitest'
import { planServers } from '../plan/server-plan.ts'
import type { EngineName } from '../plan/engine.ts'
import { dockerRunArguments } from './docker-arguments.ts'

const argumentsOf = (engine: EngineName, version: string) => {
  const [plan] = planServers({ engine, version, addresses: [{ host: '127.0.0.1', port: 4000, internalPort: 4001 }], directory: '/data', durable: true })
  return dockerRunArguments(plan!)
}

describe('dockerRunArguments', () => {
  it.each([
    ['cassandra', '5.0.6', '127.0.0.1:4000:9042', 'cassandra:5.0.6'],
    ['kafka', '4.2.0', '127.0.0.1:4000:4000', 'apache/kafka:4.2.0'],
    ['elasticsearch', '8.19.21', '127.0.0.1:4000:9200', 'docker.elastic.co/elasticsearch/elasticsearch:8.19.21'],
  ] as const)('publishes %s %s on loopback only', (engine, version, published, image) => {
    const args = argumentsOf(engine, version)
    expect(args[args.indexOf('--publish') + 1]).toBe(published)
    expect(args.at(-1)).toBe(image)
  })

  it('tells clients of Kafka the address that is published', () => {
    expect(argumentsOf('kafka', '4.2.0')).toContain('KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://127.0.0.1:4000')
  })
})
