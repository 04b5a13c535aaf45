import { describe, expect, it } from 'vitest'
import { table } from '../schema/table.ts'
import type { Condition, InsertStatement, UpdateStatement, Values, WriteStatement } from '../query/statement.ts'
import { currentSelect, settle } from './settle.ts'

const { schema } = table('leases', { fields: { id: 'text', owner: 'text', version: 'int', tags: 'set<text>' }, key: ['id'], conditional: true })

const insert: InsertStatement = { kind: 'insert', table: schema, row: { id: 'a', owner: 'me' }, ifAbsent: true, ttlSeconds: undefined, idempotent: false }
const compare = (column: string, value: unknown, operator: '=' | '<' | '!=' = '='): Condition => ({ kind: 'compare', column, operator, value })
const update = (conditions: readonly Condition[], changes: UpdateStatement['changes']): UpdateStatement => ({
  kind: 'update',
  table: schema,
  target: 'row',
  key: { id: 'a' },
  changes,
  conditions,
  ttlSeconds: undefined,
  idempotent: false,
})
const step = update([compare('version', 1)], [{ column: 'version', kind: 'put', value: 2 }])
const remove: WriteStatement = { kind: 'delete', table: schema, key: { id: 'a' }, bounds: [], conditions: [compare('owner', 'me')], idempotent: false }
const row = (values: Values): Values => ({ id: 'a', owner: null, version: null, tags: null, ...values })

describe('settle', () => {
  it.each([
    ['an insert whose row is there as sent', insert, row({ owner: 'me' }), 'applied'],
    ['an insert whose row is not there', insert, undefined, 'not-applied'],
    ['an insert whose row is another’s', insert, row({ owner: 'other' }), 'refused'],
    ['an update whose cells are there', step, row({ version: 2 }), 'applied'],
    ['an update whose condition still holds', step, row({ version: 1 }), 'not-applied'],
    ['an update that others have overtaken', step, row({ version: 3 }), 'undecided'],
    ['a delete whose row is gone', remove, undefined, 'applied'],
    ['a delete whose row is still there', remove, row({ owner: 'me' }), 'not-applied'],
    ['a delete whose row became another’s', remove, row({ owner: 'other' }), 'undecided'],
    ['a removal that is done', update([compare('owner', 'me')], [{ column: 'owner', kind: 'remove' }]), row({}), 'applied'],
    ['a condition of less than', update([compare('version', 5, '<')], [{ column: 'owner', kind: 'put', value: 'me' }]), row({ version: 4 }), 'not-applied'],
    ['a condition of no cell', update([compare('owner', null)], [{ column: 'owner', kind: 'put', value: 'me' }]), undefined, 'not-applied'],
  ] as const)('judges %s', (_, statement, current, verdict) => {
    expect(settle([{ statement, current }])).toBe(verdict)
  })

  it('takes a batch for done only when all of it is', () => {
    const other = { ...step, key: { id: 'b' } }
    expect(
      settle([
        { statement: step, current: row({ version: 2 }) },
        { statement: other, current: row({ version: 2 }) },
      ]),
    ).toBe('applied')
    expect(
      settle([
        { statement: step, current: row({ version: 2 }) },
        { statement: other, current: row({ version: 1 }) },
      ]),
    ).toBe('undecided')
  })
})

describe('currentSelect', () => {
  it('reads the whole row by its key', () => {
    expect(currentSelect(insert)).toMatchObject({ target: 'rows', key: { id: 'a' }, columns: ['id', 'owner', 'version', 'tags'], limit: 1 })
  })
})
