import { describe, expect, it } from 'vitest'
import type { OutgoingRecord } from '../transport/event-transport.ts'
import { createPublishBatcher } from './publish-batcher.ts'

const record = (key: string): OutgoingRecord => ({ topic: 't', key, headers: {}, value: new Uint8Array() })

describe('createPublishBatcher', () => {
  it('makes one batch of the calls of one turn, and cuts it at maxBatch, in order (seed-requirement 82)', async () => {
    const batches: string[][] = []
    const batcher = createPublishBatcher({ append: async (records) => void batches.push(records.map(({ key }) => key)), maxBatch: 3, maxBuffered: 100 })
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => batcher.add([record(key)])))
    expect(batches).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']])
    await batcher.add(['h', 'i', 'j', 'k', 'l'].map(record))
    expect(batches.at(-1)).toEqual(['h', 'i', 'j', 'k', 'l'])
  })

  it('never appends two batches at once, and gathers what comes meanwhile', async () => {
    let running = 0
    const sizes: number[] = []
    const append = async (records: readonly OutgoingRecord[]): Promise<void> => {
      expect(++running).toBe(1)
      sizes.push(records.length)
      await new Promise((resolve) => setImmediate(resolve))
      running--
    }
    const batcher = createPublishBatcher({ append, maxBatch: 100, maxBuffered: 1_000 })
    const first = batcher.add([record('a')])
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, ...Array.from({ length: 50 }, () => batcher.add([record('b')]))])
    await batcher.idle()
    expect(sizes).toEqual([1, 50])
  })

  it('fails only the batch that could not be appended', async () => {
    let calls = 0
    const append = async (): Promise<void> => {
      if (++calls === 1) throw new Error('away')
    }
    const batcher = createPublishBatcher({ append, maxBatch: 1, maxBuffered: 10 })
    const results = await Promise.allSettled([batcher.add([record('a')]), batcher.add([record('b')])])
    expect(results).toMatchObject([{ status: 'rejected', reason: { code: 'PUBLISH_FAILED', retryable: true } }, { status: 'fulfilled' }])
  })
})
