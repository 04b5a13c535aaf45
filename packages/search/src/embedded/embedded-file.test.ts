import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openSqlite } from '@hanse/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSearch, defineIndex, embedded, ngramEmbedder, text } from '../index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const notes = defineIndex('notes', { id: 'id', fields: { title: text() }, vector: { from: ['title'], dimensions: 64 } })
const open = () => createSearch({ engine: embedded({ file: join(folder, 'search.db') }), embedder: ngramEmbedder({ dimensions: 64 }), indexes: { notes } })
const ids = (hits: readonly { readonly id: string }[]): string[] => hits.map(({ id }) => id)

describe('a file', () => {
  it('keeps documents and vectors', async () => {
    const before = open()
    await before.notes.bulk([
      { id: 'a', title: 'red lamp' },
      { id: 'b', title: 'red lamps' },
    ])
    await before.close()
    await using after = open()
    expect(ids((await after.notes.search('red')).hits)).toEqual(['a', 'b'])
    expect(ids(await after.notes.similar({ to: 'a' }))).toEqual(['b'])
  })

  it('shows each process what the others write, delete, correct and rebuild', async () => {
    await using one = open()
    await using two = open()
    await Promise.all([one.prepare(), two.prepare()])
    await one.notes.index({ id: 'a', title: 'kettle' })
    await two.notes.index({ id: 'b', title: 'red kettle' })
    for (const search of [one, two]) {
      expect(ids((await search.notes.search('ketle')).hits).toSorted()).toEqual(['a', 'b'])
      expect(ids(await search.notes.similar({ to: { text: 'kettle' } })).toSorted()).toEqual(['a', 'b'])
    }
    await two.notes.index({ id: 'c', title: 'umbrella' })
    expect(ids((await one.notes.search('umbrela')).hits)).toEqual(['c'])
    await one.notes.delete('a')
    expect(ids(await two.notes.similar({ to: { text: 'kettle' }, limit: 1 }))).toEqual(['b'])
    await one.notes.reindex(() => [{ id: 'z', title: 'zeppelin' }])
    expect(ids((await two.notes.search('')).hits)).toEqual(['z'])
    expect(ids(await two.notes.similar({ to: { text: 'zeppelin' } }))).toEqual(['z'])
  })

  it('has every write that was acknowledged before a kill -9, with its vector', async () => {
    const file = join(folder, 'search.db')
    const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-writer.fixture.ts'), file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const acknowledged: string[] = []
    for await (const id of createInterface({ input: child.stdout })) {
      acknowledged.push(id)
      if (acknowledged.length === 40) child.kill('SIGKILL')
    }
    await using search = open()
    for (const id of acknowledged) {
      expect(await search.notes.get(id)).toMatchObject({ id })
      await expect(search.notes.similar({ to: id, limit: 1 })).resolves.toHaveLength(1)
    }
    const { total } = await search.notes.search('note')
    expect(total.value).toBe(await search.notes.count())
  })

  it('names a damaged vector instead of ranking by it', async () => {
    const search = open()
    await search.notes.index({ id: 'a', title: 'red lamp' })
    await search.close()
    await using raw = openSqlite({ file: join(folder, 'search.db') })
    await raw.write((db) => {
      const table = String(db.prepare("select name from sqlite_master where name like 'v%\\_data' escape '\\'").get()?.['name'])
      db.exec(`update ${table} set vector = x'00'`)
    })
    await using after = open()
    await expect(after.notes.similar({ to: { text: 'lamp' } })).rejects.toMatchObject({ code: 'CORRUPT_INDEX', message: expect.stringMatching(/'a'/) })
  })
})
