import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@hanse/core/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase, exportTables, importTables, increment, sqlite, table } from '../index.ts'
import type { Table, TableSet } from '../index.ts'
import { anyRow, contents, fillManaged } from './moved-rows.fixture.ts'
import { allKinds, kinds } from './transfer.fixture.ts'

const importer = join(import.meta.dirname, 'importer.fixture.ts')
const open = (file = ':memory:') => createDatabase({ engine: sqlite({ file }), tables: kinds })
const openTables = <const Tables extends TableSet>(tables: Tables) => createDatabase({ engine: sqlite({ file: ':memory:' }), tables })

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  return (await Array.fromAsync(lines)).join('')
}

/** An export of some members. */
async function exportMembers(count: number): Promise<string> {
  await using db = open()
  await fillManaged(db, count)
  return await textOf(exportTables(db, [kinds.members]))
}

describe('exportTables and importTables', () => {
  it('move any rows of every column type, static columns without rows included, to equal ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 12 }), fc.integer({ min: 1, max: 5_000 }), async (rows, chunkSize) => {
        await using from = open()
        await using to = open()
        for (const row of rows) await from.values.insert(row)
        await from.values.updateStatic({ id: '0197a2b4-0000-7000-8000-000000000009' }).set({ c_note: 'alone' })
        const text = await textOf(exportTables(from, [kinds.values]))
        await importTables(to, [kinds.values], chunks(text, chunkSize))
        expect(await contents(to)).toEqual(await contents(from))
      }),
      { numRuns: 150 },
    )
  })

  it('move rows that conditions manage, from one database straight into another', async () => {
    await using from = open()
    await using to = open()
    await fillManaged(from, 40)
    expect(await importTables(to, allKinds, exportTables(from, allKinds))).toEqual({
      moved_values: { rows: 0, static: 0, written: 0 },
      moved_members: { rows: 40, static: 0, written: 40 },
      moved_stock: { rows: 39, static: 40, written: 79 },
    })
    expect(await contents(to)).toEqual(await contents(from))
  })

  it('claim unique values anew, for the moved rows', async () => {
    await using from = open()
    await using to = open()
    await fillManaged(from, 2)
    await importTables(to, [kinds.members], exportTables(from, [kinds.members]))
    expect(await to.members.getBy({ email: 'm1@example.com' })).toMatchObject({ name: 'Ada' })
    await expect(Promise.resolve(to.members.insert({ id: '0197a2b4-0000-7000-8000-00000000000f', email: 'm1@example.com' }))).rejects.toMatchObject({
      code: 'UNIQUE_CONFLICT',
    })
  })

  it('write nothing a second time, and leave equal rows alone', async () => {
    await using from = open()
    await using to = open()
    await fillManaged(from, 5)
    const text = await textOf(exportTables(from, allKinds))
    await importTables(to, allKinds, chunks(text, 1_000))
    const report = await importTables(to, allKinds, chunks(text, 1_000))
    expect(Object.values(report).map(({ written }) => written)).toEqual([0, 0, 0])
    expect(await contents(to)).toEqual(await contents(from))
  })

  it('let cells live as long as the import says', async () => {
    await using from = open()
    await using to = open()
    await from.values.insert({ id: '0197a2b4-0000-7000-8000-000000000001', at: new Date(0), c_text: 'kept' }, { ttlSeconds: 60 })
    await importTables(to, [kinds.values], exportTables(from, [kinds.values]), { ttlSeconds: 3_600 })
    const [row] = await to.values.scan()
    expect(row?.c_text).toBe('kept')
  })

  it('end with the reason of the signal', async () => {
    await using from = open()
    await using to = open()
    await fillManaged(from, 3)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(textOf(exportTables(from, allKinds, { signal }))).rejects.toThrow('enough')
    await expect(importTables(to, allKinds, exportTables(from, allKinds), { signal })).rejects.toThrow('enough')
  })
})

