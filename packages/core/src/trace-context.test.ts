import { describe, expect, it } from 'vitest'
import { currentContext, runWithContext } from './context.ts'
import { childTrace, formatTraceparent, parseTraceparent } from './trace-context.ts'

const id = '0af7651916cd43dd8448eb211c80319c'
const span = 'b7ad6b7169203331'

describe('parseTraceparent', () => {
  it('reads version 00 and, by its first four fields, later versions', () => {
    expect(parseTraceparent(`00-${id}-${span}-01`)).toEqual({ traceId: id, spanId: span, sampled: true })
    expect(parseTraceparent(`cc-${id}-${span}-00-more`)).toEqual({ traceId: id, spanId: span, sampled: false })
  })

  it.each([
    undefined,
    '',
    `ff-${id}-${span}-01`,
    `00-${id}-${span}-01-more`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${id}-${'0'.repeat(16)}-01`,
    `00-${id.toUpperCase()}-${span}-01`,
  ])('refuses %s', (header) => {
    expect(parseTraceparent(header)).toBeUndefined()
  })
})

describe('childTrace', () => {
  it('keeps the trace of its parent under a new span, or starts a trace', () => {
    const parent = { traceId: id, spanId: span, sampled: true }
    const child = childTrace(parent)
    expect(child).toMatchObject({ traceId: id, sampled: true })
    expect(child.spanId).not.toBe(span)
    expect(parseTraceparent(formatTraceparent(childTrace(undefined)))).toBeDefined()
  })
})

describe('runWithContext', () => {
  it('shows the context to everything that is awaited inside, and to nothing else', async () => {
    const seen = await runWithContext({ correlationId: 'c1' }, async () => {
      await Promise.resolve()
      return currentContext()
    })
    expect(seen).toEqual({ correlationId: 'c1' })
    expect(currentContext()).toEqual({})
  })
})
