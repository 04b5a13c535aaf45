import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from '@hanse/data'
import { createEventBus, createOutbox } from '@hanse/event-bus'
import { createRegistry } from '@hanse/registry'
import { sagaTables } from '@hanse/saga'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { orderConfirmed, stockChanged } from '../contracts/events.ts'
import { groups } from '../contracts/groups.ts'
import { chooseEngines } from '../service/engines.ts'
import type { Engines } from '../service/engines.ts'
import { registryPace } from '../service/registry-pace.ts'
import { orders } from '../services/order/tables.ts'
import { outboxRowsOf } from '../service/outbox-rows.ts'
import { assertStopped, lookUnderWay } from './under-way.ts'

let folder: string
let engines: Engines
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-under-way-'))
  engines = await chooseEngines({ name: 'user-service', dataFolder: folder, engines: { kind: 'embedded' } })
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const order = { orderId: '0197a2b4-0000-7000-8000-000000000001', userId: '0197a2b4-0000-7000-8000-000000000002', total: '1.00', currency: 'EUR' }

describe('lookUnderWay', () => {
  it('finds nothing where nothing is', async () => {
    expect(await lookUnderWay(engines)).toEqual({ faults: [], notes: [] })
  })

  it('finds events that were stored and not published, beside plain writes and in rows', async () => {
    await using db = createDatabase({ engine: engines.state('order-service'), tables: { orders } })
    await using bus = createEventBus({ transport: engines.events(), source: 'order-service' })
    await using outbox = createOutbox({ store: db, bus, rows: outboxRowsOf(db, { orders }), relay: false })
    await outbox.start()
    await db.atomically([outbox.add(orderConfirmed, order)])
    const now = new Date()
    const row = { id: order.orderId, user_id: order.userId, status: 'confirmed', items: '[]', total: '1.00', currency: 'EUR', shipping_address: '{}' }
    await outbox.commit(db.orders, { id: order.orderId }, [bus.encode(orderConfirmed, order)], (pending) =>
      db.orders.insertIfAbsent({ ...row, saga_id: 's', version: 1, created_at: now, updated_at: now, ...pending.cells }),
    )
    expect((await lookUnderWay(engines)).faults).toEqual(['order-service: 2 events in its outbox are not published yet'])
  })

  it('finds events that a group has not handled', async () => {
    await using bus = createEventBus({ transport: engines.events(), source: 'inventory-service' })
    const subscription = await bus.subscribe(stockChanged, { group: groups.productStock, from: 'earliest' }, () => undefined)
    await subscription.close()
    await bus.publish(stockChanged, { productId: order.orderId, available: 1, version: 2 })
    expect((await lookUnderWay(engines)).faults).toEqual(['group product-service-stock: 1 events are not handled yet'])
  })

  it('tells of dead letters, which stay behind', async () => {
    await using bus = createEventBus({ transport: engines.events(), source: 'inventory-service' })
    await bus.subscribe(stockChanged, { group: groups.productStock, from: 'earliest', retry: { attempts: 1 } }, () => Promise.reject(new Error('never')))
    await bus.publish(stockChanged, { productId: order.orderId, available: 1, version: 2 })
    await expect
      .poll(() => lookUnderWay(engines), { timeout: 10_000 })
      .toEqual({ faults: [], notes: ['group product-service-stock: 1 dead letters stay behind'] })
  })

  it('finds sagas that have not ended, and tells of those that need attention', async () => {
    await using db = createDatabase({ engine: engines.state('order-service'), tables: sagaTables })
    for (const [id, status] of ['running', 'running', 'undoing', 'completed', 'undone', 'needs-attention'].entries())
      await db.sagaLog
        .updateStatic({ saga_id: `s${id}` })
        .set({ status })
        .if({ status: null })
    const { faults, notes } = await lookUnderWay(engines)
    expect(faults.toSorted()).toEqual(['order-service: 1 sagas are undoing', 'order-service: 2 sagas are running'])
    expect(notes).toEqual(['order-service: 1 sagas need attention, and will there as well'])
  })
})

describe('assertStopped', () => {
  const printed: string[] = []
  const look = () => assertStopped(engines, (line) => printed.push(line))
  const registered = async () => {
    printed.length = 0
    const db = createDatabase({ engine: engines.state('registry'), tables: {} })
    const registry = createRegistry({ store: db, ...registryPace, beat: { everyMs: 500, ttlMs: 3_000 } })
    // Nobody listens there: a machine that cannot reach a service must not take it for dead.
    await registry.register({ name: 'user-service', url: 'http://127.0.0.1:9', version: '1.0.0' })
    return { db, registry }
  }

  it('names a process that lives, and is content when it has left', { timeout: 30_000 }, async () => {
    const { db, registry } = await registered()
    await expect(look()).rejects.toThrow('The shop runs: user-service (http://127.0.0.1:9). Stop it first')
    await registry.close()
    await db.close()
    await expect(look()).resolves.toBeUndefined()
  })

  it('waits until one that died without a word counts as gone', { timeout: 60_000 }, async () => {
    const { db, registry } = await registered()
    // Without its store it beats no more, and can say no goodbye.
    await db.close()
    await expect(look()).resolves.toBeUndefined()
    expect(printed).toEqual([expect.stringContaining('not signed off: user-service (http://127.0.0.1:9)')])
    await registry.close()
  })
})
