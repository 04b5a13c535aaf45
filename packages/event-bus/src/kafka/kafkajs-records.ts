import type { KafkaMessage, Message, RecordMetadata } from 'kafkajs'
import type { LogRecord } from '../transport/event-transport.ts'
import type { PlacedRecord } from './kafka-client.ts'

/** Records as kafkajs takes them. */
export function byTopic(records: readonly PlacedRecord[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Message[]>()
  for (const { topic, partition, key, headers, value } of records) {
    const messages = topics.get(topic) ?? []
    topics.set(topic, messages)
    messages.push({ partition, key, headers, value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength) })
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }))
}

/** A message as a record. */
export function toRecord(topic: string, partition: number, message: KafkaMessage): LogRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]): [string, string] => [name, textOf(value)])
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key === null ? null : message.key.toString(),
    headers: Object.fromEntries(headers),
    value: message.value === null ? null : new Uint8Array(message.value),
    timeMs: Number(message.timestamp),
  }
}

function textOf(value: Buffer | string | readonly (Buffer | string)[] | undefined): string {
  const one = Array.isArray(value) ? (value as readonly (Buffer | string)[])[0] : value
  return one === undefined ? '' : one.toString()
}

const smallestCompressed = 16_384

/** Whether the batches of records, one a partition, are so large that compressing them takes less time than it saves. */
export function isWorthCompressing(records: readonly PlacedRecord[]): boolean {
  const partitions = new Set(records.map(({ topic, partition }) => `${topic}/${partition}`))
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0)
  return bytes >= smallestCompressed * partitions.size
}

/** The records of partitions that no answer of a send names. */
export function leftOut(records: readonly PlacedRecord[], answers: readonly Pick<RecordMetadata, 'topicName' | 'partition'>[]): readonly PlacedRecord[] {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`))
  return records.filter(({ topic, partition }) => !answered.has(`${topic}/${partition}`))
}
