import { systemTables } from '@hanse/data'
import type { TableSet } from '@hanse/data'
import { inboxTables, outboxTables } from '@hanse/event-bus'
import { sagaTables } from '@hanse/saga'
import type { ServiceName } from '../contracts/routes.ts'
import { inventoryTables } from './inventory/inventory-tables.ts'
import { orderTables } from './order/orders.ts'
import { paymentTables } from './payment/tables.ts'
import { productTables } from './product/products.ts'
import { userTables } from './user/users.ts'

/** What each service keeps, sagas included: the one list, for migrations and moves. */
export const tablesOf: Readonly<Record<ServiceName, TableSet>> = {
  'user-service': userTables,
  'product-service': productTables,
  'inventory-service': inventoryTables,
  'payment-service': paymentTables,
  'order-service': { ...orderTables, ...prefixed('saga', sagaTables) },
}

/** What every service has beside that: an outbox, an inbox, claims of unique values and sealed page tokens. */
export const packageTables: TableSet = { ...prefixed('outbox', outboxTables), ...prefixed('inbox', inboxTables), ...prefixed('system', systemTables) }

/** Tables of packages under names that do not meet those of a service. */
function prefixed(prefix: string, tables: TableSet): TableSet {
  return Object.fromEntries(Object.entries(tables).map(([name, table]) => [`${prefix}_${name}`, table]))
}
