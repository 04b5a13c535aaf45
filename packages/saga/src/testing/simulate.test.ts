import { HanseError } from '@hanse/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SagaRejection, defineSaga } from '../index.ts'
import { simulateOn } from './simulate.ts'
import type { EngineOptions } from './simulate.ts'
import { simulate } from './index.ts'
import type { SagaFault } from './index.ts'
import type { SagaLog } from '../log/saga-log.ts'

const input = z.object({ orderId: z.string(), quantity: z.number() })

/** Mistakes that a user could make. */
interface Mistakes {
  readonly chargeWithoutKey?: boolean
  readonly undoAddsBlindly?: boolean
  readonly noUndo?: boolean
  readonly undoNeedsResult?: boolean
  readonly reserveWithoutKey?: boolean
  readonly confirmTwice?: boolean
  readonly swallowDecline?: boolean
}

class Shop {
  available = 5
  reserved = 0
  sold = 0
  charges = 0
  readonly #done = new Map<string, unknown>()
  readonly declines: boolean

  constructor(declines = false) {
    this.declines = declines
  }

  once<T>(key: string, work: () => T): T {
    if (!this.#done.has(key)) this.#done.set(key, work())
    return this.#done.get(key) as T
  }

  did(key: string): boolean {
    return this.#done.has(key)
  }
}

const orderSaga = (shop: Shop, mistakes: Mistakes = {}) => {
  const release = (quantity: number) => {
    shop.available += quantity
    shop.reserved -= quantity
  }
  return defineSaga('order', { version: 1, input })
    .step('reserve', {
      run: (c) => {
        const work = () => {
          shop.available -= c.input.quantity
          shop.reserved += c.input.quantity
          return { reserved: c.input.quantity }
        }
        return mistakes.reserveWithoutKey === true ? work() : shop.once(c.idempotencyKey, work)
      },
      ...(mistakes.noUndo === true
        ? {}
        : {
            undo: (c, result) => {
              if (mistakes.undoNeedsResult === true && result === undefined) return
              if (mistakes.undoAddsBlindly === true) return release(c.input.quantity)
              const reserved = shop.did(`${c.sagaId}:reserve:run`)
              return shop.once(c.idempotencyKey, () => (reserved ? release(c.input.quantity) : undefined))
            },
          }),
      retry: { attempts: 2 },
    })
    .pivot('charge', {
      run: (c) => {
        if (shop.declines && mistakes.swallowDecline !== true) throw new SagaRejection('declined')
        const work = () => void shop.charges++
        return mistakes.chargeWithoutKey === true ? work() : shop.once(c.idempotencyKey, work)
      },
    })
    .step('confirm', {
      run: (c) => {
        const work = () => {
          shop.reserved -= c.input.quantity
          shop.sold += c.input.quantity
        }
        return mistakes.confirmTwice === true ? work() : shop.once(c.idempotencyKey, work)
      },
    })
}

const conserved = (shop: Shop, outcome: { readonly status: string }) => {
  expect(outcome.status).toBe(shop.declines ? 'undone' : 'completed')
  const expected = shop.declines ? [5, 0, 0, 0] : [3, 0, 2, 1]
  expect([shop.available, shop.reserved, shop.sold, shop.charges]).toEqual(expected)
}

const run = (
  mistakes: Mistakes,
  declines: boolean,
  faults: readonly SagaFault[] = ['crash', 'lostReply', 'duplicate'],
  engine: EngineOptions = {},
  seeds = 60,
) =>
  simulateOn(
    (shop: Shop) => orderSaga(shop, mistakes),
    {
      world: () => new Shop(declines),
      input: { orderId: 'o1', quantity: 2 },
      faults,
      seeds,
      invariant: conserved,
    },
    engine,
  )

const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return HanseError.isInstance(error) ? error : undefined
}

