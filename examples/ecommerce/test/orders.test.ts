import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBooks } from '../drill/books.ts'
import { audit } from '../drill/conservation.ts'
import { callShop, someAddress } from '../drill/shop-client.ts'
import { openTestShop } from './test-shop.ts'
import type { TestShop } from './test-shop.ts'

interface Order {
  readonly id: string
  readonly status: string
  readonly reason: string | null
  readonly total: string
  readonly sagaId: string
}

interface Stock {
  readonly stocked: number
  readonly reserved: number
  readonly sold: number
  readonly available: number
}

let shop: TestShop

beforeAll(async () => {
  shop = await openTestShop()
})
afterAll(() => shop[Symbol.asyncDispose]())

const call = (path: string, options: Parameters<typeof callShop>[2] = {}) => callShop(shop.url, path, options)
const settle = { timeout: 30_000, interval: 50 }

async function newProduct(units: number, price = '10.10'): Promise<string> {
  const made = await call('/api/products', {
    method: 'POST',
    token: shop.admin,
    body: { name: `Test product ${crypto.randomUUID()}`, category: 'Testing', price, currency: 'EUR', inventory_count: units },
  })
  const { id } = made.body.data as unknown as { id: string }
  await expect.poll(async () => (await stockOf(id))?.available, settle).toBe(units)
  return id
}

const stockOf = async (id: string): Promise<Stock | undefined> => (await call(`/api/inventory/${id}`, { token: shop.admin })).body.data as Stock | undefined
const orderOf = async (id: string): Promise<Order> => (await call(`/api/orders/${id}`, { token: shop.shopper })).body.data as unknown as Order
const statusOf = async (id: string): Promise<string> => (await orderOf(id)).status
const place = (productId: string, token: string, more: { quantity?: number; key?: string; extra?: object } = {}) =>
  call('/api/orders', {
    method: 'POST',
    token: shop.shopper,
    body: { items: [{ productId, quantity: more.quantity ?? 1 }], shippingAddress: someAddress, payment: { token }, ...more.extra },
    headers: more.key === undefined ? {} : { 'idempotency-key': more.key },
  })

const faults = async (): Promise<readonly string[]> => audit(await readBooks(shop.data)).faults
const chargesOf = async (orderId: string) => {
  const { charges } = await readBooks(shop.data)
  return charges.filter((charge) => charge.order_id === orderId && charge.status === 'charged')
}

describe('an order', () => {
  it('is priced by the server, answered 202 with its place, and confirmed by the services behind each step (seed-requirements 84, 86 and 88)', async () => {
    const product = await newProduct(5)
    const placed = await place(product, 'tok_ok', { quantity: 2, extra: { total: '0.01', userId: 'x', orderId: 'y', price: '0' } })
    expect(placed.status).toBe(202)
    expect(placed.body).toMatchObject({ success: true, message: expect.any(String), sagaId: expect.any(String), orderId: expect.any(String) })
    const id = placed.body.orderId ?? ''
    expect(placed.headers.get('location')).toBe(`/api/orders/${id}`)
    await expect.poll(() => statusOf(id), settle).toBe('confirmed')
    expect(await orderOf(id)).toMatchObject({ total: '20.20', currency: 'EUR', sagaId: placed.body.sagaId, reason: null })
    expect(await stockOf(product)).toEqual({ stocked: 5, reserved: 0, sold: 2, available: 3 })
    await expect
      .poll(async () => ((await call(`/api/products/${product}`)).body.data as unknown as { inventory_count: number }).inventory_count, settle)
      .toBe(3)
    const listed = (await call('/api/orders?limit=5', { token: shop.shopper })).body.data as unknown as Order[]
    expect(listed.map((order) => order.id)).toContain(id)
  })

  it('is rejected with a reason when the payment is declined, and its stock comes back (E11)', async () => {
    const product = await newProduct(3)
    const id = (await place(product, 'tok_declined')).body.orderId ?? ''
    await expect.poll(() => statusOf(id), settle).toBe('rejected')
    expect(await orderOf(id)).toMatchObject({ reason: 'payment_declined' })
    expect(await stockOf(product)).toEqual({ stocked: 3, reserved: 0, sold: 0, available: 3 })
    expect(await chargesOf(id)).toEqual([])
  })

  it('is charged once when the answer of the payment is lost, and confirmed when it comes back from being down (E11)', async () => {
    const product = await newProduct(3)
    const lost = (await place(product, 'tok_lost')).body.orderId ?? ''
    const down = (await place(product, 'tok_down')).body.orderId ?? ''
    await expect.poll(() => statusOf(lost), settle).toBe('confirmed')
    await expect.poll(() => statusOf(down), settle).toBe('confirmed')
    expect([(await chargesOf(lost)).length, (await chargesOf(down)).length]).toEqual([1, 1])
  })

  it('can be cancelled until it is paid, and only by its owner', async () => {
    const product = await newProduct(3)
    const paid = (await place(product, 'tok_ok')).body.orderId ?? ''
    await expect.poll(() => statusOf(paid), settle).toBe('confirmed')
    const late = await call(`/api/orders/${paid}/cancel`, { method: 'POST', token: shop.shopper })
    expect([late.status, late.body.code]).toEqual([409, 'too_late_to_cancel'])
  })

  it('tells its progress live and how it ended', async () => {
    const product = await newProduct(3)
    const id = (await place(product, 'tok_down')).body.orderId ?? ''
    const response = await fetch(new URL(`/api/orders/${id}/events`, shop.url), { headers: { authorization: `Bearer ${shop.shopper}` } })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const text = await response.text()
    expect(text).toMatch(/event: progress\ndata: .*"step":"reserveStock","kind":"completed"/)
    expect(text).toMatch(/"step":"chargePayment","kind":"failed"/)
    expect(text.trimEnd()).toMatch(/event: end\ndata: \{"status":"confirmed"\}$/)
  })

  it('names what is wrong with it (seed-requirement 89)', async () => {
    const unknown = await place(crypto.randomUUID(), 'tok_ok')
    expect([unknown.status, unknown.body.code]).toEqual([404, 'product_not_found'])
    const product = await newProduct(1)
    expect((await place(product, 'tok_ok', { quantity: 0 })).status).toBe(422)
    expect((await place(product, 'tok_ok', { quantity: 1_001 })).status).toBe(422)
    expect((await place(product, 'not a token')).status).toBe(422)
  })
})

