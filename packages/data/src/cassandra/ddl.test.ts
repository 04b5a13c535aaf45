import { describe, expect, it } from 'vitest'
import { createTableChange } from '../engine/schema-change.ts'
import { table } from '../schema/table.ts'
import { ddlOf, inOrderOfUse } from './ddl.ts'

describe('ddlOf', () => {
  it('makes types before the table that uses them, and quotes every name (seed-requirement 41)', () => {
    const users = table('users', {
      fields: { tenant: 'text', order: 'int', at: 'timestamp', owner: 'text', home: 'frozen<address>' },
      key: [['tenant'], 'order', 'at'],
      order: { at: 'desc' },
      static: ['owner'],
      types: { address: { street: 'text', places: 'list<frozen<place>>' }, place: { x: 'double' } },
    })
    expect(ddlOf(createTableChange(users.schema), { keyspace: 'shop' })).toEqual([
      'CREATE TYPE IF NOT EXISTS "shop"."place" ("x" double)',
      'CREATE TYPE IF NOT EXISTS "shop"."address" ("street" text, "places" frozen<list<frozen<place>>>)',
      'CREATE TABLE IF NOT EXISTS "shop"."users" ("tenant" text, "order" int, "at" timestamp, "owner" text STATIC, "home" frozen<address>, PRIMARY KEY (("tenant"), "order", "at")) WITH CLUSTERING ORDER BY ("order" ASC, "at" DESC)',
    ])
  })

  it('gives the tables of this package a fixed id, because any number of processes make them at once', () => {
    const own = table('hanse_data_claims', { fields: { id: 'text' }, key: ['id'] })
    const [ddl] = ddlOf(createTableChange(own.schema), { keyspace: 'shop' })
    expect(ddl).toMatch(/ WITH id = [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(ddlOf(createTableChange(own.schema), { keyspace: 'shop' })).toEqual([ddl])
    expect(ddlOf(createTableChange(own.schema), { keyspace: 'other' })).not.toEqual([ddl?.replace('"shop"', '"other"')])
  })

  it('can be run again', () => {
    const column = { name: 'brand', type: 'text', role: 'regular', position: 0, order: 'asc' } as const
    expect(ddlOf({ kind: 'add-column', table: 't', column, types: {} }, { keyspace: 'k' })).toEqual(['ALTER TABLE "k"."t" ADD IF NOT EXISTS "brand" text'])
    expect(ddlOf({ kind: 'drop-column', table: 't', column: 'brand' }, { keyspace: 'k' })).toEqual([
      'DROP INDEX IF EXISTS "k"."t_brand_idx"',
      'ALTER TABLE "k"."t" DROP IF EXISTS "brand"',
    ])
    expect(ddlOf({ kind: 'drop-table', table: 't' }, { keyspace: 'k' })).toEqual(['DROP TABLE IF EXISTS "k"."t"'])
  })

  it('makes storage-attached indexes: of the values of collections, by cosine of vectors', () => {
    const indexOf = (type: string) =>
      ddlOf({ kind: 'create-index', table: 't', column: { name: 'c', type, role: 'regular', position: 0, order: 'asc', indexed: true } }, { keyspace: 'k' })
    expect(indexOf('text')).toEqual([`CREATE CUSTOM INDEX IF NOT EXISTS "t_c_idx" ON "k"."t" ("c") USING 'StorageAttachedIndex'`])
    expect(indexOf('set<int>')).toEqual([`CREATE CUSTOM INDEX IF NOT EXISTS "t_c_idx" ON "k"."t" (VALUES("c")) USING 'StorageAttachedIndex'`])
    expect(indexOf('vector<float, 3>')).toEqual([
      `CREATE CUSTOM INDEX IF NOT EXISTS "t_c_idx" ON "k"."t" ("c") USING 'StorageAttachedIndex' WITH OPTIONS = {'similarity_function': 'cosine'}`,
    ])
    expect(ddlOf({ kind: 'drop-index', table: 't', column: 'c' }, { keyspace: 'k' })).toEqual(['DROP INDEX IF EXISTS "k"."t_c_idx"'])
  })
})

describe('inOrderOfUse', () => {
  it('puts each type behind those it names', () => {
    expect(inOrderOfUse({ c: { b: 'frozen<b>' }, a: { x: 'int' }, b: { a: 'list<frozen<a>>' } })).toEqual(['a', 'b', 'c'])
  })
})
