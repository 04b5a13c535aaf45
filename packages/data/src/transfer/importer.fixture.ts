import { createReadStream } from 'node:fs'
import { createDatabase, importTables, sqlite } from '../index.ts'
import { allKinds, kinds } from './transfer.fixture.ts'

// A process of its own for transfer.test.ts: node importer.fixture.ts DATABASE EXPORT. It prints one line when the import has ended.
const [file = '', text = ''] = process.argv.slice(2)
await using db = createDatabase({ engine: sqlite({ file }), tables: kinds })
const report = await importTables(db, allKinds, createReadStream(text, { highWaterMark: 1_024 }), { concurrency: 4 })
process.stdout.write(`${JSON.stringify(report)}\n`)
