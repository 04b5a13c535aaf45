import type { KafkaMessage } from 'kafkajs'
import type { LogRecord } from '../../transport/event-transport.ts'

/** A message as a record; its value is a part of the answer that it came with. */
export function toRecord(topic: string, partition: number, { offset, key, headers: given, value, timestamp }: KafkaMessage): LogRecord {
  const headers: Record<string, string> = {}
  for (const name in given) headers[name] = textOf(given[name])
  return { topic, partition, offset: Number(offset), key: key === null ? null : key.toString(), headers, value, timeMs: Number(timestamp) }
}

function textOf(value: Buffer | string | readonly (Buffer | string)[] | undefined): string {
  const one = Array.isArray(value) ? (value as readonly (Buffer | string)[])[0] : value
  return one === undefined ? '' : one.toString()
}
