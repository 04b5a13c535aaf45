import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { generateId } from '@hanse/core'
import { createEventBus, defineEvent } from '../index.ts'
import { describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { kafka } from './index.ts'

const { kafka: server } = inject('engines')

describe.skipIf(server === undefined)('kafka() at start and when it is asked too much (needs kafka)', () => {
  it('names the brokers where nothing answers, within the time allowed, and can be started again', async () => {
    const bus = createEventBus({ transport: kafka({ brokers: ['127.0.0.1:1'], connectTimeoutMs: 500 }), source: 'test' })
    const failure = { code: 'CONNECT_FAILED', retryable: true, message: expect.stringContaining("option 'brokers' (127.0.0.1:1)") }
    await expect(bus.start()).rejects.toMatchObject(failure)
    await expect(bus.start()).rejects.toMatchObject(failure)
    await bus.close()
  })

  it('does not wait for ever for something that listens and says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const bus = createEventBus({ transport: kafka({ brokers: [`127.0.0.1:${port}`], connectTimeoutMs: 500 }), source: 'test' })
    await expect(bus.start()).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    await bus.close()
    silent.close()
  })

  it('says that TLS does not fit brokers that speak without it', async () => {
    const bus = createEventBus({ transport: kafka({ brokers: server?.brokers ?? [], tls: true, connectTimeoutMs: 2_000 }), source: 'test' })
    await expect(bus.start()).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    await bus.close()
  })

  it('names the topic and the reason where the brokers refuse to make it, at once', async () => {
    const event = defineEvent(`copies-${generateId()}`, { schema: z.object({}), key: () => 'k', partitions: 1 })
    await using bus = createEventBus({ transport: kafka({ brokers: server?.brokers ?? [], replicationFactor: 99 }), source: 'test' })
    const refusal = { code: 'ENGINE_FAILED', retryable: false, message: expect.stringMatching(new RegExp(`topic '${event.type}': Replication-factor`, 'i')) }
    await expect(bus.subscribe(event, { group: 'g' }, () => undefined)).rejects.toMatchObject(refusal)
  })

  it('refuses an event that is too large for the broker without failing those beside it, and does not say that it may be repeated', async () => {
    const big = defineEvent(`big-${generateId()}`, { schema: z.object({ text: z.string() }), key: () => 'k', partitions: 1 })
    await using bus = createEventBus({ transport: kafka({ brokers: server?.brokers ?? [], compression: 'none' }), source: 'test' })
    const [small, large] = await Promise.allSettled([bus.publish(big, { text: 'small' }), bus.publish(big, { text: 'x'.repeat(1_200_000) })])
    expect(small?.status).toBe('fulfilled')
    expect(large).toMatchObject({ status: 'rejected', reason: { code: 'PUBLISH_FAILED', retryable: false } })
  })
})

describe('the options of kafka()', () => {
  it.each([
    [{ brokers: [] }, "'brokers'"],
    [{ brokers: ['localhost'] }, "'brokers'"],
    [{ replicationFactor: 0 }, "'replicationFactor'"],
    [{ compression: 'lz4' as 'gzip' }, "'compression'"],
    [{ sessionTimeoutMs: 10 }, "'sessionTimeoutMs'"],
  ])('refuse %j', (wrong, named) => {
    expect(() => kafka({ brokers: ['127.0.0.1:9092'], ...wrong })).toThrow(named)
  })
})
