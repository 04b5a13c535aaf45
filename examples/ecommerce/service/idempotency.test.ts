import { generateId } from '@hanse/core'
import { createDatabase, sqlite } from '@hanse/data'
import { describe, expect, it } from 'vitest'
import type { Answer } from './answer.ts'
import { idempotency, once } from './idempotency.ts'

const secret = new Uint8Array(32)

const openStore = async () => {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { idempotency } })
  await db.start()
  return db
}
type Store = Awaited<ReturnType<typeof openStore>>

const ask = (db: Store, create: (id: string) => Promise<Answer>, more: { key?: string | undefined; body?: unknown; scope?: string } = {}) =>
  once({ db, secret, generateId, scope: 'order:ada', key: 'k1', body: { quantity: 1 }, ...more }, create)

/** Makes something new each time. */
const maker = () => {
  const ids: string[] = []
  const make = async (id: string): Promise<Answer> => ({ body: { data: { id, made: ids.push(id) } }, headers: { location: `/api/orders/${id}` } })
  return { ids, make }
}

describe('once', () => {
  it('gives a repeat the first answer again, and makes nothing new (seed-requirement 87)', async () => {
    await using db = await openStore()
    const { ids, make } = maker()
    const first = await ask(db, make)
    expect(await ask(db, make)).toEqual(first)
    expect(ids).toHaveLength(1)
  })

  it('refuses the key with another body (seed-requirement 87)', async () => {
    await using db = await openStore()
    const { ids, make } = maker()
    await ask(db, make)
    await expect(ask(db, make, { body: { quantity: 2 } })).rejects.toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect(ids).toHaveLength(1)
  })

  it('goes on under the same id after a crash between the claim and the answer (seed-requirement 47)', async () => {
    await using db = await openStore()
    const { ids, make } = maker()
    const crash = async (id: string) => {
      await make(id)
      throw new Error('killed')
    }
    await expect(ask(db, crash)).rejects.toThrow('killed')
    const healed = await ask(db, make)
    expect(ids).toEqual([ids[0], ids[0]])
    expect(await ask(db, make)).toEqual(healed)
    expect(ids).toHaveLength(2)
  })

  it('gives attempts that overlap one id and one answer (seed-requirement 47)', async () => {
    await using db = await openStore()
    const { ids, make } = maker()
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(db, make)))
    expect(new Set(ids).size).toBe(1)
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await ask(db, make)).toEqual(answers[0])
  })

  it('keeps no failure: the same key may be tried again', async () => {
    await using db = await openStore()
    const { make } = maker()
    await expect(ask(db, () => Promise.reject(new Error('product not found')))).rejects.toThrow('not found')
    expect(await ask(db, make)).toMatchObject({ body: { data: { made: 1 } } })
  })

  it('keeps scopes apart, and makes something new each time without a key', async () => {
    await using db = await openStore()
    const { ids, make } = maker()
    await ask(db, make)
    await ask(db, make, { scope: 'order:bob' })
    await ask(db, make, { key: undefined })
    await ask(db, make, { key: undefined })
    expect(new Set(ids).size).toBe(4)
  })

  it('stores no body, only a keyed digest of it', async () => {
    await using db = await openStore()
    await ask(db, maker().make, { body: { password: 'correct horse' } })
    const row = await db.idempotency.get({ scope: 'order:ada', key: 'k1' })
    expect(JSON.stringify(row)).not.toContain('correct horse')
  })
})
