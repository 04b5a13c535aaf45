const shortText = 64
const mostVarIntBytes = 5
const mostBytesOfCharacter = 3
const sizeBytes = 2

/** Memory that grows, with what Kafka's format for records needs: numbers of variable length (zigzag), texts, bytes, and parts that say their size. */
export class BytesWriter {
  #bytes: Buffer
  #length: number

  /**
   * @param capacity - how many bytes are expected
   * @param from - as many bytes are left free at the beginning
   */
  constructor(capacity: number, from = 0) {
    this.#bytes = Buffer.allocUnsafe(Math.max(capacity, from))
    this.#length = from
  }

  /** All that was written, without a copy. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** A number of 32 bits with a sign, in 1 to 5 bytes. */
  varInt(value: number): void {
    this.#reserve(mostVarIntBytes)
    this.#length = putVarInt(this.#bytes, this.#length, value)
  }

  /** A text in UTF-8, after its size. */
  text(text: string): void {
    const { length } = text
    this.#reserve(mostVarIntBytes + length * mostBytesOfCharacter)
    if (length <= shortText && this.#shortAscii(text)) return
    this.varInt(Buffer.byteLength(text))
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** Bytes after their number; `null` is written as -1. */
  blob(bytes: Uint8Array | null): void {
    if (bytes === null) return this.varInt(-1)
    this.varInt(bytes.byteLength)
    this.#reserve(bytes.byteLength)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.byteLength
  }

  /** What `write` writes, after its size. */
  sized(write: () => void): void {
    this.#reserve(mostVarIntBytes)
    const start = this.#length
    // Room for the usual size, so that what follows has to be moved seldom.
    this.#length += sizeBytes
    write()
    const size = this.#length - start - sizeBytes
    const shift = varIntBytes(size) - sizeBytes
    if (shift !== 0) {
      this.#reserve(shift)
      this.#bytes.copyWithin(start + sizeBytes + shift, start + sizeBytes, this.#length)
      this.#length += shift
    }
    putVarInt(this.#bytes, start, size)
  }

  /** Whether the text was written. Short names and values are most of a record, and crossing into native code for each costs more than they do. */
  #shortAscii(text: string): boolean {
    const { length } = text
    const bytes = this.#bytes
    let at = putVarInt(bytes, this.#length, length)
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      bytes[at++] = code
    }
    this.#length = at
    return true
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

function putVarInt(bytes: Buffer, from: number, value: number): number {
  let at = from
  let rest = zigzag(value)
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
  bytes[at++] = rest
  return at
}

function varIntBytes(value: number): number {
  return Math.ceil((32 - Math.clz32(zigzag(value) | 1)) / 7)
}

/** Numbers near zero, of either sign, become small ones without a sign. */
function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0
}
