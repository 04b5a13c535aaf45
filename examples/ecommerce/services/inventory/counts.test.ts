import fc from 'fast-check'
import { expect, it } from 'vitest'
import { available, noStock, release, reserve, restock, sell } from './counts.ts'

it('keeps stocked = available + reserved + sold, and nothing below zero, in any order of events (seed-requirement 60)', () => {
  const event = fc.record({ kind: fc.constantFrom('reserve', 'release', 'sell', 'restock'), quantity: fc.integer({ min: 1, max: 50 }) })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let counts = noStock
      const held: number[] = []
      for (const { kind, quantity } of events) {
        if (kind === 'restock') counts = restock(counts, quantity * 4) ?? counts
        if (kind === 'reserve') {
          const reserved = reserve(counts, quantity)
          if (reserved !== undefined) held.push(quantity)
          counts = reserved ?? counts
        }
        if (kind === 'release' && held.length > 0) counts = release(counts, held.pop() ?? 0)
        if (kind === 'sell' && held.length > 0) counts = sell(counts, held.pop() ?? 0)
        expect(available(counts) + counts.reserved + counts.sold).toBe(counts.stocked)
        expect(Math.min(available(counts), counts.reserved, counts.sold)).toBeGreaterThanOrEqual(0)
        expect(counts.reserved).toBe(held.reduce((sum, one) => sum + one, 0))
      }
    }),
  )
})

it('refuses more than is available and a stock below what is held or sold', () => {
  const counts = { stocked: 5, reserved: 2, sold: 1, version: 3 }
  expect(reserve(counts, 3)).toBeUndefined()
  expect(reserve(counts, 2)).toEqual({ stocked: 5, reserved: 4, sold: 1, version: 4 })
  expect(restock(counts, 2)).toBeUndefined()
})
