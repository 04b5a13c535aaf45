import { createDatabase, sqlite } from '@hanse/data'
import { eventually } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineSaga } from '../index.ts'
import type { SagaLog } from '../log/saga-log.ts'
import { createTableLog } from '../log/table-log.ts'
import { createOrchestratorOn } from './saga-orchestrator.ts'

/** A store on which one orchestrator dies while its start is still on the way; `land` lets the start arrive. */
async function openWithDeadStarter() {
  const calls: string[] = []
  const saga = defineSaga('order', { version: 1, input: z.object({ orderId: z.string() }) }).step('reserve', {
    run: () => void calls.push('reserve'),
    undo: () => undefined,
  })
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
  const log = createTableLog({ store: db, retentionSeconds: undefined })
  const forEver = new Promise<never>(() => undefined)
  const sent = Promise.withResolvers<() => Promise<unknown>>()
  let dead = false
  const dying = logOver(log, {
    start: (origin, head) => {
      sent.resolve(() => log.start(origin, head))
      return forEver
    },
    beat: (sign) => (dead ? forEver : log.beat(sign)),
    sessions: () => (dead ? forEver : log.sessions()),
  })
  const starter = createOrchestratorOn(dying, [saga], { leaseMs: 100, pollMs: 20 })
  await starter.start()
  void starter.startSaga('order', { orderId: 'o1' }, { key: 'o1' })
  const land = await sent.promise
  dead = true
  let looks = 0
  const looking = logOver(log, {
    announced: async (session, bucket) => {
      const found = await log.announced(session, bucket)
      looks++
      return found
    },
  })
  const other = createOrchestratorOn(looking, [saga], { leaseMs: 100, pollMs: 20 })
  await other.start()
  const close = async (): Promise<void> => {
    await other.close()
    await db.close()
  }
  return { calls, log, land, other, looks: () => looks, [Symbol.asyncDispose]: close }
}

/** A log with some of its methods changed. */
function logOver(log: SagaLog, changed: Partial<SagaLog>): SagaLog {
  return {
    start: (origin, head, options) => log.start(origin, head, options),
    append: (write) => log.append(write),
    head: (id, options) => log.head(id, options),
    read: (id, after, options) => log.read(id, after, options),
    announce: (session, bucket, saga) => log.announce(session, bucket, saga),
    announced: (session, bucket) => log.announced(session, bucket),
    list: (scope, saga) => log.list(scope, saga),
    listed: (name, scope, limit, page, options) => log.listed(name, scope, limit, page, options),
    beat: (sign) => log.beat(sign),
    sessions: () => log.sessions(),
    ...changed,
  }
}

describe('a start that lands after its orchestrator is dead', () => {
  it('is found while the dead session is still looked at', async () => {
    await using shop = await openWithDeadStarter()
    await eventually(() => expect(shop.looks()).toBeGreaterThan(0))
    await shop.land()
    await eventually(() => expect(shop.calls).toEqual(['reserve']))
  })

  it('is taken by whoever starts it again, when nobody looks there any more', async () => {
    await using shop = await openWithDeadStarter()
    await eventually(async () => expect((await shop.log.sessions()).some(({ state }) => state === 'recovered')).toBe(true))
    await shop.land()
    const { id, created } = await shop.other.startSaga('order', { orderId: 'o1' }, { key: 'o1' })
    expect(created).toBe(false)
    expect(await shop.other.outcome(id)).toMatchObject({ status: 'completed' })
    expect(shop.calls).toEqual(['reserve'])
  })
})
