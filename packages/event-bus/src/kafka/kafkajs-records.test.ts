import { describe, expect, it } from 'vitest'
import { isWorthCompressing, leftOut } from './kafkajs-records.ts'

const record = (topic: string, partition: number) => ({ topic, partition, key: 'k', headers: {}, value: null, bytes: 40 })

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

describe('isWorthCompressing', () => {
  const sized = (partition: number, bytes: number) => ({ ...record('a', partition), bytes })

  it('is so for batches of 16 KiB a partition, on average', () => {
    expect(isWorthCompressing([sized(0, 16_384)])).toBe(true)
    expect(isWorthCompressing([sized(0, 8_000), sized(0, 9_000)])).toBe(true)
    expect(isWorthCompressing([sized(0, 8_000), sized(1, 9_000)])).toBe(false)
    expect(isWorthCompressing(Array.from({ length: 25 }, () => sized(0, 300)))).toBe(false)
  })
})
