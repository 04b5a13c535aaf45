import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encoderClass, quickenVarInts } from './kafkajs-encoder.ts'

describe('quickenVarInts', () => {
  it('writes the bytes that kafkajs itself writes, also where the writer has to grow', () => {
    const Encoder = encoderClass()
    const { writeUVarInt: original } = Encoder.prototype
    quickenVarInts()
    expect(Encoder.prototype.writeUVarInt).not.toBe(original)
    const values = fc.oneof(
      fc.integer(),
      fc.maxSafeNat().map((value) => value % 2 ** 32),
      fc.constantFrom(0, 127, 128, 16_383, 16_384, -1, 2 ** 31 - 1, -(2 ** 31)),
    )
    fc.assert(
      fc.property(fc.array(values, { maxLength: 300 }), (numbers) => {
        const [ours, theirs] = [new Encoder(), new Encoder()]
        for (const value of numbers) {
          ours.writeUVarInt(value)
          original.call(theirs, value)
        }
        const bytes = ({ buf, offset }: typeof ours): Buffer => buf.subarray(0, offset)
        expect(bytes(ours).equals(bytes(theirs))).toBe(true)
      }),
    )
  })
})
