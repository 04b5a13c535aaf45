import { generateId, systemClock } from '@hanse/core'
import { createRecordingLogger, eventually } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import { createEventBus, embedded } from '@hanse/event-bus'
import type { EventBus } from '@hanse/event-bus'
import { recordEvents } from '@hanse/event-bus/testing'
import { describe, expect, it } from 'vitest'
import { stockChanged } from '../../contracts/events.ts'
import { createStockAnnouncer, stockMarks } from './stock-announcer.ts'
import { createStockKeeper } from './stock-keeper.ts'
import { stock } from './tables.ts'

async function open() {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { stock, stockMarks } })
  const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'inventory-service' })
  await db.start()
  await bus.start()
  const heard = await recordEvents(bus, [stockChanged])
  /** A process of the inventory service. */
  const process = (over: Pick<EventBus, 'publish'> = bus) => {
    const logger = createRecordingLogger()
    const announcer = createStockAnnouncer({ db, bus: over, clock: systemClock, generateId, logger, countsOf: (id) => keeper.countsOf(id) })
    const keeper = createStockKeeper({ db, announcer, clock: systemClock })
    return { announcer, keeper, logger }
  }
  return {
    db,
    heard,
    process,
    marks: () => Promise.resolve(db.stockMarks.select({ shard: 0 })),
    async [Symbol.asyncDispose]() {
      await heard[Symbol.asyncDispose]()
      await bus.close()
      await db.close()
    },
  }
}
const never: Pick<EventBus, 'publish'> = { publish: () => Promise.reject(new Error('the bus is away')) }

describe('the stock announcer', () => {
  it('tells of many changes of a product with few events, the last one right, and leaves no marks', async () => {
    await using shop = await open()
    const { announcer, keeper } = shop.process()
    const product = generateId()
    await keeper.introduce(product, 50)
    await Promise.all(Array.from({ length: 30 }, (_, index) => keeper.reserve(`order-${index}`, [{ productId: product, quantity: 1 }])))
    await announcer.close()
    await shop.heard.waitFor(({ data }) => data.productId === product && data.available === 20)
    expect(shop.heard.events.length).toBeLessThan(31)
    expect(await shop.marks()).toEqual([])
  })

  it('announces at its start what a process that died left behind', async () => {
    await using shop = await open()
    const product = generateId()
    // It dies between the change and the announcement: for the others that is as if the bus never came back.
    const dying = shop.process(never)
    await dying.keeper.introduce(product, 7)
    await dying.announcer.close()
    expect(await shop.marks()).toHaveLength(1)
    expect(shop.heard.events).toEqual([])
    const next = shop.process()
    await next.announcer.start()
    await shop.heard.waitFor(({ data }) => data.productId === product && data.available === 7 && data.version === 1)
    await next.announcer.close()
    expect(await shop.marks()).toEqual([])
  })

  it('tries again when the bus was away, by and by', async () => {
    await using shop = await open()
    let away = true
    let tries = 0
    const flaky: Pick<EventBus, 'publish'> = {
      publish: (event, data) => (tries++, away ? Promise.reject(new Error('the bus is away')) : bus.publish(event, data)),
    }
    const bus = createEventBus({ transport: embedded({ file: ':memory:' }), source: 'inventory-service' })
    await bus.start()
    const { announcer, keeper, logger } = shop.process(flaky)
    await keeper.introduce(generateId(), 7)
    await eventually(() => expect(tries).toBeGreaterThan(2))
    away = false
    await eventually(async () => expect(await shop.marks()).toEqual([]))
    await announcer.close()
    await bus.close()
    expect(logger.entries.length).toBe(tries - 1)
  })
})
