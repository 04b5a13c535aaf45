import { describe, expect, it } from 'vitest'
import { byTopic, isWorthCompressing, leftOut, sharesOf } from './shares.ts'

const record = (topic: string, partition: number, key = 'k') => ({ topic, partition, key, headers: {}, value: null, bytes: 40 })

describe('sharesOf', () => {
  it('puts records together by partition, in their order', () => {
    const shares = sharesOf([record('a', 3, '1'), record('b', 0, '2'), record('a', 1, '3'), record('a', 3, '4')])
    expect(shares.map(({ topic, partition, messages, bytes }) => [topic, partition, bytes, ...messages.map(({ key }) => key)])).toEqual([
      ['a', 1, 40, '3'],
      ['a', 3, 80, '1', '4'],
      ['b', 0, 40, '2'],
    ])
    expect(byTopic(shares).map(({ topic, messages }) => [topic, ...messages.map(({ key, partition }) => `${partition}:${key}`)])).toEqual([
      ['a', '1:3', '3:1', '3:4'],
      ['b', '0:2'],
    ])
  })
})

describe('leftOut', () => {
  const shares = sharesOf([record('a', 0), record('a', 1), record('b', 0), record('a', 1)])
  const answer = (topicName: string, partition: number) => ({ topicName, partition })

  it('finds the partitions that a send has not answered for', () => {
    expect(leftOut(shares, [answer('a', 0), answer('b', 0)])).toEqual([shares[1]])
    expect(shares[1]).toMatchObject({ topic: 'a', partition: 1, messages: { length: 2 } })
    expect(leftOut(shares, [answer('a', 0), answer('a', 1), answer('b', 0)])).toEqual([])
  })
})

describe('isWorthCompressing', () => {
  const sized = (partition: number, bytes: number) => ({ ...record('a', partition), bytes })

  it('is so for batches of 16 KiB a partition, on average', () => {
    expect(isWorthCompressing(sharesOf([sized(0, 16_384)]))).toBe(true)
    expect(isWorthCompressing(sharesOf([sized(0, 8_000), sized(0, 9_000)]))).toBe(true)
    expect(isWorthCompressing(sharesOf([sized(0, 8_000), sized(1, 9_000)]))).toBe(false)
    expect(isWorthCompressing(sharesOf(Array.from({ length: 25 }, () => sized(0, 300))))).toBe(false)
  })
})
