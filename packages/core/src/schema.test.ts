import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parse, validate } from './schema.ts'

const order = z.object({ items: z.array(z.object({ 'a/b~c': z.number() })).min(1) })

describe('parse', () => {
  it('returns what the schema makes of the value', async () => {
    expect(await parse(z.coerce.date(), '2026-01-01T00:00:00Z', 'x')).toEqual(new Date('2026-01-01T00:00:00Z'))
  })

  it('throws the issues with JSON pointers and names the subject', async () => {
    const failing = parse(order, { items: [{ 'a/b~c': 'x' }] }, "event 'order.placed'")
    await expect(failing).rejects.toMatchObject({ code: 'VALIDATION_FAILED', details: { issues: [{ pointer: '/items/0/a~1b~0c' }] } })
    await expect(failing).rejects.toThrow(/^event 'order.placed' is not valid: \/items\/0\/a~1b~0c: /)
  })
})

describe('validate', () => {
  it('waits for schemas that are asynchronous', async () => {
    const free = z.string().refine(async (name) => name !== 'taken', 'is taken')
    expect(await validate(free, 'taken')).toEqual({ ok: false, issues: [{ pointer: '', detail: 'is taken' }] })
    expect(await validate(free, 'free')).toEqual({ ok: true, value: 'free' })
  })
})
