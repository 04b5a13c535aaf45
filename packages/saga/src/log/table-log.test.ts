import { createDatabase, sqlite } from '@hanse/data'
import type { DataEngine, WriteStatement } from '@hanse/data'
import { createManualClock } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createSagaOrchestrator, defineSaga } from '../index.ts'
import { createTableLog } from './table-log.ts'
import type { SagaHead, SagaOrigin } from './saga-log.ts'

/** Counts what reaches an engine. */
function counted(engine: DataEngine) {
  const writes: (readonly WriteStatement[])[] = []
  let historyReads = 0
  const counting: DataEngine = {
    name: engine.name,
    capabilities: engine.capabilities,
    defaultSchemaMode: engine.defaultSchemaMode,
    start: (options) => engine.start(options),
    describe: (tables, options) => engine.describe(tables, options),
    alter: (changes, options) => engine.alter(changes, options),
    read: (statement, options) => {
      if (statement.table.name === 'hanse_saga_log' && statement.target === 'rows') historyReads++
      return engine.read(statement, options)
    },
    write: (statements, options) => {
      writes.push(statements)
      return engine.write(statements, options)
    },
    close: (options) => engine.close(options),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
  return { engine: counting, writes, historyReads: () => historyReads }
}

const isConditional = (write: WriteStatement): boolean => (write.kind === 'insert' ? write.ifAbsent : write.conditions.length > 0)

const origin: SagaOrigin = {
  id: 's1',
  name: 'order',
  version: 1,
  graph: 'g',
  input: '{}',
  inputHash: 'h',
  key: 'k',
  correlationId: 'c',
  trace: null,
  startedAt: 1_000,
}
const head: SagaHead = { status: 'running', seq: 0, epoch: 1, owner: 'a', reason: undefined }
const done = { kind: 'step-completed', step: 'x', attempt: 1, at: 2_000, result: { n: 1 } } as const

describe('the log on data tables', () => {
  it('writes N + 1 times conditionally for N steps, and its owner reads nothing', async () => {
    for (const steps of [1, 3, 6]) {
      const { engine, writes, historyReads } = counted(sqlite({ file: ':memory:' }))
      const db = createDatabase({ engine, tables: {} })
      const begun = defineSaga('counted', { version: 1, input: z.object({}) }).step('s0', { run: () => 1, undo: () => undefined })
      const saga = Array.from({ length: steps - 1 }, (_, index) => `s${index + 1}`).reduce<typeof begun>(
        (built, name) => built.step(name as never, { run: () => 1 }) as never,
        begun,
      )
      const sagas = createSagaOrchestrator({ store: db, sagas: [saga] })
      await sagas.start()
      const before = writes.length
      const { id } = await sagas.startSaga('counted', {})
      expect(await sagas.outcome(id)).toMatchObject({ status: 'completed' })
      const log = writes.slice(before).filter((statements) => statements[0]?.table.name === 'hanse_saga_log')
      expect(log).toHaveLength(steps + 1)
      expect(log.every((statements) => statements.some(isConditional))).toBe(true)
      expect(historyReads()).toBe(0)
      await sagas.close()
      await db.close()
    }
  })

  it('refuses a write with an old epoch or an old number, and says what stands (fencing)', async () => {
    const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
    const log = createTableLog({ store: db, retentionSeconds: 600 })
    expect(await log.start(origin, head)).toEqual({ applied: true })
    expect(await log.start({ ...origin, inputHash: 'other' }, { ...head, owner: 'b' })).toMatchObject({
      applied: false,
      current: { origin: { inputHash: 'h' }, head: { owner: 'a' } },
    })
    const stolen = { ...head, seq: 1, epoch: 2, owner: 'b' }
    const takeOver = { kind: 'taken-over', owner: 'b', at: 1_500 } as const
    expect(await log.append({ id: 's1', expected: head, head: stolen, event: takeOver, writer: 'b', life: 'retained' })).toEqual({ applied: true })
    const zombie = await log.append({ id: 's1', expected: head, head: { ...head, seq: 1 }, event: done, writer: 'a', life: 'retained' })
    expect(zombie).toMatchObject({ applied: false, current: { head: { epoch: 2, owner: 'b', seq: 1 } } })
    expect((await log.read('s1', -1))?.events.map((row) => [row.seq, row.writer, row.event])).toEqual([
      [0, 'a', { kind: 'started', at: 1_000 }],
      [1, 'b', takeOver],
    ])
    await db.close()
  })

  it('forgets a saga after its retention time, and keeps one that needs attention until it has ended', async () => {
    const clock = createManualClock()
    const db = createDatabase({ engine: sqlite({ file: ':memory:', clock }), tables: {}, clock })
    let broken = true
    const stuck = defineSaga('stuck', { version: 1, input: z.object({}) }).pivot('p', {
      run: () => {
        if (broken) throw new Error('no')
      },
      retry: { attempts: 1 },
    })
    const sagas = createSagaOrchestrator({ store: db, sagas: [stuck], retentionSeconds: 600, clock })
    await sagas.start()
    const { id } = await sagas.startSaga('stuck', {}, { key: 'k' })
    await clock.advance(10)
    expect(await sagas.outcome(id)).toMatchObject({ status: 'needs-attention' })
    await clock.advance(3_600_000)
    expect(await sagas.get(id)).toMatchObject({ status: 'needs-attention', input: {} })
    expect((await sagas.list({ status: 'needs-attention' })).sagas).toHaveLength(1)
    broken = false
    await sagas.retryStep(id, { reason: 'mended' })
    await clock.advance(10)
    expect(await sagas.get(id)).toMatchObject({ status: 'completed' })
    expect(await sagas.startSaga('stuck', {}, { key: 'k' })).toEqual({ id, created: false })
    await clock.advance(601_000)
    expect(await sagas.get(id)).toBeUndefined()
    expect(await sagas.startSaga('stuck', {}, { key: 'k' })).toEqual({ id, created: true })
    await clock.advance(10)
    await sagas.close()
    await db.close()
  })
})
