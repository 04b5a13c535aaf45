import { createDatabase, sqlite } from '../index.ts'
import { ledger } from './ledger.fixture.ts'

// A process of its own for processes.test.ts: node writer.fixture.ts FILE MODE NAME. It prints a line for each acknowledged write.
const [file = '', mode = '', name = ''] = process.argv.slice(2)
await using db = createDatabase({ engine: sqlite({ file }), tables: { ledger } })
const tell = (line: number): boolean => process.stdout.write(`${line}\n`)

if (mode === 'race') {
  for (let wins = 0; wins < 50;) {
    const balance = (await db.ledger.getStatic({ account: 'shared' }))?.balance ?? 0
    const step = await db.atomically([
      db.ledger
        .updateStatic({ account: 'shared' })
        .set({ balance: balance + 1 })
        .if({ balance }),
      db.ledger.insert({ account: 'shared', seq: balance, by: name }),
    ])
    if (step.applied) {
      wins++
      tell(balance)
    }
  }
} else {
  // Both sides of each pair, or none: of several partitions, so that only the transaction keeps them together.
  const last = mode === 'pairs-bounded' ? 500 : 1_000_000
  for (let seq = 0; seq < last; seq += 10) {
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const row = { seq: seq + index, by: name }
        await db.atomically([db.ledger.insert({ account: `${name}-left`, ...row }), db.ledger.insert({ account: `${name}-right`, ...row })])
        tell(seq + index)
      }),
    )
  }
}