describe('simulate', () => {
  it('finds nothing wrong with a right saga killed at every await, forward (seed-requirement 85)', async () => {
    const report = await run({}, false)
    expect(report.runs).toBeGreaterThan(90)
    expect(report.outcomes).toMatchObject({ undone: 0, 'needs-attention': 0 })
  })

  it('finds nothing wrong with a right saga killed at every await, on the way back (seed-requirement 85)', async () => {
    expect((await run({}, true)).outcomes).toMatchObject({ completed: 0, 'needs-attention': 0 })
  })

  it('finds nothing wrong when a process stands still and wakes up as a zombie', async () => {
    expect((await run({}, false, ['zombie', 'crash'])).outcomes).toMatchObject({ undone: 0 })
    expect((await run({}, true, ['zombie', 'crash'])).outcomes).toMatchObject({ completed: 0 })
  })

  it.each<[string, Mistakes, boolean]>([
    ['a charge that ignores the idempotency key', { chargeWithoutKey: true }, false],
    ['an undo that is not idempotent', { undoAddsBlindly: true }, true],
    ['a missing undo', { noUndo: true }, true],
    ['a reservation that ignores the idempotency key', { reserveWithoutKey: true }, false],
    ['a confirmation that counts twice', { confirmTwice: true }, false],
    ['a refusal that is swallowed', { swallowDecline: true }, true],
  ])("finds a user's mistake: %s", async (_, mistakes, declines) => {
    const found = await failure(run(mistakes, declines))
    expect(found?.code).toBe('SIMULATION_FAILED')
  })

  it('finds an undo that does nothing when the outcome is unknown', async () => {
    const define = (shop: Shop) =>
      defineSaga('order', { version: 1, input }).step('reserve', {
        run: (c) =>
          shop.once(c.idempotencyKey, () => {
            shop.available -= 2
            return { reserved: 2 }
          }),
        undo: (_, result) => {
          if (result !== undefined) shop.available += result.reserved
        },
        retry: { attempts: 1 },
      })
    const found = await failure(
      simulate(define, {
        world: () => new Shop(),
        input: { orderId: 'o1', quantity: 2 },
        faults: ['lostReply'],
        seeds: 0,
        invariant: (shop, { status }) => expect(shop.available).toBe(status === 'completed' ? 3 : 5),
      }),
    )
    expect(found?.message).toContain('lost-reply')
  })

  it('loses requests: the call did nothing, and a right saga still ends right', async () => {
    expect((await run({}, false, ['lostRequest', 'crash'])).outcomes).toMatchObject({ undone: 0, 'needs-attention': 0 })
    expect((await run({}, true, ['lostRequest', 'crash'])).outcomes).toMatchObject({ completed: 0, 'needs-attention': 0 })
  })

  it('finds an undo that trusts that the step was done, when its request was lost', async () => {
    const define = (shop: Shop) =>
      defineSaga('order', { version: 1, input }).step('reserve', {
        run: (c) => shop.once(c.idempotencyKey, () => void (shop.available -= 2)),
        undo: (c) => shop.once(c.idempotencyKey, () => void (shop.available += 2)),
        retry: { attempts: 1 },
      })
    const simulated = (faults: readonly SagaFault[]) =>
      failure(
        simulate(define, {
          world: () => new Shop(),
          input: { orderId: 'o1', quantity: 2 },
          faults,
          seeds: 0,
          invariant: (shop, { status }) => expect(shop.available).toBe(status === 'completed' ? 3 : 5),
        }),
      )
    expect(await simulated(['lostReply'])).toBeUndefined()
    expect((await simulated(['lostRequest']))?.message).toContain('lost-request')
  })

  it('prints a schedule that fails again', async () => {
    const found = await failure(run({ chargeWithoutKey: true }, false))
    const schedule = String(found?.details['schedule'])
    const replay = (mistakes: Mistakes) =>
      failure(
        simulate((shop: Shop) => orderSaga(shop, mistakes), {
          world: () => new Shop(),
          input: { orderId: 'o1', quantity: 2 },
          schedule,
          invariant: conserved,
        }),
      )
    expect((await replay({ chargeWithoutKey: true }))?.details['schedule']).toBe(schedule)
    expect(await replay({})).toBeUndefined()
  })

  const change = (make: (log: SagaLog) => Partial<SagaLog>): EngineOptions => ({
    wrapLog: (log) => ({ ...log, ...make(log) }),
  })

  it.each<[string, EngineOptions, boolean, readonly SagaFault[]]>([
    ['announcements that are forgotten', change(() => ({ announce: async () => undefined })), false, ['crash']],
    [
      'intent that is not written before the effect',
      change((log) => ({
        append: async (write) => (write.event.kind === 'step-completed' && write.head.status === 'running' ? { applied: true } : log.append(write)),
      })),
      false,
      ['crash'],
    ],
    [
      'fencing that is ignored',
      change((log) => ({
        append: async (write) => {
          const current = await log.head(write.id)
          if (current === undefined) return log.append(write)
          const { seq, epoch } = current.head
          return log.append({ ...write, expected: { seq, epoch }, head: { ...write.head, seq: seq + 1, epoch } })
        },
      })),
      true,
      ['zombie'],
    ],
    [
      'an end that is not written',
      change((log) => ({ append: async (write) => (write.head.status === 'completed' ? { applied: true } : log.append(write)) })),
      false,
      ['crash'],
    ],
    [
      'sessions that never count as gone',
      change((log) => ({ sessions: async () => (await log.sessions()).map((sign) => ({ ...sign, state: 'recovered' as const })) })),
      false,
      ['crash'],
    ],
    [
      'undo that is recorded and not done',
      change((log) => ({
        append: async (write) => {
          if (write.head.status !== 'undoing') return log.append(write)
          return log.append({ ...write, head: { ...write.head, status: 'undone' } })
        },
      })),
      true,
      ['crash'],
    ],
    [
      'histories that lose their last event',
      change((log) => ({
        read: async (id, after) => {
          const history = await log.read(id, after)
          return history === undefined
            ? undefined
            : { ...history, events: history.events.slice(0, after < 0 ? Math.max(1, history.events.length - 1) : undefined) }
        },
      })),
      false,
      ['crash'],
    ],
  ])("finds an engine's fault: %s", async (_, engine, declines, faults) => {
    const found = await failure(run({}, declines, faults, engine))
    expect(found?.code).toBe('SIMULATION_FAILED')
  })
})
