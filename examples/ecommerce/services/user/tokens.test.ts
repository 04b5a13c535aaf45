import { generateId } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import { exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { emailKey } from './email-key.ts'
import { hashPassword } from './passwords.ts'
import { createSessionHandlers } from './session-handlers.ts'
import { sessions } from './tables.ts'
import { accessSeconds, createTokenIssuer, tokenAudience, tokenIssuer } from './tokens.ts'
import { erased, userTables } from './users.ts'

const ada = { id: generateId(), role: 'shopper', password_hash: 'one' }
const subjectOf = async (id: string) => (id === ada.id ? ada : undefined)
const clock = createManualClock({ nowMs: Date.UTC(2001, 0, 1) })
const refused = { status: 401, code: 'invalid_refresh_token' }

let key: Awaited<ReturnType<typeof exportJWK>> & { kty: string }
beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { extractable: true })
  key = { kty: 'OKP', kid: 'k1', alg: 'EdDSA', ...(await exportJWK(pair.privateKey)) }
})

const open = async () => {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { sessions } })
  await db.start()
  return { db, tokens: await createTokenIssuer({ db, key, clock, generateId }) }
}

describe('a login', () => {
  const openUsers = async () => {
    const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: userTables })
    await db.start()
    const login = async (email: string, password: string) => {
      const handlers = createSessionHandlers({ db }, await createTokenIssuer({ db, key, clock, generateId }))
      const call = {
        params: {},
        query: {},
        body: { email, password },
        caller: undefined,
        ifMatch: undefined,
        idempotencyKey: undefined,
        lastEventId: undefined,
      }
      return handlers.login({ ...call, signal: new AbortController().signal })
    }
    return { db, login }
  }
  const row = { name: 'Ada', role: 'shopper', version: 1, created_at: new Date(0), updated_at: new Date(0) }

  it('finds the account however the address is written, and answers everything else alike (seed-requirements 43 and 45)', async () => {
    const { db, login } = await openUsers()
    const email = 'Ada@Shop.example'
    await db.users.insertIfAbsent({ ...row, id: ada.id, email, email_key: emailKey(email), password_hash: await hashPassword('correct horse') })
    expect(await login(' ADA@shop.example', 'correct horse')).toMatchObject({ body: { data: { tokenType: 'Bearer' } } })
    const wrong = { status: 401, code: 'invalid_credentials', message: 'E-mail address or password is wrong.' }
    await expect(login('ada@shop.example', 'incorrect horse')).rejects.toMatchObject(wrong)
    await expect(login('bob@shop.example', 'correct horse')).rejects.toMatchObject(wrong)
  })

  it('of somebody who was deleted is answered like one of nobody', async () => {
    const { db, login } = await openUsers()
    await db.users.insertIfAbsent({ ...row, id: ada.id, ...erased(ada.id) })
    await expect(login(`${ada.id}@deleted.invalid`, 'deleted')).rejects.toMatchObject({ status: 401, code: 'invalid_credentials' })
  })
})

describe('tokens', () => {
  it('are signed for the shop, with the role, and end soon', async () => {
    const { tokens } = await open()
    const issued = await tokens.open(ada)
    const { d: _private, ...publicKey } = key
    const { payload, protectedHeader } = await jwtVerify(issued.accessToken, await importJWK(publicKey, 'EdDSA'), {
      issuer: tokenIssuer,
      audience: tokenAudience,
      currentDate: new Date(clock.now()),
    })
    expect(payload).toMatchObject({ sub: ada.id, roles: ['shopper'] })
    expect(payload.iat).toBe(Date.UTC(2001, 0, 1) / 1_000)
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(accessSeconds)
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: 'k1', typ: 'at+jwt' })
    expect(issued).toMatchObject({ tokenType: 'Bearer', expiresIn: accessSeconds })
  })

  it('are renewed again and again, with a new refresh token each time', async () => {
    const { tokens } = await open()
    const seen = new Set<string>()
    for (let { refreshToken } = await tokens.open(ada); seen.size < 4; { refreshToken } = await tokens.rotate(refreshToken, subjectOf)) {
      expect(seen.has(refreshToken)).toBe(false)
      seen.add(refreshToken)
    }
  })

  it('all end when one that was used up comes again, the good one too', async () => {
    const { tokens } = await open()
    const first = await tokens.open(ada)
    const second = await tokens.rotate(first.refreshToken, subjectOf)
    await expect(tokens.rotate(first.refreshToken, subjectOf)).rejects.toMatchObject(refused)
    await expect(tokens.rotate(second.refreshToken, subjectOf)).rejects.toMatchObject(refused)
  })

  it('of another login go on', async () => {
    const { tokens } = await open()
    const [phone, laptop] = [await tokens.open(ada), await tokens.open(ada)]
    await tokens.end(phone.refreshToken)
    await expect(tokens.rotate(phone.refreshToken, subjectOf)).rejects.toMatchObject(refused)
    expect(await tokens.rotate(laptop.refreshToken, subjectOf)).toMatchObject({ tokenType: 'Bearer' })
  })

  it('are given to one of those who come with the same refresh token at once', async () => {
    const { tokens } = await open()
    const { refreshToken } = await tokens.open(ada)
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => tokens.rotate(refreshToken, subjectOf)))
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1)
  })

  it('are not renewed for somebody who is gone', async () => {
    const { tokens } = await open()
    const { refreshToken } = await tokens.open({ ...ada, id: generateId() })
    await expect(tokens.rotate(refreshToken, subjectOf)).rejects.toMatchObject(refused)
  })

  it('are not renewed once the password has changed, whatever login they are of', async () => {
    const { tokens } = await open()
    const [phone, laptop] = [await tokens.open(ada), await tokens.open(ada)]
    const changed = { ...ada, password_hash: 'two' }
    for (const { refreshToken } of [phone, laptop]) await expect(tokens.rotate(refreshToken, async () => changed)).rejects.toMatchObject(refused)
    const { refreshToken } = await tokens.open(changed)
    expect(await tokens.rotate(refreshToken, async () => changed)).toMatchObject({ tokenType: 'Bearer' })
  })

  it.each(['', 'x', `${'0'.repeat(36)}.${'A'.repeat(43)}`, `${crypto.randomUUID()}.${'A'.repeat(43)}`])('answers 401 for %j', async (token) => {
    const { tokens } = await open()
    await expect(tokens.rotate(token, subjectOf)).rejects.toMatchObject(refused)
  })

  it('are stored as digests only', async () => {
    const { db, tokens } = await open()
    const [family = '', secret = ''] = (await tokens.open(ada)).refreshToken.split('.')
    expect(JSON.stringify(await db.sessions.get({ family }))).not.toContain(secret)
    expect(await db.sessions.get({ family })).toMatchObject({ created_at: new Date(clock.now()) })
  })
})