describe('an import refuses by name', () => {
  it('a text that was cut off, at whatever byte', async () => {
    const text = await exportMembers(3)
    for (let length = 0; length < text.length; length += 7) {
      await using to = open()
      await expect(importTables(to, [kinds.members], chunks(text.slice(0, length), 100))).rejects.toMatchObject({
        code: 'INVALID_EXPORT',
        message: expect.stringMatching(/cut off|it is empty/),
      })
    }
  })

  it('a changed byte, wherever it is, before the line is used', async () => {
    const text = await exportMembers(3)
    for (let at = 0; at < text.length - 1; at += 5) {
      await using to = open()
      const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`
      await expect(importTables(to, [kinds.members], chunks(changed, 100))).rejects.toMatchObject({ code: 'INVALID_EXPORT' })
      const before = text.slice(0, at).split('\n').length - 2
      expect((await to.members.scan()).length).toBeLessThanOrEqual(Math.max(0, before))
    }
  })

  it('lines that were lost, repeated or moved, and anything behind the last', async () => {
    const lines = (await exportMembers(4)).trimEnd().split('\n')
    const [first = '', a = '', b = '', ...rest] = lines
    for (const wrong of [
      [first, b, ...rest],
      [first, a, a, b, ...rest],
      [first, b, a, ...rest],
      [...lines, a],
    ]) {
      await using to = open()
      await expect(importTables(to, [kinds.members], chunks(`${wrong.join('\n')}\n`, 300))).rejects.toMatchObject({ code: 'INVALID_EXPORT' })
    }
  })

  it('what is no export, or one of a later version', async () => {
    await using to = open()
    await expect(importTables(to, [kinds.members], chunks('{"id":1}\n', 10))).rejects.toThrow('line 1 is no line of an export')
  })

  it.each<[string, Table, string]>([
    [
      'another table',
      table('others', { fields: { id: 'uuid' }, key: ['id'] }),
      "table 'moved_members': it is in the export but not among the tables given; table 'others': it is not in the export",
    ],
    [
      'another type of a column',
      table('moved_members', { fields: { id: 'uuid', email: 'text', name: 'blob' }, key: ['id'] }),
      "column 'name' is declared 'blob' but is 'text' in the export",
    ],
    [
      'a column that is not declared',
      table('moved_members', { fields: { id: 'uuid', email: 'text' }, key: ['id'] }),
      "column 'name' is in the export but not declared",
    ],
    [
      'a declared column that the export does not have',
      table('moved_members', { fields: { id: 'uuid', email: 'text', name: 'text', age: 'int' }, key: ['id'] }),
      "column 'age' is missing in the export",
    ],
    [
      'another key',
      table('moved_members', { fields: { id: 'uuid', email: 'text', name: 'text' }, key: [['id'], 'email'] }),
      "column 'email' is declared as clustering column 0 but is a regular column in the export",
    ],
  ])('%s, before the first write', async (_, declared, problem) => {
    const text = await exportMembers(3)
    await using to = openTables({ declared })
    await expect(importTables(to, [declared], chunks(text, 500))).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH', message: expect.stringContaining(problem) })
    expect(await to.declared.scan()).toEqual([])
  })

  it('another user type of the same name', async () => {
    const made = (fields: Readonly<Record<string, string>>) =>
      table('typed', { fields: { id: 'int', one: 'frozen<pair>' }, key: ['id'], types: { pair: fields } } as never) as Table
    const [from, to] = [made({ a: 'text', b: 'int' }), made({ b: 'text', a: 'int' })]
    await using source = openTables({ from })
    await using target = openTables({ to })
    await expect(importTables(target, [to], exportTables(source, [from]))).rejects.toThrow(
      "type 'pair' is declared with (b text, a int) but has (a text, b int) in the export",
    )
  })

  it('counters, because an import that is run again would count twice', async () => {
    const hits = table('hits', { fields: { id: 'int', count: 'counter' }, key: ['id'] })
    await using db = openTables({ hits })
    await db.hits.update({ id: 1 }).set({ count: increment(2n) })
    expect(() => exportTables(db, [hits])).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }))
    await expect(importTables(db, [hits], chunks('', 1))).rejects.toThrow("importTables cannot take 'hits': its columns are counters")
  })

  it('a row that is there with other values, and overwrites nothing', async () => {
    await using to = open()
    await to.members.insert({ id: '0197a2b4-0000-7000-8000-000000000001', email: 'm1@example.com', name: 'Grace' })
    await expect(importTables(to, [kinds.members], chunks(await exportMembers(3), 500))).rejects.toMatchObject({
      code: 'IMPORT_CONFLICT',
      message: expect.stringContaining(
        `the row {"id":"0197a2b4-0000-7000-8000-000000000001"} of 'moved_members' cannot be imported: it is there with another value of 'name'`,
      ),
    })
    expect(await to.members.getBy({ email: 'm1@example.com' })).toMatchObject({ name: 'Grace' })
  })

  it('a unique value that another row holds', async () => {
    await using to = open()
    await to.members.insert({ id: '0197a2b4-0000-7000-8000-00000000000f', email: 'm1@example.com' })
    await expect(importTables(to, [kinds.members], chunks(await exportMembers(3), 500))).rejects.toThrow(
      "another row holds the value of its unique column 'email'",
    )
  })

  it('static columns that are there with other values', async () => {
    await using from = open()
    await using to = open()
    await fillManaged(from, 3)
    await to.stock.updateStatic({ product: 'product 0' }).set({ stocked: 99 }).if({ stocked: null })
    await expect(importTables(to, [kinds.stock], exportTables(from, [kinds.stock]))).rejects.toThrow("it is there with another value of 'stocked', 'version'")
  })

  it('rows that the export does not have, unless they are allowed', async () => {
    const text = await exportMembers(3)
    await using to = open()
    await to.members.insert({ id: '0197a2b4-0000-7000-8000-00000000000f', email: 'other@example.com' })
    await expect(importTables(to, [kinds.members], chunks(text, 500))).rejects.toMatchObject({
      code: 'IMPORT_CONFLICT',
      message: expect.stringContaining("table 'moved_members' holds 4 rows, the export has 3"),
    })
    expect(await importTables(to, [kinds.members], chunks(text, 500), { otherRows: 'allow' })).toEqual({ moved_members: { rows: 3, static: 0, written: 0 } })
  })

  it('a row that the declared schema does not let in, named by its key', async () => {
    const plain = table('checked', { fields: { id: 'int', name: 'text' }, key: ['id'] })
    const required = table('checked', { fields: { id: 'int', name: 'text' }, key: ['id'], required: ['name'] })
    await using from = openTables({ plain })
    await using to = openTables({ required })
    await from.plain.insert({ id: 7 })
    await expect(importTables(to, [required], exportTables(from, [plain]))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/the row \{"id":7\} of 'checked'.*required column 'name'/s),
    })
  })
})

describe('an import that is killed', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hanse-transfer-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is run again and ends with what was exported', { timeout: 60_000 }, async () => {
    const [file, text] = [join(folder, 'target.db'), join(folder, 'export.jsonl')]
    await using from = open()
    await fillManaged(from, 600)
    writeFileSync(text, await textOf(exportTables(from, allKinds)))
    await using to = open(file)
    await to.start()
    for (const enough of [1, 200, 500]) {
      const child = spawn(process.execPath, [importer, file, text], { stdio: ['ignore', 'ignore', 'inherit'] })
      const ended = once(child, 'exit')
      await eventually(async () => expect((await to.members.scan({ columns: ['id'] })).length).toBeGreaterThanOrEqual(enough), { timeoutMs: 20_000 })
      child.kill('SIGKILL')
      await ended
    }
    const report = await importTables(to, allKinds, chunks(readFileSync(text, 'utf8'), 10_000))
    expect(report['moved_members']?.rows).toBe(600)
    expect(await contents(to)).toEqual(await contents(from))
    expect(await to.members.getBy({ email: 'm599@example.com' })).toMatchObject({ name: 'Ada' })
  })
})
