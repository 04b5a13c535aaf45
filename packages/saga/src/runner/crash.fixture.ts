import { appendFileSync } from 'node:fs'
import { createDatabase, sqlite, table } from '@hanse/data'
import { z } from 'zod'
import { createSagaOrchestrator, defineSaga } from '../index.ts'

/** The participants' own state, in the same file: what they did, by idempotency key. */
export const effects = table('effects', { fields: { scope: 'text', key: 'text', by: 'text' }, key: [['scope'], 'key'] })

/** A saga whose steps leave a trace a key, in the database and, attempt by attempt, in a file. */
export function openShop(file: string, traceFile: string, who: string) {
  const db = createDatabase({ engine: sqlite({ file }), tables: { effects } })
  const act = (name: string) => async (c: { readonly idempotencyKey: string; readonly sagaId: string; readonly attempt: number }) => {
    appendFileSync(traceFile, `${who} ${c.idempotencyKey} ${c.attempt}\n`)
    await db.effects.insertIfAbsent({ scope: c.sagaId, key: `${name}`, by: who })
    return { name }
  }
  const saga = defineSaga('crashing', { version: 1, input: z.object({ n: z.number() }) })
    .step('reserve', { run: act('reserve'), undo: act('release') })
    .pivot('charge', { run: act('charge') })
    .step('confirm', { run: act('confirm') })
  const sagas = createSagaOrchestrator({ store: db, sagas: [saga], leaseMs: 1_000, pollMs: 50 })
  return { db, sagas }
}

/** As a child process: starts sagas until it is killed, and says which were acknowledged. */
if (process.argv[2] === 'child') {
  const [, , , file = '', traceFile = '', who = ''] = process.argv
  const { sagas } = openShop(file, traceFile, who)
  await sagas.start()
  process.stdout.write('ready\n')
  const client = async (lane: number): Promise<void> => {
    for (let n = lane; ; n += 8) {
      const { id } = await sagas.startSaga('crashing', { n }, { key: `${who}-${n}` })
      process.stdout.write(`${id}\n`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, lane) => client(lane)))
}
