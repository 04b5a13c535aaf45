import { describe, expect, it } from 'vitest'
import { leftOut } from './kafkajs-records.ts'

const record = (topic: string, partition: number) => ({ topic, partition, key: 'k', headers: {}, value: null })

describe('leftOut', () => {
  it('finds the records of partitions that a send has not answered for', () => {
    const records = [record('a', 0), record('a', 1), record('b', 0), record('a', 1)]
    expect(
      leftOut(records, [
        { topicName: 'a', partition: 0 },
        { topicName: 'b', partition: 0 },
      ]),
    ).toEqual([record('a', 1), record('a', 1)])
    expect(
      leftOut(records, [
        { topicName: 'a', partition: 0 },
        { topicName: 'a', partition: 1 },
        { topicName: 'b', partition: 0 },
      ]),
    ).toEqual([])
  })
})
