import { describe, expect, it } from 'vitest'
import { createLanes } from './partition-lanes.ts'
import { createRequestGate } from './request-gate.ts'

const held = () => {
  const started: number[] = []
  const ends: (() => void)[] = []
  const work = (name: number) => () => {
    started.push(name)
    return new Promise<void>((resolve) => ends.push(resolve))
  }
  return { started, work, endFirst: () => ends.shift()?.() }
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('createRequestGate', () => {
  it('lets so many through at once, the others in their order', async () => {
    const gate = createRequestGate(2)
    const { started, work, endFirst } = held()
    const all = [1, 2, 3, 4].map((name) => gate.pass(work(name)))
    await turn()
    expect(started).toEqual([1, 2])
    endFirst()
    await turn()
    expect(started).toEqual([1, 2, 3])
    for (let n = 0; n < 3; n++) {
      endFirst()
      await turn()
    }
    await Promise.all(all)
    expect(started).toEqual([1, 2, 3, 4])
  })

  it('frees the place of a request that fails', async () => {
    const gate = createRequestGate(1)
    await expect(gate.pass(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    await expect(gate.pass(() => Promise.resolve('next'))).resolves.toBe('next')
  })
})

describe('createLanes', () => {
  it('runs work of one name in turn, also behind a failure, and other names beside it', async () => {
    const lanes = createLanes()
    const { started, work, endFirst } = held()
    const failing = lanes.run('a', () => Promise.reject(new Error('lost')))
    const second = lanes.run('a', work(2))
    const other = lanes.run('b', work(3))
    await expect(failing).rejects.toThrow('lost')
    await turn()
    expect(started).toEqual([3, 2])
    endFirst()
    endFirst()
    await Promise.all([second, other])
  })
})
