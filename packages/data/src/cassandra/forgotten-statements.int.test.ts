import { generateId } from '@hanse/core'
import { describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../database.ts'
import { table } from '../schema/table.ts'
import { cassandra } from './index.ts'

const { cassandra: server } = inject('engines')
const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] as const

/** More sets of columns than the driver keeps prepared statements. */
const subsets = Array.from({ length: 2 ** columns.length - 1 }, (_, bits) => columns.filter((_column, i) => (((bits + 1) >> i) & 1) === 1))

describe.skipIf(server === undefined)('a database with more statements than the driver keeps (needs cassandra)', () => {
  it('applies a batch of old statements, which the server has forgotten, and of new ones, which take their place in the driver', async () => {
    if (server === undefined) return
    const fields = { id: 'uuid', n: 'int', ...Object.fromEntries(columns.map((name) => [name, 'int'])) } as { readonly id: 'uuid'; readonly n: 'int' }
    const rows = table('many', { fields, key: [['id'], 'n'] })
    const keyspace = `forgotten_${generateId().replaceAll('-', '').slice(-12)}`
    const engine = cassandra({ ...server, keyspace, replication: { [server.localDataCenter]: 1 } })
    await using db = createDatabase({ engine, tables: { rows }, schema: 'create' })
    const id = generateId()
    const insert = (n: number, names: readonly string[]) => db.rows.insert({ id, n, ...Object.fromEntries(names.map((name) => [name, n])) })
    const kept = subsets.slice(0, 500)
    for (const names of kept) await insert(0, names)
    const [column] = (await engine.describe(['many'], {})).get('many') ?? []
    if (column === undefined) throw new Error('the table has no columns')
    // The server forgets the statements of a table that changes.
    await engine.alter([{ kind: 'add-column', table: 'many', column: { ...column, name: 'more', role: 'regular' }, types: {} }], {})
    // Of those that the driver still has, the new ones drive out what came first.
    const batch = [...kept.slice(5, 16), ...subsets.slice(500)]
    await db.atomically(batch.map((names, i) => insert(i + 1, names)))
    expect(await db.rows.select({ id })).toHaveLength(batch.length + 1)
  })
})
