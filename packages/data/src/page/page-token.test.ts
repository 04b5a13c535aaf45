import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDatabase, sqlite, table } from '../index.ts'
import type { SelectStatement } from '../index.ts'
import { openPosition, sealPosition } from './page-token.ts'

const users = table('users', { fields: { tenant: 'text', id: 'int', name: 'text' }, key: [['tenant'], 'id'] })
const statement: SelectStatement = {
  kind: 'select',
  table: users.schema,
  target: 'rows',
  columns: ['id'],
  key: { tenant: 'a' },
  bounds: [],
  reversed: false,
  limit: 10,
  from: undefined,
  idempotent: true,
}
const key = new Uint8Array(32).fill(1)
const position = Uint8Array.of(1, 2, 3)

describe('page tokens (seed-requirement 52)', () => {
  it('open for the query that they were made for', () => {
    expect(new Uint8Array(openPosition(key, statement, sealPosition(key, statement, position)))).toEqual(position)
    expect(new Uint8Array(openPosition(key, { ...statement, limit: 99 }, sealPosition(key, statement, position)))).toEqual(position)
  })

  it('do not open for another query, partition or key, nor tell what is in them', () => {
    const token = sealPosition(key, statement, position)
    const others: SelectStatement[] = [
      { ...statement, key: { tenant: 'b' } },
      { ...statement, reversed: true },
      { ...statement, columns: ['id', 'name'] },
      { ...statement, bounds: [{ column: 'id', operator: '>', value: 1 }] },
    ]
    for (const other of others) expect(() => openPosition(key, other, token)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }))
    expect(() => openPosition(new Uint8Array(32).fill(2), statement, token)).toThrow(/start again from the first page/)
    expect(Buffer.from(token, 'base64url').includes(Buffer.from(position))).toBe(false)
  })

  it('do not open after any change of a byte, cut or addition', () => {
    const bytes = Buffer.from(sealPosition(key, statement, position), 'base64url')
    const refused = (forged: string): void => {
      expect(() => openPosition(key, statement, forged)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }))
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const forged = Buffer.from(bytes)
        forged[at] = (forged[at] ?? 0) ^ flip
        refused(forged.toString('base64url'))
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => refused(text)),
      { numRuns: 2_000 },
    )
    for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length).toString('base64url'))
    refused(`${bytes.toString('base64url')}=`)
    const token = bytes.toString('base64url')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const sameBytes = `${token.slice(0, -1)}${alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1]}`
    expect(Buffer.from(sameBytes, 'base64url').equals(bytes)).toBe(true)
    refused(sameBytes)
  })

  it('are sealed with the key given, and a key of the wrong size is refused', async () => {
    const pageKey = new Uint8Array(randomBytes(32))
    await using one = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users }, pageKey })
    await using two = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users }, pageKey })
    for (const db of [one, two]) for (const id of [1, 2, 3]) await db.users.insert({ tenant: 'a', id })
    const { next } = await one.users.select({ tenant: 'a' }).limit(1).page()
    expect((await two.users.select({ tenant: 'a' }).limit(1).page(next)).rows).toMatchObject([{ id: 2 }])
    expect(() => createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users }, pageKey: new Uint8Array(16) })).toThrow(/32 random bytes/)
  })
})
