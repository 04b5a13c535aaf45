import { createRequire } from 'node:module'

/** What is used here of the writer that kafkajs makes for each header, record, batch and request. */
export interface KafkajsEncoder {
  readonly buf: Buffer
  offset: number
  ensureAvailable(bytes: number): void
  writeUVarInt: (this: KafkajsEncoder, value: number) => KafkajsEncoder
}

const patched = new WeakSet<object>()
const mostVarIntBytes = 5

/** kafkajs' class of writers. */
export function encoderClass(): { new (): KafkajsEncoder; readonly prototype: KafkajsEncoder } {
  return createRequire(import.meta.url)('kafkajs/src/protocol/encoder.js') as ReturnType<typeof encoderClass>
}

/**
 * kafkajs writes every number of variable length through an array and a Buffer of its own; a record with the attributes of an event has dozens of
 * them, and they cost more than everything else of a publish. Here the same bytes are written where they belong.
 */
export function quickenVarInts(): void {
  const { prototype } = encoderClass()
  if (patched.has(prototype)) return
  patched.add(prototype)
  prototype.writeUVarInt = function (value) {
    this.ensureAvailable(mostVarIntBytes)
    let rest = value
    for (; (rest & ~0x7f) !== 0; rest >>>= 7) this.buf[this.offset++] = (rest & 0x7f) | 0x80
    this.buf[this.offset++] = rest
    return this
  }
}
