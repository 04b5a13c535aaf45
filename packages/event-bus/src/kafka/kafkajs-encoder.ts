import { createRequire } from 'node:module'

/** What is used here of the writer that kafkajs makes for each header, record, batch and request. */
export interface KafkajsEncoder {
  buf: Buffer
  offset: number
  ensureAvailable: (this: KafkajsEncoder, bytes: number) => void
  writeEncoderArray: (this: KafkajsEncoder, parts: readonly KafkajsEncoder[]) => KafkajsEncoder
  writeUVarInt: (this: KafkajsEncoder, value: number) => KafkajsEncoder
  writeVarInt(value: number): KafkajsEncoder
  writeVarIntString: (this: KafkajsEncoder, value: string | null) => KafkajsEncoder
  writeVarIntBytes: (this: KafkajsEncoder, value: string | Buffer | null) => KafkajsEncoder
}

/** The class of these writers. */
export interface KafkajsEncoderClass {
  new (): KafkajsEncoder
  readonly prototype: KafkajsEncoder
  /** How large a first buffer is made for a wanted size. */
  nextPowerOfTwo(size: number): number
}

const patched = new WeakSet<object>()
const mostVarIntBytes = 5
const shortText = 64
/** What kafkajs wants for a writer of which it does not know how much will be written. */
const unknownSize = 511
/** Node keeps so few bytes in its own heap, which is many times cheaper. */
const cheapSize = 64

/** kafkajs' class of writers. */
export function encoderClass(): KafkajsEncoderClass {
  return createRequire(import.meta.url)('kafkajs/src/protocol/encoder.js') as KafkajsEncoderClass
}

/**
 * Makes kafkajs write the same bytes with less work. It writes every number of variable length through an array and a Buffer of its own, and crosses
 * into native code twice for each name and value of a header; a record with the attributes of an event has dozens of them, and they cost more than
 * everything else of a publish.
 */
export function quickenEncoder(): void {
  const encoder = encoderClass()
  const { prototype } = encoder
  if (patched.has(prototype)) return
  patched.add(prototype)
  const nextPowerOfTwo = encoder.nextPowerOfTwo.bind(encoder)
  encoder.nextPowerOfTwo = (size) => (size === unknownSize ? cheapSize : nextPowerOfTwo(size))
  const { writeVarIntString, writeVarIntBytes } = prototype
  Object.assign(prototype, { ensureAvailable, writeEncoderArray, writeUVarInt })
  prototype.writeVarIntString = function (value) {
    return typeof value === 'string' && writeShortAscii(this, value) ? this : writeVarIntString.call(this, value)
  }
  prototype.writeVarIntBytes = function (value) {
    return typeof value === 'string' && writeShortAscii(this, value) ? this : writeVarIntBytes.call(this, value)
  }
}

function ensureAvailable(this: KafkajsEncoder, bytes: number): void {
  const { buf, offset } = this
  if (offset + bytes <= buf.length) return
  this.buf = Buffer.alloc(Math.max(offset + bytes, buf.length * (buf.length > unknownSize ? 2 : 8)))
  buf.copy(this.buf, 0, 0, offset)
}

function writeEncoderArray(this: KafkajsEncoder, parts: readonly KafkajsEncoder[]): KafkajsEncoder {
  for (const part of parts) {
    this.ensureAvailable(part.offset)
    append(this, part)
  }
  return this
}

function writeUVarInt(this: KafkajsEncoder, value: number): KafkajsEncoder {
  this.ensureAvailable(mostVarIntBytes)
  let rest = value
  for (; (rest & ~0x7f) !== 0; rest >>>= 7) this.buf[this.offset++] = (rest & 0x7f) | 0x80
  this.buf[this.offset++] = rest
  return this
}

/** A few bytes are copied faster one by one. */
function append(encoder: KafkajsEncoder, { buf: from, offset: length }: KafkajsEncoder): void {
  const { buf, offset } = encoder
  if (length > cheapSize) from.copy(buf, offset, 0, length)
  else for (let index = 0; index < length; index++) buf[offset + index] = from[index] ?? 0
  encoder.offset = offset + length
}

/** Whether the text was written: a longer one, or one with other characters, is left to kafkajs. */
function writeShortAscii(encoder: KafkajsEncoder, text: string): boolean {
  const { length } = text
  if (length > shortText) return false
  const start = encoder.offset
  encoder.writeVarInt(length)
  encoder.ensureAvailable(length)
  const { buf, offset } = encoder
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) {
      encoder.offset = start
      return false
    }
    buf[offset + index] = code
  }
  encoder.offset = offset + length
  return true
}
