import { BytesWriter } from './bytes-writer.ts'
import type { PlacedRecord } from './kafka-client.ts'

/** What a batch keeps of a record. */
export type BatchRecord = Pick<PlacedRecord, 'key' | 'headers' | 'value' | 'bytes'>

/** Records of one partition, and what makes them one batch of an idempotent producer. */
export interface RecordBatch {
  readonly records: readonly BatchRecord[]
  /** When the records were made, in milliseconds since the Unix epoch. */
  readonly timeMs: number
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The number of the batch's first record in what the producer has sent to the partition. */
  readonly firstSequence: number
}

/** What is done by others to the bytes of a batch. */
export interface BatchCodec {
  /** The checksum CRC-32C (Castagnoli), without a sign. */
  readonly crc32c: (bytes: Buffer) => number
  /** Makes the records smaller; without it they are left as they are. */
  readonly gzip?: (bytes: Buffer) => Promise<Buffer>
}

/** Where each field begins; everything before the records is of fixed size. */
const at = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTime: 27,
  lastTime: 35,
  producerId: 43,
  producerEpoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const
const magic = 2
const gzipped = 1

/**
 * Records as they are sent and stored: a record batch of version 2.
 * https://kafka.apache.org/documentation/#recordbatch
 */
export async function encodeRecordBatch(batch: RecordBatch, { crc32c, gzip }: BatchCodec): Promise<Buffer> {
  const plain = encodeRecords(batch.records)
  const bytes = gzip === undefined ? plain : Buffer.concat([plain.subarray(0, at.records), await gzip(plain.subarray(at.records))])
  writeFrame(bytes, batch, gzip === undefined ? 0 : gzipped)
  bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes)), at.crc)
  return bytes
}

function encodeRecords(records: readonly BatchRecord[]): Buffer {
  const expected = records.reduce<number>((sum, { bytes }) => sum + bytes, at.records)
  const writer = new BytesWriter(expected, at.records)
  for (const [index, record] of records.entries()) writer.sized(() => writeRecord(writer, record, index))
  return writer.written
}

function writeRecord(writer: BytesWriter, { key, headers, value }: BatchRecord, offsetDelta: number): void {
  writer.byte(0) // Attributes: none are defined.
  writer.byte(0) // The time, after the first one of the batch: the same.
  writer.varInt(offsetDelta)
  writer.text(key)
  writer.blob(value)
  const names = Object.keys(headers)
  writer.varInt(names.length)
  for (const name of names) {
    writer.text(name)
    writer.text(headers[name] ?? '')
  }
}

function writeFrame(bytes: Buffer, { records, timeMs, producerId, producerEpoch, firstSequence }: RecordBatch, attributes: number): void {
  bytes.fill(0, 0, at.length) // The first offset, which the broker sets.
  bytes.writeInt32BE(bytes.length - at.leaderEpoch, at.length)
  bytes.writeInt32BE(0, at.leaderEpoch)
  bytes.writeInt8(magic, at.magic)
  bytes.writeInt16BE(attributes, at.attributes)
  bytes.writeInt32BE(records.length - 1, at.lastOffsetDelta)
  bytes.writeBigInt64BE(BigInt(timeMs), at.firstTime)
  bytes.writeBigInt64BE(BigInt(timeMs), at.lastTime)
  bytes.writeBigInt64BE(producerId, at.producerId)
  bytes.writeInt16BE(producerEpoch, at.producerEpoch)
  bytes.writeInt32BE(firstSequence, at.firstSequence)
  bytes.writeInt32BE(records.length, at.count)
}
