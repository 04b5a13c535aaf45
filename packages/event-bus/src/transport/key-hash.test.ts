import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from './key-hash.ts'

const vectors: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

describe('murmur2', () => {
  it.each(vectors)('hashes %j as the Java client does', (text, expected) => {
    expect(murmur2(Buffer.from(text))).toBe(expected)
  })

  it('hashes a view into a larger buffer by its own bytes', () => {
    expect(murmur2(Buffer.from('xxfoobar').subarray(2))).toBe(murmur2(Buffer.from('foobar')))
  })
})

describe('partitionOf', () => {
  it('gives every key one partition in range', () => {
    for (let n = 0; n < 1000; n++) {
      const partition = partitionOf(`ключ-${n}`, 7)
      expect(partition).toBe(partitionOf(`ключ-${n}`, 7))
      expect(partition >= 0 && partition < 7).toBe(true)
    }
  })
})
