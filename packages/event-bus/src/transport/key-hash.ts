const seed = 0x9747b28c
const multiplier = 0x5bd1e995

/**
 * MurmurHash2 (Austin Appleby), 32 bits, with the seed of the Kafka Java client, as a signed number.
 * Equal to `org.apache.kafka.common.utils.Utils.murmur2`.
 */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  let hash = seed ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word = Math.imul(view.getInt32(at, true), multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  const rest = length - at
  if (rest >= 3) hash ^= view.getUint8(at + 2) << 16
  if (rest >= 2) hash ^= view.getUint8(at + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ view.getUint8(at), multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return (hash ^ (hash >>> 15)) | 0
}

/** The partition of a key: the same on every transport, and the same as the Kafka Java client's default for keyed records. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions
}
