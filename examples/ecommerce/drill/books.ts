import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { attachInfra } from '@hanse/infra'
import type { CassandraEndpoint } from '@hanse/infra'
import { Client, types } from 'cassandra-driver'
import { keyspaceOf } from '../service/engines.ts'
import { serversFolder } from '../supervisor/cluster.ts'

/** What the raw tables say. */
export interface Books {
  readonly orders: readonly { readonly id: string; readonly status: string; readonly total: string; readonly reason: string | null; readonly items: string }[]
  readonly charges: readonly { readonly key: string; readonly order_id: string; readonly status: string; readonly amount: string }[]
  readonly stock: readonly { readonly product_id: string; readonly stocked: number; readonly reserved: number; readonly sold: number }[]
  readonly reservations: readonly { readonly product_id: string; readonly order_id: string; readonly quantity: number; readonly state: string }[]
}

/** Reads the books of a shop, running or not, past its services: from its files, or from the Cassandra that it started. */
export async function readBooks(dataFolder: string): Promise<Books> {
  const endpoint = await endpointOf(dataFolder)
  return endpoint === undefined ? readFiles(dataFolder) : readCassandra(endpoint)
}

const endpoints = new Map<string, CassandraEndpoint>()

/** Where the shop's Cassandra is; it stays there when it is started again, so that a drill that looks often looks for it once. */
async function endpointOf(dataFolder: string): Promise<CassandraEndpoint | undefined> {
  const known = endpoints.get(dataFolder)
  if (known !== undefined || !existsSync(serversFolder(dataFolder))) return known
  const infra = await attachInfra({ directory: serversFolder(dataFolder) })
  if (infra?.cassandra !== undefined) endpoints.set(dataFolder, infra.cassandra)
  return infra?.cassandra
}

function readFiles(dataFolder: string): Books {
  return {
    orders: rows(dataFolder, 'order-service', 'select id, status, total, reason, items from orders'),
    charges: rows(dataFolder, 'payment-service', 'select key, order_id, status, amount from charges'),
    stock: rows(dataFolder, 'inventory-service', 'select product_id, stocked, reserved, sold from "stock:static"'),
    reservations: rows(dataFolder, 'inventory-service', 'select product_id, order_id, quantity, state from stock'),
  }
}

function rows<Row>(dataFolder: string, service: string, sql: string): readonly Row[] {
  const file = join(dataFolder, `${service}.db`)
  if (!existsSync(file)) throw new Error(`There is no database ${file}. Give the shop's data folder.`)
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  try {
    // The columns are the ones that the query names.
    return db.prepare(sql).all() as Row[]
  } finally {
    db.close()
  }
}

async function readCassandra({ contactPoints, port, localDataCenter }: CassandraEndpoint): Promise<Books> {
  const client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } })
  const all = async <Row>(owner: string, columns: readonly (keyof Row & string)[], from: string): Promise<readonly Row[]> => {
    const found: Row[] = []
    const query = `SELECT ${columns.join(', ')} FROM ${keyspaceOf(owner)}.${from}`
    for await (const row of await client.execute(query, [], { prepare: true, fetchSize: 1_000 })) {
      const values = columns.map((name) => [name, plain(row[name])])
      found.push(Object.fromEntries(values) as Row)
    }
    return found
  }
  try {
    await client.connect()
    const reservations = await all<Books['reservations'][number]>('inventory-service', ['product_id', 'order_id', 'quantity', 'state'], 'stock')
    const stock = await all<Books['stock'][number]>('inventory-service', ['product_id', 'stocked', 'reserved', 'sold'], 'stock')
    return {
      orders: await all('order-service', ['id', 'status', 'total', 'reason', 'items'], 'orders'),
      charges: await all('payment-service', ['key', 'order_id', 'status', 'amount'], 'charges'),
      // The counts are static columns, which come with every row of their partition.
      stock: [...new Map(stock.map((row) => [row.product_id, row])).values()],
      reservations: reservations.filter(({ order_id: id }) => id !== null),
    }
  } finally {
    await client.shutdown()
  }
}

/** Ids and decimals of the driver as text. */
function plain(value: unknown): unknown {
  return value instanceof types.Uuid || value instanceof types.BigDecimal ? value.toString() : value
}