describe('a shop under pressure', () => {
  it('sells the last unit once: of 200 parallel buyers one is confirmed, 199 are rejected and none of these is charged (E9, seed-requirement 60)', async () => {
    const product = await newProduct(1)
    const placed = await Promise.all(Array.from({ length: 200 }, () => place(product, 'tok_ok')))
    expect(new Set(placed.map((answer) => answer.status))).toEqual(new Set([202]))
    const ids = placed.map((answer) => answer.body.orderId ?? '')
    const ended = async () => {
      const mine = new Set(ids)
      const orders = (await readBooks(shop.data)).orders.filter((order) => mine.has(order.id))
      return {
        confirmed: orders.filter((order) => order.status === 'confirmed').length,
        rejected: orders.filter((order) => order.status === 'rejected').length,
      }
    }
    await expect.poll(ended, { timeout: 120_000, interval: 200 }).toEqual({ confirmed: 1, rejected: 199 })
    const { charges } = await readBooks(shop.data)
    expect(charges.filter((charge) => ids.includes(charge.order_id) && charge.status === 'charged')).toHaveLength(1)
    expect(await stockOf(product)).toEqual({ stocked: 1, reserved: 0, sold: 1, available: 0 })
    const rejected = (await readBooks(shop.data)).orders.find((order) => ids.includes(order.id) && order.status === 'rejected')
    expect(rejected?.reason).toBe('out_of_stock')
  })

  it('makes one order, one saga and one charge of one key sent 50 times in parallel, with equal answers (E10, seed-requirement 87)', async () => {
    const product = await newProduct(60)
    const key = crypto.randomUUID()
    const answers = await Promise.all(Array.from({ length: 50 }, () => place(product, 'tok_ok', { key })))
    expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body, answer.headers.get('location')]))).size).toBe(1)
    const id = answers[0]?.body.orderId ?? ''
    await expect.poll(() => statusOf(id), settle).toBe('confirmed')
    expect((await chargesOf(id)).length).toBe(1)
    expect(await stockOf(product)).toEqual({ stocked: 60, reserved: 0, sold: 1, available: 59 })
    const reused = await place(product, 'tok_declined', { key })
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency_key_reused'])
  })

  it('conserves money and stock', async () => {
    await expect.poll(async () => audit(await readBooks(shop.data)).unfinished, settle).toEqual([])
    expect(await faults()).toEqual([])
  })
})
