// @hanse/data on a SQLite file against node:sqlite by hand: WAL, synchronous FULL on both sides.
// Every insert is of a new key: @hanse/data writes nothing for a row that is there already with the same values,
// so a second round over the same rows would compare a commit with none.
import { createDatabase, sqlite, table } from '@hanse/data'
import { callFrom } from './callers.ts'
import { compare } from './compare.ts'
import type { Comparison, Side } from './compare.ts'
import { durableSqlite, scratchFolder } from './scratch-folder.ts'

const notes = table('notes', { fields: { id: 'text', title: 'text', count: 'int' }, key: [['id']], required: ['title', 'count'] })
const rowOf = (index: number) => ({ id: `note-${index}`, title: `The title of note ${index}`, count: index })
const gets = 4_000

export async function run(): Promise<readonly Comparison[]> {
  using folder = scratchFolder()
  await using db = createDatabase({ engine: sqlite({ file: folder.file('hanse.db') }), tables: { notes } })
  let ourRows = 0
  const insertSide = (count: number, callers: number): Side => ({
    name: '@hanse/data',
    run: async () => (await callFrom(callers, count, async () => db.notes.insert(rowOf(ourRows++))), count),
  })
  const getSide: Side = { name: '@hanse/data', run: async () => (await callFrom(1, gets, async (index) => found(await db.notes.get(keyOf(index)))), gets) }

  const raw = durableSqlite(folder.file('raw.db'))
  try {
    raw.exec('CREATE TABLE notes (id TEXT PRIMARY KEY, title TEXT NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID')
    const put = raw.prepare('INSERT OR REPLACE INTO notes (id, title, count) VALUES (?, ?, ?)')
    const find = raw.prepare('SELECT id, title, count FROM notes WHERE id = ?')
    let rawRows = 0
    const putNext = (): void => {
      const { id, title, count } = rowOf(rawRows++)
      put.run(id, title, count)
    }
    const single: Side = { name: 'node:sqlite, a commit each', run: async () => (times(200, putNext), 200) }
    const grouped: Side = {
      name: 'node:sqlite, a commit for each 100',
      async run() {
        for (let from = 0; from < 4_000; from += 100) {
          raw.exec('BEGIN IMMEDIATE')
          times(100, putNext)
          raw.exec('COMMIT')
        }
        return 4_000
      },
    }
    const read: Side = { name: 'node:sqlite, prepared statement', run: async () => (times(gets, (index) => found(find.get(keyOf(index).id))), gets) }
    return [
      await compare('data: durable insert, one caller', 'inserts/s', [insertSide(200, 1), single]),
      await compare('data: durable insert, 100 concurrent callers', 'inserts/s', [insertSide(4_000, 100), single, grouped]),
      await compare('data: get by key', 'gets/s', [getSide, read]),
    ]
  } finally {
    raw.close()
  }
}

function keyOf(index: number): { readonly id: string } {
  return { id: rowOf(index).id }
}

function found(row: unknown): void {
  if (row === undefined || row === null) throw new Error('a row that was inserted is not found')
}

function times(count: number, work: (index: number) => unknown): void {
  for (let index = 0; index < count; index++) work(index)
}
