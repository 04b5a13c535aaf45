import type { AttributeValue, Filter } from '../index/filter.ts'
import { columnOf } from './vector-table.ts'
import type { VectorTable } from './vector-table.ts'

/** Conditions that the server can look for by its indexes; all must hold. */
export interface Branch {
  /** Columns with one value each, which narrow the search for the nearest, too. */
  readonly equal: Readonly<Record<string, AttributeValue>>
  /** Conditions that only a look-up without nearness can use. */
  readonly further: readonly { readonly column: string; readonly operator: string; readonly value: AttributeValue }[]
}

/** Each branch is a query of its own, so that there may be only a few. */
const mostBranches = 8
const anything: Branch = { equal: {}, further: [] }

/**
 * What of a filter the server can look for: every row that passes the filter meets one of the branches at least. A row that meets one need not pass.
 * The server takes conditions that all hold, so that alternatives become branches; opposites and absence are left to the caller.
 */
export function filterBranches(index: Pick<VectorTable, 'attributes'>, filter: Filter): readonly Branch[] {
  switch (filter.kind) {
    case 'all':
      return filter.of.reduce<readonly Branch[]>((branches, part) => bothOf(branches, filterBranches(index, part)), [anything])
    case 'any':
      return fewest(filter.of.flatMap((part) => filterBranches(index, part)))
    case 'in': {
      const { column, many } = columnOf(index, filter.field)
      return fewest(
        [...new Set(filter.values)].map((value) =>
          many ? { equal: {}, further: [{ column, operator: 'contains', value }] } : { equal: { [column]: value === 0 ? 0 : value }, further: [] },
        ),
      )
    }
    case 'range':
      return [askable(rangeBranch(index, filter))]
    case 'not':
    case 'exists':
    case 'ids':
      return [anything]
  }
}

/** The documents that a filter names, where it lets through no others. */
export function namedIds(filter: Filter): readonly string[] | undefined {
  if (filter.kind === 'ids') return [...new Set(filter.ids)]
  if (filter.kind !== 'all') return undefined
  return filter.of.map(namedIds).find((ids) => ids !== undefined)
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function rangeBranch(index: Pick<VectorTable, 'attributes'>, filter: Extract<Filter, { kind: 'range' }>): Branch {
  const { column, type, many } = columnOf(index, filter.field)
  // The server has no ranges of texts, nor within sets. Of zeros it may tell the sign, which a range must not.
  if (many || type === 'string') return anything
  const bounds = Object.entries(operators).flatMap(([key, operator]) => {
    const value = filter[key as keyof typeof operators]
    return value === undefined ? [] : [{ column, operator, value: value === 0 ? 0 : value }]
  })
  return { equal: {}, further: bounds }
}

function fewest(branches: readonly Branch[]): readonly Branch[] {
  return branches.length > mostBranches ? [anything] : branches
}

function bothOf(some: readonly Branch[], others: readonly Branch[]): readonly Branch[] {
  // What would be too many stays with the conditions that are there.
  if (some.length * others.length > mostBranches) return some
  return some.flatMap((one) => others.map((other) => ({ equal: { ...other.equal, ...one.equal }, further: [...one.further, ...other.further] }))).map(askable)
}

/** The server takes one value or one bound on each side of a column; the first narrows, and the caller checks the others. */
function askable({ equal, further }: Branch): Branch {
  const sides = new Set<string>()
  return {
    equal,
    further: further.filter(({ column, operator }) => {
      if (operator === 'contains') return true
      const side = `${operator.slice(0, 1)}${column}`
      if (Object.hasOwn(equal, column) || sides.has(side)) return false
      sides.add(side)
      return true
    }),
  }
}
