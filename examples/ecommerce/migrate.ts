// `node migrate.ts`: makes the keyspaces and tables of a shop on servers, and its keys in DATA_FOLDER. Run once before its services start;
// running it again harms nothing.
import { cassandra } from '@hanse/data/cassandra'
import { createDatabase } from '@hanse/data'
import type { TableSet } from '@hanse/data'
import { registryInstances } from '@hanse/registry'
import { z } from 'zod'
import { parseEnvironment } from './service/config.ts'
import { clusterAddresses, clusterEnvironment } from './service/engine-config.ts'
import type { ClusterAddresses } from './service/engine-config.ts'
import { keyspaceOf } from './service/engines.ts'
import { withFileSecrets } from './service/file-secrets.ts'
import { ensureKeys } from './service/keys.ts'
import { packageTables, tablesOf } from './services/tables-of.ts'

/** Makes what is missing, one keyspace after another: schema changes of a cluster never run side by side. */
export async function migrateShop(addresses: ClusterAddresses, log: (line: string) => void): Promise<void> {
  for (const [owner, tables] of Object.entries(tablesOf)) await create(addresses, owner, { ...tables, ...packageTables }, log)
  await create(addresses, 'registry', { registryInstances }, log)
}

async function create(addresses: ClusterAddresses, owner: string, tables: TableSet, log: (line: string) => void): Promise<void> {
  const keyspace = keyspaceOf(owner)
  const replication = { [addresses.cassandra.localDataCenter]: addresses.copies }
  const engine = cassandra({ ...addresses.cassandra, keyspace, replication, connectTimeoutMs: 60_000 })
  await using db = createDatabase({ engine, tables, schema: 'create' })
  await db.start()
  log(`keyspace ${keyspace}: ${Object.keys(tables).length} tables are there`)
}

if (import.meta.main) {
  const settings = parseEnvironment(z.object({ ...clusterEnvironment, DATA_FOLDER: z.string().min(1) }), withFileSecrets(process.env))
  const addresses = clusterAddresses(settings)
  if (addresses === undefined) throw new Error('Set CASSANDRA_HOSTS, CASSANDRA_DATACENTER, KAFKA_BROKERS and ELASTICSEARCH_URL.')
  await ensureKeys(settings.DATA_FOLDER)
  await migrateShop(addresses, (line) => process.stdout.write(`${line}\n`))
}
