import { describe, expect, it } from 'vitest'
import { AppendQueue } from './append-queue.ts'

const record = (key: string) => ({ topic: 't', partition: 0, key, headers: {}, value: null, bytes: 40 })

const maxRecordBytes = 1_000

/** Lets so many microtasks pass. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

describe('AppendQueue', () => {
  it('sends an append that comes at any moment around the end or the failure of the one before', async () => {
    for (let moment = 0; moment < 20; moment++) {
      for (const fails of [false, true]) {
        const sent: string[] = []
        const queue = new AppendQueue(async (records) => {
          sent.push(...records.map(({ key }) => key))
          if (fails && sent.length === 1) throw new Error('the broker is away')
        }, maxRecordBytes)
        const first = queue.append([record('a')]).catch(() => undefined)
        await turns(moment)
        await queue.append([record('b')]).catch(() => undefined)
        await first
        expect(sent).toEqual(['a', 'b'])
      }
    }
  })

  it('sends together what comes while a request is under way, in order', async () => {
    const requests: string[][] = []
    const gate = Promise.withResolvers<void>()
    const queue = new AppendQueue(async (records) => {
      requests.push(records.map(({ key }) => key))
      await gate.promise
    }, maxRecordBytes)
    const first = queue.append([record('a')])
    await turns(5)
    const others = ['b', 'c', 'd'].map((key) => queue.append([record(key)]))
    gate.resolve()
    await Promise.all([first, ...others])
    expect(requests).toEqual([['a'], ['b', 'c', 'd']])
  })

  it('refuses a record that is too large before anything is sent, and goes on', async () => {
    const sent: string[] = []
    const queue = new AppendQueue(async (records) => void sent.push(...records.map(({ key }) => key)), maxRecordBytes)
    const large = queue.append([record('a'), { ...record('b'), value: new Uint8Array(1_000), bytes: 1_040 }])
    await expect(large).rejects.toMatchObject({ code: 'PUBLISH_FAILED', retryable: false })
    await queue.append([record('c')])
    expect(sent).toEqual(['c'])
  })
})
