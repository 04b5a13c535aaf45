import fc from 'fast-check'
import { CompressionTypes } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { kafkajsModule } from './kafkajs-module.ts'
import { quickenProduce } from './quicken-produce.ts'
import { RecordMessage } from './record-message.ts'
import type { ProduceArguments, ProduceVersions } from './quicken-produce.ts'

const versions = kafkajsModule('protocol/requests/produce/index.js') as ProduceVersions
const published = versions.protocol
quickenProduce()

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: fc.integer({ min: 0x70, max: 0x110 }).map((code) => String.fromCharCode(code)), maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ minLength: 60, maxLength: 700 }),
)
const sizes = fc.oneof({ weight: 20, arbitrary: fc.nat(2_000) }, fc.constantFrom(0, 50, 51, 52, 8_170, 8_180, 8_190, 70_000, 1_100_000))
const message = fc
  .record({
    key: text,
    value: fc.option(fc.tuple(sizes, fc.nat(255)).map(([size, byte]) => new Uint8Array(size).fill(byte))),
    headers: fc.dictionary(text, text, { maxKeys: 12, noNullPrototype: true }),
    partition: fc.constant(0),
    bytes: fc.nat(10_000),
  })
  .map((record) => new RecordMessage({ ...record, topic: 'orders' }))
const topicData = fc.array(
  fc.record({
    topic: fc.oneof(fc.constant('orders.placed'), text),
    partitions: fc.array(
      fc.record({ partition: fc.nat(1_000), firstSequence: fc.nat(2 ** 31 - 1), messages: fc.array(message, { minLength: 1, maxLength: 20 }) }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 3 },
)
const request = fc.record({
  acks: fc.constant(-1),
  timeout: fc.nat(2 ** 31 - 1),
  compression: fc.constantFrom(CompressionTypes.None, CompressionTypes.GZIP),
  producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  producerEpoch: fc.nat(32_767),
  topicData,
})

async function bytesOf(protocol: ProduceVersions['protocol'], version: number, options: ProduceArguments): Promise<Buffer> {
  return (await protocol({ version })(options).request.encode()).buffer
}

describe('quickenProduce', () => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_795_000_000_123 }))
  afterAll(() => void vi.useRealTimers())

  it('writes requests with the bytes that kafkajs itself writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 7 }), request, async (version, options) => {
        const [ours, theirs] = await Promise.all([versions.protocol, published].map((protocol) => bytesOf(protocol, version, options)))
        expect(ours?.equals(theirs ?? Buffer.alloc(0))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('leaves messages that are not of this transport to kafkajs, with all that they may have', async () => {
    const messages = [{ key: Buffer.from('k'), value: 'text', timestamp: '1795000000000', headers: { several: ['a', 'b'] } }]
    const options = {
      acks: 1,
      timeout: 5_000,
      compression: CompressionTypes.None,
      producerId: '-1',
      producerEpoch: 0,
      topicData: [{ topic: 't', partitions: [{ partition: 1, firstSequence: 0, messages }] }],
    }
    expect(await bytesOf(versions.protocol, 7, options)).toEqual(await bytesOf(published, 7, options))
  })

  it('changes kafkajs once, and what it writes for this transport is its own', () => {
    const changed = versions.protocol
    quickenProduce()
    expect(versions.protocol).toBe(changed)
    expect(changed).not.toBe(published)
  })
})

describe('kafkajsModule', () => {
  it('is undefined where kafkajs has no such module, as in an application in one file', () => {
    expect(kafkajsModule('no/such/module.js')).toBeUndefined()
  })
})
