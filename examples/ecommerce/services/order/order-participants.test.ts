import { HanseError } from '@hanse/core'
import { SagaRejection } from '@hanse/saga'
import { describe, expect, it } from 'vitest'
import { ServiceRefusal } from '../../service/client.ts'
import type { ServiceClient } from '../../service/client.ts'
import type { OrderBook } from './order-book.ts'
import { createOrderParticipants } from './order-participants.ts'

const order = { orderId: 'o1', items: [{ productId: 'p1', quantity: 2 }], amount: '9.98', currency: 'EUR', token: 'tok_ok' }
const attempt = { idempotencyKey: 'saga:chargePayment:run', signal: new AbortController().signal }

/** Participants whose services give one answer, and the reasons that came to the order book. */
const participantsWith = (answer: () => unknown) => {
  const reasons: string[] = []
  const sent: unknown[] = []
  const client: ServiceClient = { call: async (id, { body }) => (sent.push([id, body]), answer()) }
  const nothing = async () => undefined
  const book: OrderBook = {
    get: nothing,
    place: () => Promise.reject(new Error('not used')),
    noteReason: async (_, reason) => void reasons.push(reason),
    forgetReason: nothing,
    confirm: nothing,
    close: nothing,
    needsAttention: nothing,
  }
  return { participants: createOrderParticipants(client, book), reasons, sent }
}
const failing = (error: Error) =>
  participantsWith(() => {
    throw error
  })

describe('a participant of the order saga', () => {
  it('is refused by a conflict, and the reason is kept before the saga goes back', async () => {
    const { participants, reasons } = failing(new ServiceRefusal(409, 'payment_declined', 'No.'))
    await expect(participants.charge(order, attempt)).rejects.toSatisfy((error) => SagaRejection.isInstance(error))
    expect(reasons).toEqual(['payment_declined'])
  })

  it.each([401, 403, 404, 408, 413, 422, 429])('is not refused by a %d: an earlier attempt may have charged (seed-requirement 85)', async (status) => {
    const { participants, reasons } = failing(new ServiceRefusal(status, 'other', 'Not now.'))
    await expect(participants.charge(order, attempt)).rejects.toSatisfy((error) => !SagaRejection.isInstance(error))
    await expect(participants.reserve(order, attempt)).rejects.toSatisfy((error) => !SagaRejection.isInstance(error))
    expect(reasons).toEqual([])
  })

  it('is not refused by an answer that is lost', async () => {
    const { participants } = failing(new HanseError('no answer.', { code: 'CALL_FAILED', retryable: true }))
    await expect(participants.charge(order, attempt)).rejects.toMatchObject({ code: 'CALL_FAILED' })
  })

  it('charges under the key of the step, whatever the attempt', async () => {
    const { participants, sent } = participantsWith(() => ({ receipt: 'r1' }))
    expect(await participants.charge(order, attempt)).toEqual({ receipt: 'r1' })
    expect(sent).toEqual([['charge', { key: attempt.idempotencyKey, orderId: 'o1', token: 'tok_ok', amount: '9.98', currency: 'EUR' }]])
  })

  it('tells of a paid order that holds nothing, and leaves its reason alone', async () => {
    const { participants, reasons } = failing(new ServiceRefusal(409, 'stock_not_held', 'Nothing held.'))
    await expect(participants.sell(order, attempt)).rejects.toSatisfy((error) => SagaRejection.isInstance(error))
    expect(reasons).toEqual([])
  })
})
