import { describe, expect, it } from 'vitest'
import { createLanes } from './partition-lanes.ts'

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
