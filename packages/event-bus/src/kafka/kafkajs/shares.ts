import type { RecordMetadata } from 'kafkajs'
import type { PlacedRecord } from '../kafka-client.ts'
import { RecordMessage } from './record-message.ts'

/** The records of one partition, which are sent as one batch. */
export interface Share {
  readonly topic: string
  readonly partition: number
  readonly messages: RecordMessage[]
  /** About how many bytes the messages take before compression. */
  bytes: number
}

/** Records by the partitions that they go to, in their order. */
export function sharesOf(records: readonly PlacedRecord[]): readonly Share[] {
  const topics = new Map<string, Share[]>()
  for (const record of records) {
    const { topic, partition } = record
    let shares = topics.get(topic)
    if (shares === undefined) topics.set(topic, (shares = []))
    const share = (shares[partition] ??= { topic, partition, messages: [], bytes: 0 })
    share.messages.push(new RecordMessage(record))
    share.bytes += record.bytes
  }
  return [...topics.values()].flatMap((shares) => shares.filter(Boolean))
}

/** Shares as kafkajs takes them. */
export function byTopic(shares: readonly Share[]): { topic: string; messages: RecordMessage[] }[] {
  const topics = Map.groupBy(shares, ({ topic }) => topic)
  return [...topics].map(([topic, ofTopic]) => ({ topic, messages: ofTopic.flatMap(({ messages }) => messages) }))
}

const smallestCompressed = 16_384

/** Whether the batches are so large that compressing them takes less time than it saves. */
export function isWorthCompressing(shares: readonly Share[]): boolean {
  return shares.reduce((sum, { bytes }) => sum + bytes, 0) >= smallestCompressed * shares.length
}

/** The shares that no answer of a send names. */
export function leftOut(shares: readonly Share[], answers: readonly Pick<RecordMetadata, 'topicName' | 'partition'>[]): readonly Share[] {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`))
  return shares.filter(({ topic, partition }) => !answered.has(`${topic}/${partition}`))
}
