import { createManualClock, eventually } from '@hanse/core/testing'
import { HanseError } from '@hanse/core'
import { createDatabase, sqlite } from '@hanse/data'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SagaRejection, createSagaOrchestrator, defineSaga } from '../index.ts'
import type { StepContext } from '../index.ts'

const input = z.object({ orderId: z.string(), amount: z.number(), payment: z.object({ token: z.string() }).optional() })
type Input = z.infer<typeof input>

/** Participants that keep what they did, by idempotency key. */
function makeShop(behaviour: Partial<Record<string, (c: { readonly attempt: number; readonly signal: AbortSignal }) => unknown>> = {}) {
  const calls: string[] = []
  const keys = new Set<string>()
  const act = (name: string) => async (c: StepContext<Input, unknown>) => {
    calls.push(`${name}#${c.attempt}`)
    keys.add(c.idempotencyKey)
    await behaviour[name]?.(c)
    return { by: name, orderId: c.input.orderId }
  }
  const fast = { initialMs: 1, maxMs: 2 }
  const saga = defineSaga('order', { version: 1, input, secret: ['payment.token'] })
    .step('reserve', {
      run: act('reserve'),
      undo: (c, result) => act(`release(${result?.by ?? 'unknown'})`)(c),
      retry: { ...fast, attempts: 3 },
      undoRetry: { ...fast, attempts: 3 },
    })
    .step('hold', { run: act('hold'), undo: act('unhold'), retry: { ...fast, attempts: 3 }, undoRetry: { ...fast, attempts: 3 } })
    .pivot('charge', { run: act('charge'), retry: { ...fast, attempts: 3 } })
    .step('confirm', { run: act('confirm'), retry: fast })
  return { calls, keys, saga }
}

type Shop = ReturnType<typeof makeShop>

async function open(shop: Shop, options: { readonly leaseMs?: number } = {}) {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
  const sagas = createSagaOrchestrator({ store: db, sagas: [shop.saga], pollMs: 20, ...options })
  await sagas.start()
  const close = async () => {
    await sagas.close()
    await db.close()
  }
  return { db, sagas, [Symbol.asyncDispose]: close }
}

const order: Input = { orderId: 'o1', amount: 3 }
const code = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return HanseError.isInstance(error) ? error.code : error
}

