import { describe, expect, it } from 'vitest'
import type { EngineColumn, SchemaChange } from '../engine/schema-change.ts'
import { refusalOf } from './served.ts'

const column = (type: string, indexed?: true): EngineColumn => ({
  name: 'place',
  type,
  role: 'regular',
  position: 0,
  order: 'asc',
  ...(indexed === undefined ? {} : { indexed }),
})
const changes = (made: EngineColumn): readonly SchemaChange[] => [
  { kind: 'create-table', table: 'shops', columns: [made], types: {} },
  { kind: 'add-column', table: 'shops', column: made, types: {} },
  { kind: 'create-index', table: 'shops', column: made },
]

describe('what a server should not make (seed-requirement 73)', () => {
  it.each(changes(column('vector<float, 3>')))('is a vector column before 5.0: $kind', (change) => {
    expect(refusalOf(change, [4, 1, 9])?.problem).toBe(
      "column 'place' of 'shops' is a vector<float, 3>, which needs Cassandra 5.0 or later; the server is 4.1.9.",
    )
    expect(refusalOf(change, [5, 0, 0])).toBeUndefined()
  })

  it.each(changes(column('vector<float, 3>', true)))('is an index of vectors on 5.0.9, which loses some: $kind', (change) => {
    expect(refusalOf(change, [5, 0, 9])).toMatchObject({ column: 'place', problem: expect.stringContaining('CASSANDRA-21644') })
    expect(refusalOf(change, [5, 0, 8])).toBeUndefined()
    expect(refusalOf(change, [5, 0, 10])).toBeUndefined()
  })

  it('is nothing else: a vector without an index on 5.0.9, an index of text, what takes away', () => {
    const others: readonly SchemaChange[] = [
      ...changes(column('vector<float, 3>')),
      ...changes(column('text', true)),
      { kind: 'drop-index', table: 'shops', column: 'place' },
      { kind: 'drop-column', table: 'shops', column: 'place' },
      { kind: 'drop-table', table: 'shops' },
    ]
    for (const change of others) expect(refusalOf(change, [5, 0, 9])).toBeUndefined()
  })
})
