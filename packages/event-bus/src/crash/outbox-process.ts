import { appendFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createEventBus, createOutbox, embedded } from '../index.ts'
import { counted } from './crash-events.ts'
import type { CrashLine } from './crash-events.ts'
import { openShop } from './crash-shop.ts'

/** Writes state with events until it is killed; relays, too. */
const [busFile = '', logFile = '', name = '', count = '0'] = process.argv.slice(2)
const write = (line: Omit<CrashLine, 'pid'>): void => appendFileSync(logFile, `${JSON.stringify({ ...line, pid: process.pid })}\n`)
const db = openShop(join(dirname(busFile), 'shop.db'))
const bus = createEventBus({ transport: embedded({ file: busFile }), source: 'shop' })
const outbox = createOutbox({ store: db, bus, rows: [db.steps], sweepEveryMs: 100, takeoverMs: 1_000 })
await outbox.start()
write({ what: 'ready' })
const plain = async (key: string, n: number): Promise<void> => {
  await db.atomically([db.notes.insert({ key, n, text: 'x' }), outbox.add(counted, { key, n })])
}
const conditional = async (key: string, n: number): Promise<void> => {
  await outbox.commit(db.steps, { key, n }, [bus.encode(counted, { key, n })], (pending) =>
    db.steps.insertIfAbsent({ key, n, status: 'done', ...pending.cells }),
  )
}
await Promise.all(
  ['a', 'b', 'c', 'd'].map(async (letter, index) => {
    for (let n = 0; n < Number(count); n++) {
      const key = `${name}-${letter}`
      await (index % 2 === 0 ? plain : conditional)(key, n)
      write({ what: 'acked', key, n })
    }
  }),
)
write({ what: 'done' })
