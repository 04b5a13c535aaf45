import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createSagaOrchestrator, defineSaga } from '../index.ts'
import type { SagaInput, SagaOrchestratorOptions, SagaResults, Stored } from '../index.ts'

const input = z.object({ orderId: z.string(), at: z.coerce.date() })

const order = defineSaga('order', { version: 1, input })
  .step('reserve', {
    run: async (c) => {
      expectTypeOf(c.input.orderId).toEqualTypeOf<string>()
      // What went through the log is JSON.
      expectTypeOf(c.input.at).toEqualTypeOf<string>()
      expectTypeOf(c.idempotencyKey).toEqualTypeOf<string>()
      expectTypeOf(c.signal).toEqualTypeOf<AbortSignal>()
      return { reservationId: 'r1', at: new Date() }
    },
    undo: (c, result) => {
      expectTypeOf(c.input.orderId).toEqualTypeOf<string>()
      expectTypeOf(result).toEqualTypeOf<{ readonly reservationId: string; readonly at: string } | undefined>()
      // @ts-expect-error the outcome may be unknown: the result has to be checked first
      expectTypeOf(result.reservationId)
    },
  })
  .pivot('charge', {
    run: (c) => {
      expectTypeOf(c.results.reserve.reservationId).toEqualTypeOf<string>()
      // @ts-expect-error results of later steps are not there yet
      expectTypeOf(c.results.confirm)
      return { receipt: 7 }
    },
  })
  .step('confirm', {
    run: async (c) => {
      expectTypeOf(c.results.charge.receipt).toEqualTypeOf<number>()
      // @ts-expect-error wrong type of an earlier result
      expectTypeOf(c.results.charge.receipt).toEqualTypeOf<string>()
    },
  })

const refund = defineSaga('refund', { version: 1, input: z.object({ amount: z.number() }) }).step('pay', { run: () => true })
declare const store: SagaOrchestratorOptions<[]>['store']

describe('defineSaga', () => {
  it('refuses undo at and behind the pivot', () => {
    const begun = defineSaga('x', { version: 1, input }).step('a', { run: () => 1 })
    // @ts-expect-error a pivot has no undo
    begun.pivot('b', { run: () => 2, undo: () => undefined })
    const committed = begun.pivot('b', { run: () => 2 })
    // @ts-expect-error behind the pivot nothing is undone
    committed.step('c', { run: () => 3, undo: () => undefined })
    // @ts-expect-error behind the pivot a step is repeated until it succeeds
    committed.step('c', { run: () => 3, retry: { attempts: 3 } })
    // @ts-expect-error there is one pivot
    committed.pivot('d', { run: () => 4 })
    expectTypeOf(committed).not.toHaveProperty('pivot')
  })

  it('refuses a second step of one name', () => {
    const begun = defineSaga('x', { version: 1, input }).step('a', { run: () => 1 })
    // @ts-expect-error the saga already has a step 'a'
    begun.step('a', { run: () => 2 })
    expectTypeOf(begun.step('b', { run: () => 2 })).toHaveProperty('pivot')
  })

  it('demands a version, a schema and a run', () => {
    expectTypeOf(defineSaga).parameter(1).toHaveProperty('version')
    // @ts-expect-error version is missing
    defineSaga('x', { input })
    // @ts-expect-error input is missing
    defineSaga('x', { version: 1 })
    // @ts-expect-error run is missing
    defineSaga('x', { version: 1, input }).step('a', {})
  })

  it('knows input and results', () => {
    expectTypeOf<SagaInput<typeof refund>>().toEqualTypeOf<{ amount: number }>()
    expectTypeOf<SagaResults<typeof order>['charge']>().toEqualTypeOf<{ readonly receipt: number }>()
    expectTypeOf<Stored<bigint>>().toEqualTypeOf<never>()
    expectTypeOf<Stored<{ a?: Date; b: (string | null)[] }>>().toEqualTypeOf<{ readonly a?: string; readonly b: readonly (string | null)[] }>()
  })
})

describe('createSagaOrchestrator', () => {
  const sagas = createSagaOrchestrator({ store, sagas: [order, refund] })

  it('ties name and input to the registered sagas (seed-requirement 83)', () => {
    expectTypeOf(sagas.startSaga('refund', { amount: 1 })).resolves.toHaveProperty('id')
    // @ts-expect-error no such saga
    sagas.startSaga('return', { amount: 1 })
    // @ts-expect-error wrong input
    sagas.startSaga('refund', { amount: '1' })
    // @ts-expect-error the input of another saga
    sagas.startSaga('refund', { orderId: 'o1', at: new Date() })
    // @ts-expect-error no such saga
    sagas.list({ name: 'return' })
    // @ts-expect-error no such status
    sagas.list({ status: 'happy' })
  })

  it('demands a reason of operators', () => {
    expectTypeOf<Parameters<(typeof sagas)['skipStep']>[1]>().toHaveProperty('reason')
    // @ts-expect-error reason is missing
    sagas.retryStep('id', {})
    // @ts-expect-error how it ends is missing
    sagas.resolve('id', { reason: 'because' })
  })
})
