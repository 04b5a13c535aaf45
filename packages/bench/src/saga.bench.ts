// Sagas of three steps on a SQLite file, against the same number of conditional writes without an orchestrator.
// The peers do less: a saga also keeps its history, and is announced and listed so that it can be found after a crash.
import { createDatabase, sqlite, table } from '@hanse/data'
import { createSagaOrchestrator, defineSaga } from '@hanse/saga'
import { z } from 'zod'
import { callFrom } from './callers.ts'
import { compare } from './compare.ts'
import type { Comparison, Side } from './compare.ts'
import { durableSqlite, scratchFolder } from './scratch-folder.ts'

const concurrency = 256
const sagasPerSlice = 1_024
const steps = 3

const input = z.object({ orderId: z.string(), quantity: z.number() })
const order = defineSaga('order', { version: 1, input })
  .step('reserve', { run: (c) => ({ reservation: c.input.orderId }), undo: () => undefined })
  .pivot('charge', { run: (c) => ({ receipt: c.results.reserve.reservation }) })
  .step('confirm', { run: (c) => ({ confirmed: c.results.charge.receipt }) })

const heads = table('heads', { fields: { id: 'text', head: 'int', data: 'text' }, key: [['id']], required: ['head', 'data'], conditional: true })

export async function run(): Promise<readonly Comparison[]> {
  using folder = scratchFolder()
  await using store = createDatabase({ engine: sqlite({ file: folder.file('sagas.db') }), tables: {} })
  await using sagas = createSagaOrchestrator({ store, sagas: [order] })
  await sagas.start()
  await using db = createDatabase({ engine: sqlite({ file: folder.file('heads.db') }), tables: { heads } })
  let started = 0
  const runSaga = async (): Promise<void> => {
    const orderId = `order-${started++}`
    const { id } = await sagas.startSaga('order', { orderId, quantity: 2 }, { key: orderId })
    const { status } = await sagas.outcome(id)
    if (status !== 'completed') throw new Error(`a saga of the benchmark ended as ${status}`)
  }
  let written = 0
  const writeFour = async (): Promise<void> => {
    const id = `order-${written++}`
    demandApplied(await db.heads.insertIfAbsent({ id, head: 0, data: dataOf(id, 0) }))
    for (let step = 1; step <= steps; step++) {
      demandApplied(
        await db.heads
          .update({ id })
          .set({ head: step, data: dataOf(id, step) })
          .if({ head: step - 1 }),
      )
    }
  }
  const raw = durableSqlite(folder.file('raw.db'))
  try {
    const perTransition = commitSide(raw)
    return [
      await compare(`saga: ${steps} steps, durable, ${concurrency} at a time`, 'sagas/s', [
        { name: '@hanse/saga', run: async () => (await callFrom(concurrency, sagasPerSlice, runSaga), sagasPerSlice) },
        perTransition,
        {
          name: `@hanse/data, ${steps + 1} conditional writes a saga`,
          run: async () => (await callFrom(concurrency, sagasPerSlice, writeFour), sagasPerSlice),
        },
      ]),
    ]
  } finally {
    raw.close()
  }
}

function commitSide(raw: ReturnType<typeof durableSqlite>): Side {
  raw.exec('CREATE TABLE heads (id TEXT PRIMARY KEY, head INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID')
  const insert = raw.prepare('INSERT INTO heads (id, head, data) VALUES (?, 0, ?)')
  const update = raw.prepare('UPDATE heads SET head = ?, data = ? WHERE id = ? AND head = ?')
  let done = 0
  return {
    name: 'node:sqlite, a commit for each transition',
    async run() {
      const count = 64
      for (let saga = 0; saga < count; saga++) {
        const id = `order-${done++}`
        insert.run(id, dataOf(id, 0))
        for (let step = 1; step <= steps; step++) demandApplied({ applied: Number(update.run(step, dataOf(id, step), id, step - 1).changes) === 1 })
      }
      return count
    },
  }
}

function dataOf(id: string, step: number): string {
  return JSON.stringify({ id, step, result: `the result of step ${step}` })
}

function demandApplied({ applied }: { readonly applied: boolean }): void {
  if (!applied) throw new Error('a conditional write of the benchmark was not applied')
}
