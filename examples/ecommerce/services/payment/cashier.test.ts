import { generateId } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import { describe, expect, it } from 'vitest'
import { createCashier } from './cashier.ts'
import { createPaymentHandlers } from './payment-handlers.ts'
import { attempts, charges } from './tables.ts'

const request = (token: string) => ({ key: 'saga:chargePayment:run', orderId: generateId(), token, amount: '19.99', currency: 'EUR' })
const patient = new AbortController().signal

const open = async () => {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { charges, attempts } })
  await db.start()
  const clock = createManualClock()
  return { db, clock, cashier: createCashier({ db, clock, generateId }) }
}

describe('the cashier', () => {
  it('charges a key once, however many ask at once, and gives all the same receipt (seed-requirement 85)', async () => {
    const { db, cashier } = await open()
    const asked = request('tok_ok')
    const answers = await Promise.all(Array.from({ length: 20 }, () => cashier.charge(asked, patient)))
    const row = await db.charges.get({ key: asked.key })
    expect(row).toMatchObject({ status: 'charged', amount: '19.99', currency: 'EUR', order_id: asked.orderId })
    expect(answers).toEqual(answers.map(() => ({ kind: 'charged', receipt: row?.receipt })))
  })

  it('fails tok_down three times, then charges once', async () => {
    const { cashier } = await open()
    const asked = request('tok_down')
    const kinds: string[] = []
    for (let n = 0; n < 5; n++) kinds.push((await cashier.charge(asked, patient)).kind)
    expect(kinds).toEqual(['unavailable', 'unavailable', 'unavailable', 'charged', 'charged'])
  })

  it('loses the answer of tok_lost once; asked again it tells of the charge that there was', async () => {
    const { db, cashier } = await open()
    const asked = request('tok_lost')
    expect(await cashier.charge(asked, patient)).toEqual({ kind: 'lost' })
    const row = await db.charges.get({ key: asked.key })
    expect(await cashier.charge(asked, patient)).toEqual({ kind: 'charged', receipt: row?.receipt })
  })

  it.each([
    ['tok_declined', 'payment_declined'],
    ['tok_made_up', 'payment_token_unknown'],
  ])('declines %s, and stays with it', async (token, reason) => {
    const { cashier } = await open()
    const asked = request(token)
    expect(await cashier.charge(asked, patient)).toEqual({ kind: 'declined', reason })
    expect(await cashier.charge({ ...asked, token: 'tok_ok' }, patient)).toEqual({ kind: 'declined', reason })
  })

  it.each([{ amount: '20.00' }, { currency: 'USD' }, { orderId: generateId() }])(
    'refuses a key that comes again with %j (seed-requirement 85)',
    async (other) => {
      const { db, cashier } = await open()
      const asked = { ...request('tok_ok'), amount: '19.90' }
      expect(await cashier.charge(asked, patient)).toMatchObject({ kind: 'charged' })
      expect(await cashier.charge({ ...asked, ...other }, patient)).toEqual({ kind: 'reused' })
      expect(await cashier.charge({ ...asked, amount: '19.9' }, patient)).toMatchObject({ kind: 'charged' })
      expect(await db.charges.get({ key: asked.key })).toMatchObject({ amount: '19.90', currency: 'EUR', order_id: asked.orderId })
      const call = { params: {}, query: {}, caller: undefined, ifMatch: undefined, idempotencyKey: undefined, lastEventId: undefined, signal: patient }
      const answer = createPaymentHandlers(cashier).charge({ ...call, body: { ...asked, ...other } })
      await expect(answer).rejects.toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    },
  )

  it('lets one of two amounts win that race for a key', async () => {
    const { cashier } = await open()
    const asked = request('tok_ok')
    const answers = await Promise.all([cashier.charge(asked, patient), cashier.charge({ ...asked, amount: '1.00' }, patient)])
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['charged', 'reused'])
  })

  it('answers tok_slow after five seconds, with one charge for two that wait', async () => {
    const { clock, cashier } = await open()
    const asked = request('tok_slow')
    const both = Promise.all([cashier.charge(asked, patient), cashier.charge(asked, patient)])
    await clock.advance(5_000)
    const [one, other] = await both
    expect(one).toMatchObject({ kind: 'charged' })
    expect(other).toEqual(one)
  })

  it('charges nothing when nobody waits any more', async () => {
    const { db, clock, cashier } = await open()
    const leaving = new AbortController()
    const asked = cashier.charge(request('tok_slow'), leaving.signal).catch((error: unknown) => error)
    await clock.advance(1_000)
    leaving.abort(new Error('gone'))
    expect(await asked).toMatchObject({ message: 'gone' })
    expect(await db.charges.get({ key: 'saga:chargePayment:run' })).toBeUndefined()
  })
})
