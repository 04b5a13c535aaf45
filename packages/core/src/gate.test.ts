import { describe, expect, it } from 'vitest'
import { createGate } from './gate.ts'

/** Work that goes on until it is told to end. */
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

describe('createGate', () => {
  it('lets so many through at once, the others in their order', async () => {
    const gate = createGate(2)
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

  it('frees the place of work that fails', async () => {
    const gate = createGate(1)
    await expect(gate.pass(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    await expect(gate.pass(() => Promise.resolve('next'))).resolves.toBe('next')
  })

  it('gives a place to whoever waits, and to nobody who comes meanwhile', async () => {
    const gate = createGate(1)
    const leave = await gate.enter()
    const order: string[] = []
    const first = gate.enter().then((out) => (order.push('first'), out))
    leave()
    const late = gate.enter().then((out) => (order.push('late'), out))
    ;(await first)()
    ;(await late)()
    expect(order).toEqual(['first', 'late'])
  })

  it('rejects with the reason of a signal that aborts before a place is free, and keeps no place for it', async () => {
    const gate = createGate(1)
    const leave = await gate.enter()
    const controller = new AbortController()
    const waits = [gate.enter(controller), gate.pass(() => Promise.resolve(), controller)]
    controller.abort(new Error('enough'))
    for (const wait of waits) await expect(wait).rejects.toThrow('enough')
    await expect(gate.enter(controller)).rejects.toThrow('enough')
    await expect(gate.pass(() => Promise.resolve(), controller)).rejects.toThrow('enough')
    leave()
    await expect(gate.pass(() => Promise.resolve('free'))).resolves.toBe('free')
  })
})
