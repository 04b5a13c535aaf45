import { join } from 'node:path'
import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import { z } from 'zod'
import { migrateShop } from '../migrate.ts'
import { parseEnvironment } from '../service/config.ts'
import { clusterAddresses, clusterEnvironment } from '../service/engine-config.ts'
import type { ClusterAddresses, EngineConfig } from '../service/engine-config.ts'
import { withFileSecrets } from '../service/file-secrets.ts'

/** Servers that the shop works with; ours are ended with it, others are left alone. */
export interface Cluster {
  readonly engines: EngineConfig
  close(): Promise<void>
}

/** Where a shop keeps the servers that it started itself. */
export function serversFolder(dataFolder: string): string {
  return join(dataFolder, 'servers')
}

/** Takes the servers that the environment names, or starts them in the data folder, and makes the tables. */
export async function openCluster(dataFolder: string, print: (line: string) => void, signal: AbortSignal): Promise<Cluster> {
  const given = clusterAddresses(parseEnvironment(z.object(clusterEnvironment), withFileSecrets(process.env)))
  if (given !== undefined) {
    await migrateShop(given, print)
    return { engines: { kind: 'cluster', ...given }, close: () => Promise.resolve() }
  }
  print('starting Cassandra, Kafka and Elasticsearch; the first time their jars are fetched …')
  const infra = await startInfra({ directory: serversFolder(dataFolder), signal })
  try {
    const addresses = addressesOf(infra)
    print(`Cassandra, Kafka and Elasticsearch run with ${infra.description}`)
    await migrateShop(addresses, print)
    return { engines: { kind: 'cluster', ...addresses }, close: () => infra.close() }
  } catch (error) {
    await infra.close()
    throw error
  }
}

/** Where servers that were started here are. */
export function addressesOf({ cassandra, kafka, elasticsearch }: Infra): ClusterAddresses {
  if (cassandra === undefined || kafka === undefined || elasticsearch === undefined)
    throw new Error('startInfra() starts all three servers unless told otherwise')
  const { contactPoints, port, localDataCenter } = cassandra
  return { cassandra: { contactPoints, port, localDataCenter }, kafka: { brokers: kafka.brokers }, elasticsearch: { node: elasticsearch.node }, copies: 1 }
}
