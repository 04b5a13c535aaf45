import { describe, expect, it } from 'vitest'
import { chooseAddresses } from './ports.ts'
import { planServers } from './server-plan.ts'

describe('chooseAddresses', () => {
  it('gives nodes of Cassandra one port on addresses of their own', async () => {
    const addresses = await chooseAddresses({ engine: 'cassandra', nodes: 3, port: undefined })
    expect(addresses.map(({ host }) => host)).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3'])
    expect(new Set(addresses.map(({ port }) => port)).size).toBe(1)
    expect(new Set(addresses.map(({ internalPort }) => internalPort)).size).toBe(1)
  })

  it('gives brokers one address and ports of their own', async () => {
    const addresses = await chooseAddresses({ engine: 'kafka', nodes: 3, port: undefined })
    expect(new Set(addresses.map(({ host }) => host))).toEqual(new Set(['127.0.0.1']))
    expect(new Set(addresses.flatMap(({ port, internalPort }) => [port, internalPort])).size).toBe(6)
  })
})

describe('planServers', () => {
  it('names the servers from 1 and gives each a folder and the addresses of all', () => {
    const addresses = [1, 2].map((port) => ({ host: '127.0.0.1', port, internalPort: port + 10 }))
    const plans = planServers({ engine: 'kafka', version: '4.2.0', addresses, directory: '/data', durable: true })
    expect(plans.map(({ name, directory, index }) => ({ name, directory, index }))).toEqual([
      { name: 'kafka-1', directory: '/data/kafka-1', index: 0 },
      { name: 'kafka-2', directory: '/data/kafka-2', index: 1 },
    ])
    for (const plan of plans) expect(plan.members).toBe(addresses)
  })
})
