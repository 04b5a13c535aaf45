import { generateId } from '@hanse/core'
import { createDatabase, sqlite } from '@hanse/data'
import { exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { sessions } from './tables.ts'
import { accessSeconds, createTokenIssuer, tokenAudience, tokenIssuer } from './tokens.ts'

const ada = { id: generateId(), role: 'shopper' }
const subjectOf = async (id: string) => (id === ada.id ? ada : undefined)
const refused = { status: 401, code: 'invalid_refresh_token' }

let key: Awaited<ReturnType<typeof exportJWK>> & { kty: string }
beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { extractable: true })
  key = { kty: 'OKP', kid: 'k1', alg: 'EdDSA', ...(await exportJWK(pair.privateKey)) }
})

const open = async () => {
  const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { sessions } })
  await db.start()
  return { db, tokens: await createTokenIssuer({ db, key, generateId }) }
}

describe('tokens', () => {
  it('are signed for the shop, with the role, and end soon', async () => {
    const { tokens } = await open()
    const issued = await tokens.open(ada)
    const { d: _private, ...publicKey } = key
    const { payload, protectedHeader } = await jwtVerify(issued.accessToken, await importJWK(publicKey, 'EdDSA'), {
      issuer: tokenIssuer,
      audience: tokenAudience,
    })
    expect(payload).toMatchObject({ sub: ada.id, roles: ['shopper'] })
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
    const { refreshToken } = await tokens.open({ id: generateId(), role: 'shopper' })
    await expect(tokens.rotate(refreshToken, subjectOf)).rejects.toMatchObject(refused)
  })

  it.each(['', 'x', `${'0'.repeat(36)}.${'A'.repeat(43)}`, `${crypto.randomUUID()}.${'A'.repeat(43)}`])('answers 401 for %j', async (token) => {
    const { tokens } = await open()
    await expect(tokens.rotate(token, subjectOf)).rejects.toMatchObject(refused)
  })

  it('are stored as digests only', async () => {
    const { db, tokens } = await open()
    const [family = '', secret = ''] = (await tokens.open(ada)).refreshToken.split('.')
    expect(JSON.stringify(await db.sessions.get({ family }))).not.toContain(secret)
  })
})
