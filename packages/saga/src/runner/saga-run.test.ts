import { HanseError } from '@hanse/core'
import { createManualClock, createRecordingLogger } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineSaga } from '../index.ts'
import type { SagaLog } from '../log/saga-log.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { createOrchestratorOn } from './saga-orchestrator.ts'

const away = () => new HanseError('the store is away.', { code: 'STORAGE_BUSY', retryable: true })

/** A saga whose first step waits until it is let go or aborted. */
function waiting() {
  const calls: string[] = []
  const gate = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const saga = defineSaga('waiting', { version: 1, input: z.object({}) })
    .step('first', {
      run: async () => {
        calls.push('first')
        entered.resolve()
        await gate.promise
      },
      undo: () => void calls.push('undo first'),
    })
    .pivot('second', { run: () => void calls.push('second') })
  return { saga, calls, gate, entered }
}

describe('a saga in hand', () => {
  it('goes back when another orchestrator has cancelled it, and bears reads that fail meanwhile', async () => {
    const memory: SagaLog & Pick<MemoryLog, 'peek'> = new MemoryLog()
    let failing = false
    const flaky: SagaLog = {
      start: (...args) => memory.start(...args),
      append: (...args) => memory.append(...args),
      head: (...args) => memory.head(...args),
      read: async (...args) => {
        if (failing) {
          failing = false
          throw away()
        }
        return memory.read(...args)
      },
      announce: (...args) => memory.announce(...args),
      announced: (...args) => memory.announced(...args),
      list: (...args) => memory.list(...args),
      listed: (...args) => memory.listed(...args),
      beat: (...args) => memory.beat(...args),
      sessions: () => memory.sessions(),
    }
    const clock = createManualClock()
    const logger = createRecordingLogger()
    const { saga, calls, gate, entered } = waiting()
    const owner = createOrchestratorOn(flaky, [saga], { clock, logger })
    const other = createOrchestratorOn(memory, [saga], { clock })
    await owner.start()
    await other.start()
    const { id } = await owner.startSaga('waiting', {})
    await entered.promise
    await other.cancel(id, { reason: 'changed my mind' })
    await other.cancel(id)
    failing = true
    gate.resolve()
    await clock.advance(2_000)
    expect(await owner.outcome(id)).toMatchObject({ status: 'undone', reason: { kind: 'cancelled', message: 'changed my mind' } })
    // The result was lost with the read; the step is repeated under its key and then undone, and the pivot is never reached.
    expect(calls.at(-1)).toBe('undo first')
    expect(calls).not.toContain('second')
    expect(logger.entries.some((entry) => entry.level === 'error')).toBe(true)
    await owner.close()
    await other.close()
  })

  it('gives up its sagas when its lease ran out, and nobody does a step of them twice', async () => {
    const memory: SagaLog & Pick<MemoryLog, 'peek'> = new MemoryLog()
    const clock = createManualClock()
    const { saga, calls, gate, entered } = waiting()
    let silent = false
    const log: SagaLog = {
      start: (...args) => memory.start(...args),
      append: (...args) => memory.append(...args),
      head: (...args) => memory.head(...args),
      read: (...args) => memory.read(...args),
      announce: (...args) => memory.announce(...args),
      announced: (...args) => memory.announced(...args),
      list: (...args) => memory.list(...args),
      listed: (...args) => memory.listed(...args),
      beat: async (sign) => {
        if (silent) throw away()
        await memory.beat(sign)
      },
      sessions: () => memory.sessions(),
    }
    const cutOff = createOrchestratorOn(log, [saga], { clock })
    const heir = createOrchestratorOn(memory, [saga], { clock })
    await cutOff.start()
    await heir.start()
    const { id } = await cutOff.startSaga('waiting', {})
    await entered.promise
    silent = true
    await clock.advance(10_000)
    gate.resolve()
    await clock.advance(1_000)
    expect(await heir.outcome(id)).toMatchObject({ status: 'completed' })
    expect((await heir.history(id)).map((entry) => entry.kind)).toEqual(['started', 'taken-over', 'step-completed', 'step-completed'])
    expect(calls).toEqual(['first', 'first', 'second'])
    silent = false
    await clock.advance(5_000)
    expect(calls).toEqual(['first', 'first', 'second'])
    await cutOff.close()
    await heir.close()
  })

  it('drains the attempt in flight when it is closed, writes its result, and starts nothing more', async () => {
    const memory: SagaLog & Pick<MemoryLog, 'peek'> = new MemoryLog()
    const clock = createManualClock()
    const { saga, calls, gate, entered } = waiting()
    const sagas = createOrchestratorOn(memory, [saga], { clock })
    await sagas.start()
    const { id } = await sagas.startSaga('waiting', {})
    await entered.promise
    const closing = sagas.close()
    gate.resolve()
    await closing
    expect(calls).toEqual(['first'])
    expect(memory.peek(id)).toMatchObject({ head: { seq: 1, status: 'running' } })
    expect((await memory.sessions()).map((sign) => sign.state)).toEqual(['left'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('gives the attempt in flight up at once when closing is aborted', async () => {
    const memory: SagaLog & Pick<MemoryLog, 'peek'> = new MemoryLog()
    const { saga, entered } = waiting()
    const sagas = createOrchestratorOn(memory, [saga], {})
    await sagas.start()
    const { id } = await sagas.startSaga('waiting', {})
    await entered.promise
    await sagas.close({ signal: AbortSignal.abort() })
    expect(memory.peek(id)).toMatchObject({ head: { seq: 0, status: 'running' } })
  })
})
