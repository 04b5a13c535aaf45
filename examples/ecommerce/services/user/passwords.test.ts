import { argon2Sync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { password as passwordField } from '../../contracts/fields.ts'
import { hashPassword, noPassword, verifyPassword } from './passwords.ts'

describe('a password', () => {
  it('fits its hash, and no other password does (seed-requirement 45)', async () => {
    const stored = await hashPassword('correct horse')
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await verifyPassword('correct horse', stored)).toBe(true)
    expect(await verifyPassword('correct horsf', stored)).toBe(false)
    expect(await verifyPassword('', stored)).toBe(false)
  })

  it('counts to its last character, however long (seed-requirement 45)', async () => {
    const long = 'x'.repeat(255)
    const stored = await hashPassword(`${long}a`)
    expect(await verifyPassword(`${long}a`, stored)).toBe(true)
    expect(await verifyPassword(`${long}b`, stored)).toBe(false)
    expect(await verifyPassword(long, stored)).toBe(false)
  })

  it.each(['', 'short12', 'x'.repeat(257), 'Password1', 'qwerty123'])('of %j is refused, not cut short (seed-requirement 45)', (text) => {
    expect(passwordField.safeParse(text).success).toBe(false)
  })

  it('is the same however its accents were typed', async () => {
    expect(await verifyPassword('cafe\u0301 au lait', await hashPassword('caf\u00E9 au lait'))).toBe(true)
  })

  it('has a salt of its own', async () => {
    expect(await hashPassword('correct horse')).not.toBe(await hashPassword('correct horse'))
  })

  it('of nobody is hashed at the same cost, and never fits', async () => {
    const stored = await hashPassword('correct horse')
    expect(noPassword.split('$').slice(0, 4)).toEqual(stored.split('$').slice(0, 4))
    expect(await verifyPassword('correct horse', noPassword)).toBe(false)
    expect(await verifyPassword('', noPassword)).toBe(false)
  })

  it('fits a hash that was made at another cost', async () => {
    const nonce = randomBytes(16)
    const tag = argon2Sync('argon2id', { message: 'correct horse', nonce, parallelism: 1, tagLength: 32, memory: 8_192, passes: 3 })
    const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
    expect(await verifyPassword('correct horse', `$argon2id$v=19$m=8192,t=3,p=1$${text(nonce)}$${text(tag)}`)).toBe(true)
  })

  it('is hashed when many come at once, too', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, index) => hashPassword(`correct horse ${index}`)))
    expect(await Promise.all(all.map((stored, index) => verifyPassword(`correct horse ${index}`, stored)))).not.toContain(false)
  })
})
