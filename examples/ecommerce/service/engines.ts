import { join } from 'node:path'
import { sqlite } from '@hanse/data'
import type { DataEngine } from '@hanse/data'
import { embedded as embeddedBus } from '@hanse/event-bus'
import type { EventTransport } from '@hanse/event-bus'
import { embedded as embeddedSearch } from '@hanse/search'
import type { SearchEngine } from '@hanse/search'
import type { ServiceConfig } from './config.ts'
import type { ClusterAddresses } from './engine-config.ts'

/** The one place that knows what the shop runs on; everything else speaks to ports. */
export interface Engines {
  /** The state of one owner: a file of its own, or a keyspace. */
  state(owner: string): DataEngine
  /** The events that all services share. */
  events(): EventTransport
  /** The search indexes, vectors included. */
  search(): SearchEngine
}

/** Opens nothing yet: each engine connects at its start. Drivers are loaded only where they are needed. */
export async function chooseEngines(config: Pick<ServiceConfig, 'name' | 'dataFolder' | 'engines'>): Promise<Engines> {
  return config.engines.kind === 'embedded' ? embeddedEngines(config.dataFolder) : clusterEngines(config.engines, config.name)
}

function embeddedEngines(folder: string): Engines {
  const file = (name: string): string => join(folder, `${name}.db`)
  return {
    state: (owner) => sqlite({ file: file(owner) }),
    events: () => embeddedBus({ file: file('bus') }),
    search: () => embeddedSearch({ file: file('search') }),
  }
}

async function clusterEngines(addresses: ClusterAddresses, clientId: string): Promise<Engines> {
  const [{ cassandra }, { kafka }, { elasticsearch }] = await Promise.all([
    import('@hanse/data/cassandra'),
    import('@hanse/event-bus/kafka'),
    import('@hanse/search/elasticsearch'),
  ])
  return {
    state: (owner) => cassandra({ ...addresses.cassandra, keyspace: keyspaceOf(owner), connectTimeoutMs: 20_000 }),
    events: () => kafka({ ...addresses.kafka, clientId, replicationFactor: addresses.copies }),
    search: () => elasticsearch({ ...addresses.elasticsearch, indexPrefix: 'shop-', replicas: addresses.copies - 1 }),
  }
}

/** The keyspace of an owner: `shop_order_service`. */
export function keyspaceOf(owner: string): string {
  return `shop_${owner.replaceAll('-', '_')}`
}
