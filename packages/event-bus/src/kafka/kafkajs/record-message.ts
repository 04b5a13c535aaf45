import type { PlacedRecord } from '../kafka-client.ts'
import type { BatchRecord } from '../record-batch.ts'

/** A record as kafkajs takes messages. Its class says that it is ours, and has nothing that `encodeRecordBatch` would leave out. */
export class RecordMessage implements BatchRecord {
  readonly partition: number
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly value: Buffer | null
  readonly bytes: number

  constructor({ partition, key, headers, value, bytes }: PlacedRecord) {
    this.partition = partition
    this.key = key
    this.headers = headers
    this.value = value === null || Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    this.bytes = bytes
  }
}
