import { expect, it } from 'vitest'
import { callShop } from '../drill/shop-client.ts'
import { openTestShop } from './test-shop.ts'

it('answers the 21st login of a minute from one address with 429 and says when to come back (seed-requirements 5, 33 and 110)', async () => {
  await using shop = await openTestShop([])
  // Both demo accounts have logged in already.
  const login = () => callShop(shop.url, '/api/auth/login', { method: 'POST', body: { email: 'nobody@shop.example', password: 'wrong password' } })
  const answers = []
  for (let n = 0; n < 19; n++) answers.push(await login())
  expect(answers.slice(0, 18).map((answer) => answer.status)).toEqual(Array.from({ length: 18 }, () => 401))
  const last = answers[18]
  expect([last?.status, last?.body.code]).toEqual([429, 'rate_limited'])
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(last?.headers.get('ratelimit-policy')).toContain('"credentials";q=20;w=60')
  // Other routes go on.
  expect((await callShop(shop.url, '/api/categories')).status).toBe(200)
})
