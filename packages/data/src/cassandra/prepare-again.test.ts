import { errors } from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { prepareAgain } from './prepare-again.ts'

const forgotten = new errors.DriverInternalError('Unprepared response invalid, id: 0xc2966c2e')

/** A call that fails so often first. */
function failing(times: number, error: Error): { readonly call: () => Promise<number>; readonly calls: () => number } {
  let calls = 0
  return {
    call: async () => {
      if (++calls <= times) throw error
      return calls
    },
    calls: () => calls,
  }
}

describe('a call whose statement both sides have forgotten', () => {
  it('is made again', async () => {
    expect(await prepareAgain(failing(2, forgotten).call)).toBe(3)
  })

  it('is given up when that does not help', async () => {
    const { call, calls } = failing(Infinity, forgotten)
    await expect(prepareAgain(call)).rejects.toBe(forgotten)
    expect(calls()).toBe(4)
  })

  it('is not made again after any other failure', async () => {
    for (const error of [new errors.DriverInternalError('the connection was closed'), new errors.OperationTimedOutError('no answer')]) {
      const { call, calls } = failing(1, error)
      await expect(prepareAgain(call)).rejects.toBe(error)
      expect(calls()).toBe(1)
    }
  })
})
