import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { everything } from '../index/filter.ts'
import type { AttributeValue, Filter } from '../index/filter.ts'
import { filterBranches, namedIds } from './filter-branches.ts'
import type { Branch } from './filter-branches.ts'
import { passesFilter } from './passes-filter.ts'
import { vectorTable } from './vector-table.ts'
import type { VectorRow } from './vector-table.ts'

const index = vectorTable(
  {
    name: 'goods',
    dimensions: 2,
    metric: 'cosine',
    model: 'm',
    attributes: [
      { name: 'shop', type: 'string', many: false },
      { name: 'price', type: 'integer', many: false },
      { name: 'tags', type: 'string', many: true },
    ],
  },
  'goods',
)
const shop = (...values: string[]): Filter => ({ kind: 'in', field: 'shop', values })
const tags = (...values: string[]): Filter => ({ kind: 'in', field: 'tags', values })
const cheap: Filter = { kind: 'range', field: 'price', lt: 10n }

describe('filterBranches', () => {
  it('asks for everything where there is no filter, and for nothing where nothing can pass', () => {
    expect(filterBranches(index, everything)).toEqual([{ equal: {}, further: [] }])
    expect(filterBranches(index, shop())).toEqual([])
  })

  it('narrows the search for the nearest by single values, and only look-ups by ranges and elements', () => {
    expect(filterBranches(index, { kind: 'all', of: [shop('n'), cheap, tags('red')] })).toEqual([
      {
        equal: { a0: 'n' },
        further: [
          { column: 'a1', operator: '<', value: 10n },
          { column: 'a2', operator: 'contains', value: 'red' },
        ],
      },
    ])
  })

  it('makes a branch of each alternative, as long as they are few', () => {
    expect(filterBranches(index, { kind: 'all', of: [shop('n', 's'), tags('red')] })).toHaveLength(2)
    expect(filterBranches(index, shop('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'))).toEqual([{ equal: {}, further: [] }])
    expect(filterBranches(index, { kind: 'all', of: [shop('a', 'b', 'c'), tags('d', 'e', 'f')] })).toEqual(filterBranches(index, shop('a', 'b', 'c')))
  })

  it('leaves opposites, absence and ranges of texts to the caller', () => {
    const texts: Filter = { kind: 'range', field: 'shop', gte: 'm' }
    for (const filter of [{ kind: 'not', of: shop('n') }, { kind: 'exists', field: 'price' }, texts] as const)
      expect(filterBranches(index, filter)).toEqual([{ equal: {}, further: [] }])
  })

  it('refuses a field that the index does not have (seed-requirement 68)', () => {
    expect(() => filterBranches(index, { kind: 'in', field: 'colour', values: ['red'] })).toThrow(/no field 'colour'/)
  })

  it('loses no row that passes: each meets a branch', () => {
    fc.assert(
      fc.property(filters, rows, (filter, row) => {
        const met = filterBranches(index, filter).some((branch) => meets(branch, row))
        expect(met || !passesFilter(index, filter, row)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('namedIds', () => {
  it('gives the ids that a filter names, once, where no others can pass', () => {
    const ids: Filter = { kind: 'ids', ids: ['b', 'a', 'b'] }
    expect(namedIds({ kind: 'all', of: [cheap, { kind: 'all', of: [ids] }] })).toEqual(['b', 'a'])
    expect([namedIds({ kind: 'any', of: [ids, cheap] }), namedIds({ kind: 'not', of: ids }), namedIds(everything)]).toEqual([undefined, undefined, undefined])
  })
})

const text = fc.constantFrom('', 'a', 'b', '\u{1f570}', '\uffee')
const amount = fc.bigInt({ min: -2n, max: 2n })
const rows: fc.Arbitrary<VectorRow> = fc.record({
  id: text,
  a0: fc.option(text),
  a1: fc.option(amount),
  a2: fc.option(fc.uniqueArray(text, { minLength: 1 })),
})
const { filter: filters } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant('in' as const), field: fc.constantFrom('shop', 'tags'), values: fc.array(text, { maxLength: 4 }) }),
    fc.record({ kind: fc.constant('range' as const), field: fc.constant('price'), gt: amount, lte: amount }, { requiredKeys: ['kind', 'field'] }),
    fc.record({ kind: fc.constant('range' as const), field: fc.constantFrom('tags', 'shop'), gte: text }),
    fc.record({ kind: fc.constant('exists' as const), field: fc.constantFrom('price', 'tags') }),
    fc.record({ kind: fc.constant('ids' as const), ids: fc.array(text) }),
    fc.record({ kind: fc.constant('not' as const), of: tie('filter') }),
    fc.record({ kind: fc.constantFrom('all' as const, 'any' as const), of: fc.array(tie('filter'), { maxLength: 3 }) }),
  ),
}))

const operators: Readonly<Record<string, (cell: AttributeValue, value: AttributeValue) => boolean>> = {
  '<': (cell, value) => cell < value,
  '<=': (cell, value) => cell <= value,
  '>': (cell, value) => cell > value,
  '>=': (cell, value) => cell >= value,
}

/** What a server does with a branch. */
function meets({ equal, further }: Branch, row: VectorRow): boolean {
  const isEqual = Object.entries(equal).every(([column, value]) => row[column] === value)
  return isEqual && further.every(({ column, operator, value }) => meetsFurther(row[column], operator, value))
}

function meetsFurther(cell: unknown, operator: string, value: AttributeValue): boolean {
  if (cell === null) return false
  return operator === 'contains' ? (cell as readonly AttributeValue[]).includes(value) : (operators[operator]?.(cell as AttributeValue, value) ?? false)
}
