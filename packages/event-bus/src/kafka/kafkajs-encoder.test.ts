import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encoderClass, quickenEncoder } from './kafkajs-encoder.ts'
import type { KafkajsEncoder, KafkajsEncoderClass } from './kafkajs-encoder.ts'

interface Message {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string | Buffer>>
}

/** The parts of kafkajs that make the bytes of a batch. */
interface Kafkajs {
  readonly Encoder: KafkajsEncoderClass
  readonly record: (message: Message & { readonly offsetDelta: number; readonly timestampDelta: number }) => KafkajsEncoder
  readonly batch: (options: object) => Promise<KafkajsEncoder>
}

const require = createRequire(import.meta.url)

function load(): Kafkajs {
  const from = (path: string): unknown => require(`kafkajs/src/protocol/${path}`)
  return {
    Encoder: from('encoder.js') as KafkajsEncoderClass,
    record: from('recordBatch/record/v0/index.js') as Kafkajs['record'],
    batch: (from('recordBatch/v0/index.js') as { readonly RecordBatch: Kafkajs['batch'] }).RecordBatch,
  }
}

/** A second instance, as it is published. */
function loadUntouched(): Kafkajs {
  const shared = Object.keys(require.cache).filter((file) => file.includes('kafkajs'))
  const kept = shared.map((file) => [file, require.cache[file]] as const)
  for (const file of shared) delete require.cache[file]
  const own = load()
  for (const file of Object.keys(require.cache)) if (file.includes('kafkajs')) delete require.cache[file]
  for (const [file, module] of kept) require.cache[file] = module
  return own
}

const bytesOf = ({ buf, offset }: KafkajsEncoder): Buffer => buf.subarray(0, offset)

describe('quickenEncoder', () => {
  const theirs = loadUntouched()
  const ours = load()
  quickenEncoder()

  const character = fc.integer({ min: 0x70, max: 0x110 }).map((code) => String.fromCharCode(code))
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.string({ unit: character, maxLength: 5 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ minLength: 60, maxLength: 700 }),
  )
  const bytes = fc.uint8Array({ maxLength: 2_000 }).map((array) => Buffer.from(array))
  const message = fc.record<Message>({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(text, fc.oneof(text, bytes), { maxKeys: 12, noNullPrototype: true }),
  })
  const numbers = fc.oneof(fc.integer(), fc.constantFrom(0, 127, 128, 16_383, 16_384, -1, 2 ** 31 - 1, -(2 ** 31)))

  it('is about another class than the untouched one', () => {
    expect(encoderClass()).toBe(ours.Encoder)
    expect(ours.Encoder.prototype.ensureAvailable).not.toBe(theirs.Encoder.prototype.ensureAvailable)
    expect(ours.Encoder.prototype.ensureAvailable.toString()).not.toBe(theirs.Encoder.prototype.ensureAvailable.toString())
  })

  it('writes batches of records with the bytes that kafkajs itself writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
        const written = await Promise.all(
          [ours, theirs].map(async ({ record, batch }) => {
            const records = messages.map((one, index) => record({ ...one, offsetDelta: index, timestampDelta: index * 1_000 }))
            return bytesOf(await batch({ records, firstTimestamp: 1_700_000_000_000, maxTimestamp: 1_700_000_000_001, lastOffsetDelta: messages.length - 1 }))
          }),
        )
        expect(written[0]?.equals(written[1] ?? Buffer.alloc(0))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('writes numbers, texts and parts with the same bytes, also where the writer has to grow', () => {
    const write = (encoder: KafkajsEncoder, one: number | string | Buffer | null): unknown =>
      typeof one === 'number' ? encoder.writeUVarInt(one) : encoder.writeVarIntBytes(one)
    fc.assert(
      fc.property(fc.array(fc.array(fc.oneof(numbers, text, bytes, fc.constant(null)), { maxLength: 40 }), { maxLength: 6 }), (parts) => {
        const [left, right] = [ours, theirs].map(({ Encoder }) => {
          const encoders = parts.map((part) => {
            const encoder = new Encoder()
            for (const one of part) write(encoder, one)
            return encoder
          })
          return bytesOf(new Encoder().writeVarIntString('name').writeEncoderArray(encoders))
        })
        expect(left?.equals(right ?? Buffer.alloc(0))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