describe('createSagaOrchestrator', () => {
  it('runs every step in order and completes', async () => {
    const shop = makeShop()
    await using system = await open(shop)
    const { id, created } = await system.sagas.startSaga('order', order, { key: 'o1' })
    expect(created).toBe(true)
    expect(await system.sagas.outcome(id)).toEqual({ status: 'completed', reason: undefined })
    expect(shop.calls).toEqual(['reserve#1', 'hold#1', 'charge#1', 'confirm#1'])
    expect([...shop.keys]).toEqual(['reserve', 'hold', 'charge', 'confirm'].map((step) => `${id}:${step}:run`))
    expect(await system.sagas.get(id)).toMatchObject({ status: 'completed', key: 'o1', steps: [{ name: 'reserve', phase: 'done' }, {}, {}, { phase: 'done' }] })
  })

  it('fails clearly before start, after close and for an unknown saga (seed-requirement 83)', async () => {
    const shop = makeShop()
    const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
    const sagas = createSagaOrchestrator({ store: db, sagas: [shop.saga] })
    expect(await code(sagas.startSaga('order', order))).toBe('NOT_STARTED')
    await sagas.start()
    expect(await code(sagas.startSaga('nothing' as 'order', order))).toBe('SAGA_UNKNOWN')
    expect(await code(sagas.outcome('no-such-id'))).toBe('SAGA_UNKNOWN')
    expect(await sagas.get('no-such-id')).toBeUndefined()
    await sagas.close()
    expect(await code(sagas.startSaga('order', order))).toBe('CLOSED')
    await db.close()
  })

  it('refuses input that the schema refuses (seed-requirement 87)', async () => {
    await using system = await open(makeShop())
    expect(await code(system.sagas.startSaga('order', { orderId: 1 } as never))).toBe('VALIDATION_FAILED')
  })

  it('gives the same saga for the same key, and an error for the key with another input (seed-requirement 87)', async () => {
    const shop = makeShop()
    await using system = await open(shop)
    const { sagas } = system
    const starts = await Promise.all(Array.from({ length: 50 }, () => sagas.startSaga('order', order, { key: 'o1' })))
    expect(new Set(starts.map((start) => start.id)).size).toBe(1)
    expect(starts.filter((start) => start.created)).toHaveLength(1)
    const id = starts[0]!.id
    await sagas.outcome(id)
    expect(await sagas.startSaga('order', { amount: 3, orderId: 'o1' }, { key: 'o1' })).toEqual({ id, created: false })
    expect(await code(sagas.startSaga('order', { ...order, amount: 4 }, { key: 'o1' }))).toBe('SAGA_KEY_CONFLICT')
    expect(shop.calls).toHaveLength(4)
    expect((await sagas.list()).sagas.map((saga) => saga.id)).toEqual([id])
  })

  it('goes back in reverse order when the pivot refuses, with the result of each step, and never completes (seed-requirement 85)', async () => {
    const shop = makeShop({
      charge: () => {
        throw new SagaRejection('card_declined')
      },
    })
    await using system = await open(shop)
    const { id } = await system.sagas.startSaga('order', order)
    expect(await system.sagas.outcome(id)).toMatchObject({ status: 'undone', reason: { kind: 'rejected', code: 'card_declined', step: 'charge' } })
    expect(shop.calls).toEqual(['reserve#1', 'hold#1', 'charge#1', 'unhold#1', 'release(reserve)#1'])
  })

  it('repeats a step that throws, and undoes it, too, when its outcome stays unknown', async () => {
    const shop = makeShop({
      hold: () => {
        throw new Error('connection reset')
      },
    })
    await using system = await open(shop)
    const { id } = await system.sagas.startSaga('order', order)
    expect(await system.sagas.outcome(id)).toMatchObject({ status: 'undone', reason: { kind: 'exhausted', message: 'connection reset' } })
    expect(shop.calls).toEqual(['reserve#1', 'hold#1', 'hold#2', 'hold#3', 'unhold#1', 'release(reserve)#1'])
    const history = await system.sagas.history(id)
    expect(history.map((entry) => entry.kind)).toEqual([
      'started',
      'step-completed',
      'step-failed',
      'step-failed',
      'step-failed',
      'undo-completed',
      'undo-completed',
    ])
    expect(history[2]).toMatchObject({ step: 'hold', attempt: 1, error: { message: 'connection reset' }, next: 'retry' })
  })

  it('counts an attempt out of time as unknown and gives undo no result', async () => {
    const clock = createManualClock()
    let aborted = 0
    const saga = defineSaga('slow', { version: 1, input: z.object({}) }).step('wait', {
      run: (c) =>
        new Promise<string>((_, reject) => {
          c.signal.addEventListener('abort', () => {
            aborted++
            reject(c.signal.reason)
          })
        }),
      undo: (_, result) => {
        expect(result).toBeUndefined()
      },
      timeoutMs: 1_000,
      retry: { attempts: 2 },
    })
    const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
    const sagas = createSagaOrchestrator({ store: db, sagas: [saga], clock })
    await sagas.start()
    const { id } = await sagas.startSaga('slow', {})
    const outcome = sagas.outcome(id)
    for (let at = 0; at < 20; at++) await clock.advance(500)
    expect(await outcome).toMatchObject({ status: 'undone', reason: { kind: 'exhausted', code: 'DEADLINE_EXCEEDED' } })
    expect(aborted).toBe(2)
    await sagas.close()
    await db.close()
  })

  it('needs attention when undo has spent its own budget, and goes on when an operator retries (seed-requirement 85)', async () => {
    let broken = true
    const shop = makeShop({
      charge: () => {
        throw new SagaRejection('card_declined')
      },
      unhold: () => {
        if (broken) throw new Error('warehouse is down')
      },
    })
    await using system = await open(shop)
    const { sagas } = system
    const { id } = await sagas.startSaga('order', order)
    expect(await sagas.outcome(id)).toMatchObject({ status: 'needs-attention', reason: { step: 'hold', message: 'warehouse is down' } })
    expect(shop.calls.slice(3)).toEqual(['unhold#1', 'unhold#2', 'unhold#3'])
    expect((await sagas.list({ status: 'needs-attention' })).sagas.map((saga) => saga.id)).toEqual([id])
    broken = false
    await sagas.retryStep(id, { reason: 'the warehouse is back' })
    expect(await sagas.outcome(id)).toMatchObject({ status: 'undone', reason: { code: 'card_declined' } })
    expect(shop.calls.slice(6)).toEqual(['unhold#4', 'release(reserve)#1'])
    expect(await sagas.history(id)).toContainEqual(expect.objectContaining({ kind: 'step-retried', reason: 'the warehouse is back' }))
    expect((await sagas.list({ status: 'needs-attention' })).sagas).toEqual([])
    expect(await code(sagas.retryStep(id, { reason: 'again' }))).toBe('SAGA_NOT_STUCK')
  })

  it('lets an operator skip a step or end the saga', async () => {
    const shop = makeShop({
      charge: () => {
        throw new Error('no answer')
      },
    })
    await using system = await open(shop)
    const { sagas } = system
    const first = await sagas.startSaga('order', order, { key: 'a' })
    const second = await sagas.startSaga('order', order, { key: 'b' })
    expect(await sagas.outcome(first.id)).toMatchObject({ status: 'needs-attention', reason: { kind: 'exhausted', step: 'charge' } })
    await sagas.outcome(second.id)
    await sagas.skipStep(first.id, { reason: 'the bank says it was charged', result: { by: 'bank', orderId: 'o1' } })
    expect(await sagas.outcome(first.id)).toEqual({ status: 'completed', reason: undefined })
    await sagas.resolve(second.id, { as: 'undone', reason: 'cleaned up by hand' })
    expect(await sagas.outcome(second.id)).toMatchObject({ status: 'undone', reason: { kind: 'resolved', message: 'cleaned up by hand' } })
  })

  it('repeats steps behind the pivot until they succeed', async () => {
    const shop = makeShop({
      confirm: (c) => {
        if (c.attempt < 30) throw new Error('not yet')
      },
    })
    await using system = await open(shop)
    const { id } = await system.sagas.startSaga('order', order)
    expect(await system.sagas.outcome(id)).toMatchObject({ status: 'completed' })
    expect(shop.calls.at(-1)).toBe('confirm#30')
  })

  it('cancels before the pivot, undoing what is in flight, and refuses after it', async () => {
    const reached = Promise.withResolvers<void>()
    const shop = makeShop({
      hold: (c) => {
        reached.resolve()
        return new Promise((_, reject) => {
          c.signal.addEventListener('abort', () => reject(new Error('aborted')))
        })
      },
    })
    await using system = await open(shop)
    const { sagas } = system
    const { id } = await sagas.startSaga('order', order)
    await reached.promise
    await sagas.cancel(id, { reason: 'the customer changed their mind' })
    expect(await sagas.outcome(id)).toMatchObject({ status: 'undone', reason: { kind: 'cancelled', message: 'the customer changed their mind' } })
    expect(shop.calls).toEqual(['reserve#1', 'hold#1', 'unhold#1', 'release(reserve)#1'])
    expect(await code(sagas.cancel(id))).toBe('SAGA_NOT_CANCELLABLE')
  })

  it('masks secret input in snapshots and history (seed-requirement 119)', async () => {
    await using system = await open(makeShop())
    const { id } = await system.sagas.startSaga('order', { ...order, payment: { token: 'tok_secret' } })
    await system.sagas.outcome(id)
    const shown = JSON.stringify([await system.sagas.get(id), await system.sagas.history(id), await system.sagas.list()])
    expect(shown).not.toContain('tok_secret')
    expect(shown).toContain('[secret]')
  })

  it('shows progress as it happens, also to an orchestrator that does not own the saga', async () => {
    const gate = Promise.withResolvers<void>()
    const shop = makeShop({ charge: () => gate.promise })
    await using system = await open(shop)
    const other = createSagaOrchestrator({ store: system.db, sagas: [shop.saga], pollMs: 10 })
    await other.start()
    const { id } = await system.sagas.startSaga('order', order)
    const seen: string[] = []
    for await (const entry of other.watch(id)) {
      seen.push(entry.kind)
      if (seen.length === 3) gate.resolve()
    }
    expect(seen).toEqual(['started', 'step-completed', 'step-completed', 'step-completed', 'step-completed'])
    expect(await other.outcome(id)).toMatchObject({ status: 'completed' })
    await other.close()
  })

  it('hands what is open to another orchestrator when it closes', async () => {
    let broken = true
    const shop = makeShop({
      hold: () => {
        if (broken) throw new Error('down')
      },
    })
    const saga = defineSaga('patient', { version: 1, input: z.object({}) }).step('wait', {
      run: () => {
        if (broken) throw new Error('down')
      },
      retry: { initialMs: 60_000, maxMs: 60_000, jitter: 'none' },
    })
    await using system = await open(shop)
    const first = createSagaOrchestrator({ store: system.db, sagas: [saga] })
    await first.start()
    const { id } = await first.startSaga('patient', {})
    await eventually(async () => expect(await first.history(id)).toHaveLength(2))
    await first.close()
    broken = false
    const clock = createManualClock({ nowMs: Date.now() + 120_000 })
    const second = createSagaOrchestrator({ store: system.db, sagas: [saga], clock })
    await second.start()
    expect(await second.outcome(id)).toMatchObject({ status: 'completed' })
    await second.close()
  })

  it('keeps a running saga on its version and shows when that is missing (seed-requirement 119)', async () => {
    const build = (version: number, steps: readonly string[], seen: string[]) => {
      const [first = 'a', ...rest] = steps
      const node = (name: string) => ({
        run: async (c: { readonly attempt: number }) => {
          seen.push(`v${version}:${name}`)
          if (name === 'slow' && c.attempt === 1) throw new Error('later')
        },
        retry: { initialMs: 60_000, maxMs: 60_000, jitter: 'none' as const },
      })
      const begun = defineSaga('evolving', { version, input: z.object({}) }).step(first, node(first))
      return rest.reduce<typeof begun>((saga, name) => saga.step(name as never, node(name)) as never, begun)
    }
    const seen: string[] = []
    const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
    const v1 = build(1, ['slow', 'end'], seen)
    const v2 = build(2, ['new'], seen)
    const first = createSagaOrchestrator({ store: db, sagas: [v1] })
    await first.start()
    const { id } = await first.startSaga('evolving', {})
    await eventually(async () => expect(await first.history(id)).toHaveLength(2))
    await first.close()
    const second = createSagaOrchestrator({ store: db, sagas: [v2] })
    await second.start()
    await eventually(async () => expect(await second.get(id)).toMatchObject({ status: 'parked', steps: [] }))
    expect((await second.list({ status: 'parked' })).sagas).toHaveLength(1)
    expect(await second.history(id)).toContainEqual(expect.objectContaining({ kind: 'parked', reason: expect.stringContaining('version 1') }))
    const other = await second.startSaga('evolving', {})
    await second.outcome(other.id)
    await second.close()
    const third = createSagaOrchestrator({ store: db, sagas: [v1, v2], clock: createManualClock({ nowMs: Date.now() + 120_000 }) })
    await third.start()
    expect(await third.outcome(id)).toMatchObject({ status: 'completed' })
    expect(seen).toEqual(['v1:slow', 'v2:new', 'v1:slow', 'v1:end'])
    await third.close()
    await db.close()
  })

  it('lists sagas by name and status in pages', async () => {
    const shop = makeShop()
    await using system = await open(shop)
    const { sagas } = system
    const started = await Promise.all(Array.from({ length: 7 }, (_, index) => sagas.startSaga('order', { ...order, orderId: `o${index}` })))
    await Promise.all(started.map(({ id }) => sagas.outcome(id)))
    const found: string[] = []
    let page = await sagas.list({ name: 'order', status: 'completed', limit: 3 })
    found.push(...page.sagas.map((saga) => saga.id))
    while (page.next !== null) {
      page = await sagas.list({ name: 'order', status: 'completed', limit: 3, page: page.next })
      found.push(...page.sagas.map((saga) => saga.id))
    }
    expect(found.toSorted()).toEqual(started.map(({ id }) => id).toSorted())
    expect((await sagas.list({ status: 'undone' })).sagas).toEqual([])
  })
})
